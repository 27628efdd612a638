// Reads every item that the service has as linked data and holds it to schema.org, with the vocabulary's own published
// data and without any call to the outside: it expands and comes back without loss (npm jsonld), every property is one
// that schema.org has for the type it stands on, with a value of a kind it takes, TypeScript accepts it as the type it
// names (npm schema-dts), and licence, author and dates are there. With a token, the same of items that are made for it.
// node linkeddata.mjs API [TOKEN]
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import jsonld from "jsonld";
import { everything, withRichItems } from "./rich.mjs";

const [api, token] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const schema = "http://schema.org/";

// What the vocabulary says: classes with those above them, properties with what they stand on and what they hold.
const { classes, properties } = (() => {
  const found = { classes: new Map(), properties: new Map() };
  const data = readFileSync(join(dirname(require.resolve("@vocabulary/schema")), "schema.nq"), "utf8");
  const of = (map, name) => map.get(name) ?? map.set(name, { above: [], on: [], holds: [] }).get(name);
  for (const [, s, p, o] of data.matchAll(/^<([^>]+)> <([^>]+)> <([^>]+)> /gm)) {
    if (!s.startsWith(schema)) continue;
    const name = s.slice(schema.length), value = o.slice(schema.length);
    switch (p) {
      case schema + "domainIncludes": of(found.properties, name).on.push(value); break;
      case schema + "rangeIncludes": of(found.properties, name).holds.push(value); break;
      case "http://www.w3.org/2000/01/rdf-schema#subClassOf": of(found.classes, name).above.push(value); break;
      case "http://www.w3.org/1999/02/22-rdf-syntax-ns#type":
        if (o.endsWith("#Class")) of(found.classes, name);
    }
  }
  return found;
})();
assert.ok(classes.size > 700 && properties.size > 1300, "the vocabulary is read");

const literals = ["Text", "URL", "Number", "Integer", "Float", "Date", "DateTime", "Time", "Boolean"];
const isA = (type, wanted) => type === wanted || (classes.get(type)?.above ?? []).some((t) => isA(t, wanted));

// The context is made of the vocabulary as schema.org makes its own, but for the fallback that takes any word for a
// property: what schema.org does not know is lost here, and the loss is seen.
const context = { schema, type: "@type", id: "@id" };
for (const name of classes.keys()) context[name] = { "@id": "schema:" + name };
for (const [name, p] of properties) {
  const term = { "@id": "schema:" + name };
  if (p.holds.includes("URL") || !p.holds.some((t) => literals.includes(t))) term["@type"] = "@id";
  else if (p.holds.includes("DateTime") || p.holds.includes("Date")) term["@type"] = p.holds.includes("Date") ? "schema:Date" : "schema:DateTime";
  context[name] = term;
}
const documentLoader = async (url) => {
  assert.equal(url, "https://schema.org", "only the context of schema.org is asked for");
  return { contextUrl: null, documentUrl: url, document: { "@context": context } };
};

// check walks a node as it was sent.
function check(node, where) {
  const type = node["@type"];
  assert.ok(classes.has(type), `${where}: schema.org has no type ${type}`);
  for (const [name, value] of Object.entries(node)) {
    if (name.startsWith("@")) continue;
    const p = properties.get(name);
    assert.ok(p, `${where}: schema.org has no property ${name}`);
    assert.ok(p.on.some((t) => isA(type, t)), `${where}: ${name} does not belong on ${type}`);
    for (const v of Array.isArray(value) ? value : [value]) {
      if (typeof v === "object") {
        assert.ok(p.holds.some((t) => isA(v["@type"], t)), `${where}: ${name} holds no ${v["@type"]}`);
        check(v, `${where}.${name}`);
      } else {
        assert.ok(p.holds.some((t) => literals.includes(t)), `${where}: ${name} holds no plain value`);
      }
    }
  }
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const typed = [];
async function look() {
  for (const item of await everything(api)) {
    const response = await fetch(item.links.jsonld);
    assert.equal(response.headers.get("content-type"), "application/ld+json");
    const data = await response.json();
    check(data, item.links.jsonld);

    const [expanded] = await jsonld.expand(data, { documentLoader });
    const compacted = await jsonld.compact(expanded, "https://schema.org", { documentLoader });
    assert.deepEqual(plain(compacted), plain(data), "nothing is lost");

    const work = data.license ? data : data.mainEntityOfPage; // an organisation has no licence: the page about it has
    assert.equal(data.url, item.links.web);
    assert.match(work.license, /^https:/);
    assert.ok(work.author.name && work.publisher.name && work.creditText);
    assert.match(work.dateModified, rfc3339);
    if (item.edition) assert.match(data.datePublished, rfc3339);
    if (item.lastReviewedOn) assert.equal((data["@type"] === "WebPage" ? data : data.mainEntityOfPage).lastReviewed, item.lastReviewedOn);
    typed.push(`export const item${typed.length}: WithContext<${data["@type"]}> = ${JSON.stringify(data, null, 1)};`);
  }
}
await (token ? withRichItems(api, token, look) : look());
assert.ok(typed.length >= 15, "the starter content has 15 items");
compile(`import type { WithContext, Article, CreativeWork, DefinedTerm, DigitalDocument, Organization, WebPage } from "schema-dts";\n${typed.join("\n")}\n`);
console.log(`${typed.length} items are what schema.org knows`);

// plain leaves out what JSON-LD says in more than one way: the context, and one value where there can be more.
function plain(node) {
  if (Array.isArray(node)) return node.length === 1 ? plain(node[0]) : node.map(plain);
  if (node === null || typeof node !== "object") return node;
  return Object.fromEntries(Object.entries(node).filter(([name]) => name !== "@context")
    .map(([name, value]) => [{ type: "@type", id: "@id" }[name] ?? name, plain(value)]).sort());
}

// compile has TypeScript look at the items as the types that they name.
function compile(source) {
  const tools = join(dirname(new URL(import.meta.url).pathname), "../node_modules");
  const work = mkdtempSync(join(tmpdir(), "linkeddata-"));
  try {
    symlinkSync(tools, join(work, "node_modules"));
    writeFileSync(join(work, "items.ts"), source);
    execFileSync(join(tools, ".bin/tsc"), ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2022", "items.ts"],
      { cwd: work, stdio: ["ignore", "inherit", "inherit"] });
  } finally {
    rmSync(work, { recursive: true });
  }
}
