// Runs nginx with docs/examples/nginx.conf in front of the running service and checks what a shared cache must and must
// not do. Between them stands a stub that can make answers expire at once and fail on demand.
// node nginx.mjs API TOKEN
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, request as call } from "node:http";
import { createServer as listener } from "node:net";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [api, token] = process.argv.slice(2);
const origin = { failing: false, calls: 0 };

// The stub passes everything on. An answer that may be kept for a minute it lets be kept for a second.
const stub = createServer((incoming, outgoing) => {
  origin.calls++;
  if (origin.failing) return outgoing.writeHead(503, { "Retry-After": "5", "Cache-Control": "no-store" }).end();
  const asked = call(api + incoming.url, { method: incoming.method, headers: incoming.headers }, (answer) => {
    const control = answer.headers["cache-control"]?.replace("max-age=60", "max-age=1").replace("stale-while-revalidate=60, ", "");
    outgoing.writeHead(answer.statusCode, control ? { ...answer.headers, "cache-control": control } : answer.headers);
    answer.pipe(outgoing);
  });
  outgoing.on("close", () => asked.destroy()); // who follows for ever may leave
  incoming.pipe(asked);
});
await once(stub.listen(0, "127.0.0.1"), "listening");

const folder = mkdtempSync(join(tmpdir(), "wtnginx"));
const port = await freePort();
const nginx = await start();
const url = `http://127.0.0.1:${port}`;
try {
  await caches();
  await keepsCredentialsApart();
  await keepsTags();
  await passesChangesOn();
  await servesStale();
  console.log("cached, apart from credentials, tags kept, changes passed on, stale copies while the service is away");
} finally {
  nginx.kill();
  await once(nginx, "exit");
  stub.close();
  stub.closeAllConnections();
  rmSync(folder, { recursive: true });
}

// get answers with the status, the cache's verdict and the rest.
async function get(path, headers = {}) {
  const response = await fetch(url + path, { headers, redirect: "manual" });
  return { status: response.status, cache: response.headers.get("X-Cache"), headers: response.headers, body: await response.text() };
}

async function caches() {
  const first = await get("/v1/topics?limit=2");
  assert.deepEqual([first.status, first.cache], [200, "MISS"]);
  assert.ok(!first.headers.get("Cache-Control").includes("s-maxage"), "s-maxage forbids serving stale copies");
  const before = origin.calls;
  const second = await get("/v1/topics?limit=2");
  assert.deepEqual([second.status, second.cache, origin.calls], [200, "HIT", before]);
  assert.equal(second.body, first.body);
  let expired;
  do expired = await get("/v1/topics?limit=2"); while (expired.cache === "HIT");
  assert.deepEqual([expired.status, expired.cache], [200, "REVALIDATED"], "what has expired is shown before it is asked for");
}

async function keepsCredentialsApart() {
  const path = "/v1/topics?limit=3";
  const credential = { Authorization: `Bearer ${token}` };
  const mine = await get(path, credential);
  assert.deepEqual([mine.status, mine.headers.get("Cache-Control")], [200, "private, no-store"]);
  assert.equal((await get(path)).cache, "MISS", "an answer to a credential was kept");
  assert.equal((await get(path, credential)).cache, "BYPASS");
  const drafts = "/v1/principles?view=draft";
  assert.equal((await get(drafts, credential)).status, 200);
  assert.equal((await get(drafts)).status, 401);
}

