// Chromium without a window, and without the calls home that a machine without internet would wait for.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

// withPage runs a function with a page, and fails when the page complains of anything in its console.
export async function withPage(run) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
  const complaints = [];
  try {
    const page = await browser.newPage({ viewport: { width: 1000, height: 800 } });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    await run(page, complaints);
  } finally {
    await browser.close();
  }
}

// withExamples serves docs/examples from an origin of its own, as a website is one, and runs a function with its address.
export async function withExamples(run) {
  const examples = new URL("../../docs/examples/", import.meta.url);
  const types = { html: "text/html; charset=utf-8", css: "text/css" };
  const site = createServer(async (request, response) => {
    const [name, ending] = /^\/([a-z]+)\.(\w+)/.exec(request.url)?.slice(1) ?? [];
    if (!types[ending]) return response.writeHead(204).end(); // the icon that browsers ask for
    response.writeHead(200, { "Content-Type": types[ending] }).end(await readFile(new URL(`${name}.${ending}`, examples)));
  });
  await new Promise((ready) => site.listen(0, "127.0.0.1", ready));
  try {
    await run(`http://127.0.0.1:${site.address().port}`);
  } finally {
    site.close();
  }
}

// hasNoBarrier looks for everything that axe can find of WCAG 2.2 AA and its own advice.
export async function hasNoBarrier(page, where = page.url()) {
  await page.addScriptTag({ path: createRequire(import.meta.url).resolve("axe-core/axe.min.js") });
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(", ")}`), [], where);
}

// reflows makes the window as narrow as WCAG 1.4.10 asks for: nothing may need scrolling sideways.
export async function reflows(page) {
  const before = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 800 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 320, "the page scrolls sideways");
  await page.setViewportSize(before);
}
