// Runs the calls that README.md shows and compares their answers with those that stand below them, but for ids and
// times that are new each time. With --write it puts the real answers there instead.
// node readme.mjs API PROGRAM [--write]
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const [api, program, write] = process.argv.slice(2);
const shown = "http://127.0.0.1:8080";
const file = new URL("../../README.md", import.meta.url);
const readme = readFileSync(file, "utf8");
const calls = /```sh\n((?:(?!```)[^])*?curl[^]*?)```\n\n```(?:json|text)\n([^]*?)```/g;

// All calls run in one shell, as a reader's would, so that what one sets the next one has.
const commands = [...readme.matchAll(calls)].map((call) => call[1].replaceAll(shown, api).replaceAll("bin/wtapi", program));
assert.equal(commands.length, 4, "README.md shows four calls with their answers");
const script = "set -eu\n" + commands.join("\nprintf '\\0'\n");
const outputs = execFileSync("bash", ["-c", script], { encoding: "utf8" }).split("\0").map((o) => o.replaceAll(api, shown));

if (write) {
  let next = 0;
  writeFileSync(file, readme.replace(calls, (block, _, answer) => block.replace(answer, () => pretty(outputs[next++]))));
} else {
  [...readme.matchAll(calls)].forEach((call, i) => assert.deepEqual(parse(outputs[i]), parse(call[2])));
  console.log(`${commands.length} calls answer what README.md says`);
}

// parse takes an answer apart: the document, and the line that curl adds when it is asked for status and tag.
function parse(output) {
  const at = output.lastIndexOf("}") + 1;
  // What the starter content fixed, ids and times, lies before 2025 (a UUIDv7 begins with its time).
  const document = JSON.parse(output.slice(0, at), (name, value) => {
    if (name === "id" && value > "0194") return "new";
    return /(^at|At)$/.test(name) && value > "2025" ? "now" : value;
  });
  return { document, status: output.slice(at).trim() };
}

// pretty gives every member a line, but for what is short.
function pretty(output) {
  const at = output.lastIndexOf("}") + 1;
  const lines = (value, indent) => {
    const short = JSON.stringify(value, null, 1).replace(/\n\s*/g, " ");
    if (value === null || typeof value !== "object" || short.length + indent.length < 118) return short;
    const inner = indent + "  ";
    const parts = Array.isArray(value)
      ? value.map((v) => inner + lines(v, inner))
      : Object.entries(value).map(([name, v]) => `${inner}${JSON.stringify(name)}: ${lines(v, inner)}`);
    const [open, close] = Array.isArray(value) ? "[]" : "{}";
    return `${open}\n${parts.join(",\n")}\n${indent}${close}`;
  };
  return lines(JSON.parse(output.slice(0, at)), "") + "\n" + output.slice(at).trimStart();
}
