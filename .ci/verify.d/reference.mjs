// Opens the reference page of the running service in headless Chromium, tries one call out, and sees that nothing is
// loaded from anywhere else.
// node reference.mjs API [SCREENSHOT]
import assert from "node:assert/strict";
import { withPage } from "./browser.mjs";

const [api, screenshot] = process.argv.slice(2);

await withPage(async (page, complaints) => {
  const elsewhere = [];
  page.on("request", (request) => request.url().startsWith(api) || request.url().startsWith("data:") || elsewhere.push(request.url()));
  await page.goto(api + "/docs");
  const operation = page.locator("#operations-principles-listPrinciples");
  await operation.getByRole("button").first().click();
  await operation.getByRole("button", { name: "Execute" }).click();
  const answer = operation.locator(".live-responses-table");
  await answer.getByText("Keeping the person at the centre of decisions").first().waitFor();
  assert.match(await answer.locator(".response-col_status").last().innerText(), /^200/);
  if (screenshot) await operation.screenshot({ path: screenshot });

  await page.goto(api + "/docs/problems#not-publishable");
  await page.locator("#not-publishable").waitFor();
  assert.deepEqual(elsewhere, []);
  assert.deepEqual(complaints, []);
});
