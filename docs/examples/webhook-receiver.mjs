// Receives webhooks: WEBHOOK_SECRET=whsec_… node webhook-receiver.mjs PORT. Prints one line for each event.
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const key = Buffer.from(process.env.WEBHOOK_SECRET.replace("whsec_", ""), "base64");
const seen = new Set(); // what was handled already: an event can come twice. Keep it with your data.

function genuine(headers, body) {
  const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signatures = "" } = headers;
  if (!(Math.abs(Date.now() / 1000 - Number(at)) < 300)) return false; // somebody repeats an old request
  const wanted = createHmac("sha256", key).update(`${id}.${at}.`).update(body).digest();
  return signatures.split(" ").some((signature) => {
    const given = Buffer.from(signature.replace("v1,", ""), "base64");
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}

createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts);
  if (!genuine(request.headers, body)) return response.writeHead(401).end();
  const id = request.headers["webhook-id"];
  if (!seen.has(id)) {
    const event = JSON.parse(body);
    console.log(event.type, event.data.id ?? "", event.data.title ?? ""); // here: catch up with keep-a-copy.mjs, or delete a copy
    seen.add(id);
  }
  response.writeHead(204).end(); // after the work: what is not answered with 2xx comes again
}).listen(Number(process.argv[2]), "127.0.0.1");
