// Prints the digest of the item on standard input, as the API computes it:
// curl -s https://api.example/v1/principles/NAME | node digest.mjs
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const TOP = "digest links version edition firstPublishedAt publishedAt updatedAt changeNote changeHistory licence attribution".split(" ");
const DEPTH = "href html renditions accessibility".split(" ");

// RFC 8785: no white space, members in the order of their UTF-16 code units, which is how sort() orders strings.
function canonical(v, without) {
  if (Array.isArray(v)) return "[" + v.map((e) => canonical(e, DEPTH)).join(",") + "]";
  if (v === null || typeof v !== "object") return JSON.stringify(v);
  const names = Object.keys(v).filter((n) => !without.includes(n)).sort();
  return "{" + names.map((n) => JSON.stringify(n) + ":" + canonical(v[n], DEPTH)).join(",") + "}";
}

const item = JSON.parse(readFileSync(0, "utf8"));
const text = canonical(item, [...TOP, ...DEPTH]);
console.log("sha-256:" + createHash("sha256").update(text).digest("hex"));
