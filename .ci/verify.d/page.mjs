// Opens docs/examples/page.html in headless Chromium, from an origin of its own, against the running service: the
// headings and links must be those of the overview, a reader with assistive technology must meet no barrier that axe
// knows, and a service that is away must be told to the reader.
// node page.mjs API [SCREENSHOT]
import assert from "node:assert/strict";
import { hasNoBarrier, reflows, withExamples, withPage } from "./browser.mjs";

const [api, screenshot] = process.argv.slice(2);

await withExamples(async (site) => {
  const address = `${site}/page.html?api=`;
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
});

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
  const links = [...overview.caseStudies.map((c) => [c.title, c.links.web]), ...overview.featuredAssets.map((a) => [a.title, a.url ?? a.links.web]),
    [overview.licence.name, overview.licence.url]];
  const hero = page.locator("picture img");
  assert.equal(await hero.getAttribute("alt"), overview.page.heroImage.alt);
  await page.waitForFunction(() => document.querySelector("picture img").naturalWidth > 0); // one of the renditions has arrived
  assert.ok(await hero.evaluate((i) => new URL(i.currentSrc).searchParams.get("format") === "webp"));
  assert.ok((await page.getByRole("contentinfo").innerText()).includes(overview.attribution.text));
  for (const [name, href] of links) {
    assert.equal(await page.getByRole("link", { name, exact: true }).first().getAttribute("href"), href);
  }
}