async function keepsTags() {
  const path = "/v1/overview";
  const plain = await get(path, { "Accept-Encoding": "identity" });
  const packed = await get(path, { "Accept-Encoding": "gzip" });
  assert.equal(packed.headers.get("Content-Encoding"), "gzip");
  assert.equal(packed.body, plain.body);
  const tags = [plain, packed].map((answer) => answer.headers.get("ETag"));
  assert.ok(tags.every((tag) => /^"[^"]+"$/.test(tag)) && tags[0] !== tags[1], `strong, one for each coding: ${tags}`);
  const again = await get(path, { "Accept-Encoding": "gzip", "If-None-Match": tags[1] });
  assert.equal(again.status, 304);
}

// passesChangesOn has two followers of the stream and two that wait for the log, at the same addresses: each hears of a
// publication at once.
async function passesChangesOn() {
  const { next } = await (await fetch(`${url}/v1/changes?limit=1000`)).json();
  const after = new URL(next).searchParams.get("after");
  const id = randomUUID();
  const told = [1, 2].map(async () => {
    const response = await fetch(`${url}/v1/changes/stream?after=${after}`);
    assert.equal(response.headers.get("Content-Type"), "text/event-stream");
    let text = "";
    for await (const part of response.body.pipeThrough(new TextDecoderStream())) if ((text += part).includes(id)) return;
    throw new Error("the stream ended");
  });
  const waited = [1, 2].map(async () => assert.equal((await (await fetch(`${url}/v1/changes?after=${after}&wait=30`)).json()).items[0].id, id));
  await new Promise((go) => setTimeout(go, 500)); // until all four follow
  const began = Date.now();
  const write = async (method, query, condition, body) => {
    const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json", ...condition };
    assert.ok((await fetch(`${api}/v1/pages/${id}${query}`, { method, headers, body })).ok);
  };
  await write("PUT", "?publish=true", { "If-None-Match": "*" }, JSON.stringify({ title: "Through nginx", summary: "It comes and goes." }));
  await Promise.all([...told, ...waited]);
  assert.ok(Date.now() - began < 3000, `it took ${Date.now() - began} ms`);
  await write("DELETE", "", { "If-Match": "*" });
}

async function servesStale() {
  const path = "/v1/principles?limit=3";
  const copy = await get(path);
  origin.failing = true;
  let stale;
  do stale = await get(path); while (stale.cache === "HIT"); // until the copy has expired
  assert.deepEqual([stale.status, stale.cache], [200, "STALE"]);
  assert.equal(stale.body, copy.body);
  const passed = await get("/v1/principles?limit=2");
  assert.deepEqual([passed.status, passed.headers.get("Retry-After")], [503, "5"]);
  stub.close();
  stub.closeAllConnections();
  const away = await get("/v1/principles?limit=1");
  assert.deepEqual([away.status, away.headers.get("Content-Type")], [503, "application/problem+json"]);
  assert.equal(JSON.parse(away.body).status, 503);
  assert.equal((await get(path)).body, copy.body);
}

// start writes the example into a configuration of its own, lets nginx judge it, and runs it.
async function start() {
  const example = readFileSync(new URL("../../docs/examples/nginx.conf", import.meta.url), "utf8");
  const own = example.replace("listen 80;", `listen 127.0.0.1:${port};`).replace("/var/cache/nginx/wtapi", join(folder, "cache"))
    .replace("127.0.0.1:8080;", `127.0.0.1:${stub.address().port};`);
  mkdirSync(join(folder, "temp"));
  const temps = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((n) => `${n}_temp_path ${join(folder, "temp", n)};`).join(" ");
  const main = join(folder, "nginx.conf");
  const user = process.getuid() === 0 ? "user root;\n" : "";
  writeFileSync(main, `${user}daemon off; master_process off; pid ${join(folder, "pid")}; error_log stderr crit;
events {}
http { access_log off; ${temps}
${own}
}
`);
  const environment = { ...process.env, PATH: process.env.PATH + ":/usr/sbin" };
  execFileSync("nginx", ["-t", "-q", "-c", main], { env: environment, stdio: "inherit" });
  const server = spawn("nginx", ["-c", main], { env: environment, stdio: "inherit" });
  for (;;) {
    if (server.exitCode !== null) throw new Error("nginx does not start");
    if (await fetch(`http://127.0.0.1:${port}/healthz`).then(() => true, () => false)) return server;
  }
}

async function freePort() {
  const probe = listener().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  return port;
}
