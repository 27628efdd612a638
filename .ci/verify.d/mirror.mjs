// Mirrors the running service with the program, serves the folder with nginx as docs/examples/mirror-nginx.conf has it,
// and compares what nginx answers with what the service does, through a publication and a recall.
// node mirror.mjs PROGRAM API TOKEN
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer as listener } from "node:net";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [program, api, token] = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), "wtmirror"));
const folder = join(work, "mirror");
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const collections = ["principles", "case-studies", "toolkit-assets", "pages", "organisations", "topics"];

let nginx, follower;
try {
  const told = execFileSync(program, ["mirror", api, folder], { encoding: "utf8" });
  nginx = await start();
  const count = await compare();
  follower = spawn(program, ["mirror", api, folder, "--follow"], { stdio: ["ignore", "ignore", "inherit"] });
  const path = `/v1/pages/${randomUUID()}`;
  await write("PUT", `${path}?publish=true`, { title: "A page for the mirror", summary: "It comes and goes." }, { "If-None-Match": "*" });
  await until(async () => (await fetch(url + path)).ok);
  await compare();
  await write("POST", `${path}/unpublish`, { type: "recall", explanation: "Only for the mirror." }, { "If-Match": "*" });
  await until(async () => (await fetch(url + path)).status === 404);
  await compare();
  for (const hidden of ["/.wtapi-mirror/place.json", "/v1/../.wtapi-mirror/place.json", "/"]) assert.equal((await fetch(url + hidden)).status, 404, hidden);
  console.log(`${told.trim().replace(folder, "the folder")}; ${count} addresses answered alike`);
} finally {
  for (const process of [follower, nginx]) {
    if (!process || process.exitCode !== null) continue;
    process.kill();
    await once(process, "exit");
  }
  rmSync(work, { recursive: true });
}

// compare asks both for every list, item and file, and gives how many there were.
async function compare() {
  let addresses = 0;
  const same = async (path, theirs = path) => {
    const [mirror, service] = await Promise.all([fetch(url + path), fetch(api + theirs)]);
    assert.deepEqual([mirror.status, service.status], [200, 200], path);
    assert.ok(Buffer.from(await mirror.arrayBuffer()).equals(Buffer.from(await service.arrayBuffer())), path);
    addresses++;
  };
  for (const collection of collections) {
    await same(`/v1/${collection}`, `/v1/${collection}?limit=100`);
    const { items } = await (await fetch(`${api}/v1/${collection}?limit=100`)).json();
    for (const item of items) {
      await same(`/v1/${collection}/${item.id}`);
      await same(`/v1/${collection}/${item.slug}`);
      for (const file of [...(item.files ?? []), item.image, item.heroImage]) if (file) await same(new URL(file.href).pathname);
    }
  }
  return addresses;
}

async function write(method, path, body, headers) {
  const answer = await fetch(api + path, { method, body: JSON.stringify(body), headers: { ...headers, "Content-Type": "application/json", Authorization: `Bearer ${token}` } });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.text()}`);
}

async function until(holds) {
  for (const end = Date.now() + 20_000; !(await holds()); await new Promise((go) => setTimeout(go, 50))) assert.ok(Date.now() < end, "the mirror does not follow");
}

async function start() {
  const example = readFileSync(new URL("../../docs/examples/mirror-nginx.conf", import.meta.url), "utf8");
  const own = example.replace("listen 80;", `listen 127.0.0.1:${port};`).replace("/srv/working-together", folder);
  mkdirSync(join(work, "temp"));
  const temps = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((n) => `${n}_temp_path ${join(work, "temp", n)};`).join(" ");
  const main = join(work, "nginx.conf");
  const user = process.getuid() === 0 ? "user root;\n" : "";
  writeFileSync(main, `${user}daemon off; master_process off; pid ${join(work, "pid")}; error_log stderr crit;
events {}
http { access_log off; ${temps}
types { application/pdf pdf; image/png png; image/jpeg jpg jpeg; }
${own}
}
`);
  const environment = { ...process.env, PATH: process.env.PATH + ":/usr/sbin" };
  execFileSync("nginx", ["-t", "-q", "-c", main], { env: environment, stdio: "inherit" });
  const server = spawn("nginx", ["-c", main], { env: environment, stdio: "inherit" });
  for (;;) {
    if (server.exitCode !== null) throw new Error("nginx does not start");
    if (await fetch(url).then(() => true, () => false)) return server;
  }
}

async function freePort() {
  const probe = listener().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  return port;
}
