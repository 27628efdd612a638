// Opens docs/examples/page.html in headless Chromium, from an origin of its own, against the running service: the
// headings and links must be those of the overview, a reader with assistive technology must meet no barrier that axe
// knows, and a service that is away must be told to the reader.
// node page.mjs API [SCREENSHOT]
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { withPage } from "./browser.mjs";

const [api, screenshot] = process.argv.slice(2);
const examples = new URL("../../docs/examples/", import.meta.url);
const types = { "/page.html": "text/html; charset=utf-8", "/page.css": "text/css" };

const site = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://site");
  if (!types[pathname]) return response.writeHead(204).end(); // the icon that browsers ask for
  response.writeHead(200, { "Content-Type": types[pathname] }).end(await readFile(new URL("." + pathname, examples)));
});
await new Promise((ready) => site.listen(0, "127.0.0.1", ready));
const address = `http://127.0.0.1:${site.address().port}/page.html?api=`;

try {
  await withPage(async (page, complaints) => {
    await page.goto(address + api);
    await page.locator("[aria-busy=false]").waitFor();
    await shows(page, await (await fetch(api + "/v1/overview")).json());
    await hasNoBarrier(page);
    await reflows(page);
    if (screenshot) await page.screenshot({ path: screenshot, fullPage: true });
    assert.deepEqual(complaints, []);

    await page.goto(address + "http://127.0.0.1:1");
    await page.getByRole("alert").waitFor();
    await hasNoBarrier(page);
  });
} finally {
  site.close();
}

// shows compares what the page says with what the service says.
async function shows(page, overview) {
  assert.equal(await page.title(), overview.page.title);
  assert.deepEqual(await page.getByRole("heading", { level: 1 }).allInnerTexts(), [overview.page.title]);
  const headings = await page.getByRole("heading", { level: 3 }).allTextContents();
  assert.deepEqual(headings, [
    ...overview.principles.map((p) => `${p.number} ${p.title}`),
    ...overview.caseStudies.map((c) => c.title),
  ]);
  assert.ok(headings.length >= 5, "the starter content has three principles and two case studies");
  const links = [...overview.caseStudies.map((c) => [c.title, c.links.web]), ...overview.featuredAssets.map((a) => [a.title, a.url]),
    [overview.licence.name, overview.licence.url]];
  assert.ok((await page.getByRole("contentinfo").innerText()).includes(overview.attribution.text));
  for (const [name, href] of links) {
    assert.equal(await page.getByRole("link", { name, exact: true }).first().getAttribute("href"), href);
  }
}

// reflows makes the window as narrow as WCAG 1.4.10 asks for: nothing may need scrolling sideways.
async function reflows(page) {
  const before = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 800 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 320, "the page scrolls sideways");
  await page.setViewportSize(before);
}

// hasNoBarrier looks for everything that axe can find of WCAG 2.2 AA and its own advice.
async function hasNoBarrier(page) {
  await page.addScriptTag({ path: createRequire(import.meta.url).resolve("axe-core/axe.min.js") });
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(", ")}`), []);
}
