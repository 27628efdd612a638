// Types into docs/examples/search.html in headless Chromium: one request when the typing pauses, the results of the
// service in their order, a suggestion for a misspelt word, nothing of the reader's text run, a word when the service is
// away, and no barrier that axe knows.
// node search.mjs API
import assert from "node:assert/strict";
import { hasNoBarrier, reflows, withExamples, withPage } from "./browser.mjs";

const [api] = process.argv.slice(2);

await withExamples((site) => withPage(async (page, complaints) => {
  let asked = 0;
  page.on("request", (request) => (asked += request.url().includes("/v1/search?")));
  await page.goto(`${site}/search.html?api=${api}`);
  const box = page.getByRole("searchbox", { name: "Principles, stories and toolkit" });
  const said = page.getByRole("status");
  await hasNoBarrier(page);

  await box.pressSequentially("hospital", { delay: 20 });
  await said.filter({ hasText: "found" }).waitFor();
  assert.equal(asked, 1, "one request for all letters");
  const { items, total } = await (await fetch(`${api}/v1/search?q=hospital&limit=10`)).json();
  assert.ok(total >= 1, "the starter content has a story that a hospital is in");
  assert.equal(await said.innerText(), `${total} found`);
  assert.deepEqual(await page.getByRole("listitem").getByRole("link").allInnerTexts(), items.map((i) => i.title));
  assert.ok(await page.locator("mark").count() > 0, "what was looked for is marked");
  await hasNoBarrier(page);
  await reflows(page);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), items[0].title, "the first result is one key away");

  await box.fill("hosptal");
  await said.filter({ hasText: "Did you mean hospital?" }).waitFor();
  await box.fill('"><img src=x onerror=alert(1)>');
  await said.filter({ hasText: /^(Nothing|\d+) found/ }).waitFor();
  assert.equal(await page.locator("main img").count(), 0);
  await box.fill("");
  await said.filter({ hasText: /^$/ }).waitFor({ state: "attached" });
  assert.deepEqual(complaints, []);

  await page.goto(`${site}/search.html?api=http://127.0.0.1:1`);
  await box.fill("hospital");
  await box.press("Enter");
  await said.filter({ hasText: "away" }).waitFor();
  await hasNoBarrier(page);
}));
console.log("the search box finds what the service finds");
