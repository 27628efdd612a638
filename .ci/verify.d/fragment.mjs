// Puts the HTML of every item into a page of another site in headless Chromium, as an intranet does, beside items that
// are made for it with everything text can hold, one of them withdrawn: one outline, nothing that runs, submits or
// styles, the page around it as it was, no barrier that axe knows, licence and attribution there. Opened by itself, the
// address is shown and runs nothing.
// node fragment.mjs API TOKEN
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { hasNoBarrier, withPage } from "./browser.mjs";
import { everything, withRichItems } from "./rich.mjs";

const [api, token] = process.argv.slice(2);
const host = `<!doctype html><html lang="en-GB"><title>Intranet</title><main><h1>Intranet</h1><p id="before">Before.</p><div id="here"></div></main></html>`;
const site = createServer((request, response) =>
  request.url === "/" ? response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end(host) : response.writeHead(204).end());
await new Promise((ready) => site.listen(0, "127.0.0.1", ready));

let looked = 0;
const look = (made) => withPage(async (page, complaints) => {
  for (const item of await everything(api)) {
    const response = await fetch(item.links.html);
    assert.equal(response.headers.get("content-type"), "text/html; charset=utf-8");
    await page.goto(`http://127.0.0.1:${site.address().port}/`);
    judge(item, await page.evaluate(embedAndLook, await response.text()));
    await hasNoBarrier(page, item.links.html);
    looked++;
  }
  const opened = await page.goto(made[0].links.html + "&utm_source=mail");
  assert.match(opened.headers()["content-security-policy"], /default-src 'none'.*sandbox/);
  assert.equal(await page.getByRole("heading", { level: 2 }).innerText(), made[0].title);
  assert.ok(await page.getByRole("img").first().evaluate((image) => image.complete && image.naturalWidth > 0), "the image is shown");
  assert.deepEqual(complaints, []);
});
try {
  await withRichItems(api, token, look);
} finally {
  site.close();
}
console.log(`${looked} items can be put into a page`);

// embedAndLook runs in the page: it puts the HTML there and says what is seen then.
function embedAndLook(html) {
  const looks = () => ["html", "body", "h1", "#before"].map((s) => JSON.stringify([...getComputedStyle(document.querySelector(s))]
    .filter((p) => !/height|size|inset|origin|perspective/.test(p)).map((p) => [p, getComputedStyle(document.querySelector(s)).getPropertyValue(p)])));
  const before = looks(), here = document.getElementById("here");
  here.innerHTML = html;
  const all = [...here.querySelectorAll("*")];
  return {
    outside: JSON.stringify(before) === JSON.stringify(looks()),
    roots: here.children.length,
    language: here.firstElementChild.lang,
    tags: [...new Set(all.map((e) => e.localName))],
    attributes: [...new Set(all.flatMap((e) => e.getAttributeNames()))],
    schemes: [...new Set(all.flatMap((e) => [e.href, e.src]).filter(Boolean).map((a) => new URL(a).protocol))],
    ids: all.map((e) => e.id).filter(Boolean),
    headings: all.filter((e) => /^h[1-6]$/.test(e.localName)).map((e) => [Number(e.localName[1]), e.textContent]),
    licence: here.querySelector("a[rel=license]")?.href,
    dates: here.querySelectorAll("time[datetime]").length,
    notice: here.querySelector("[role=note]")?.textContent,
    text: here.textContent,
  };
}

// judge says what must be seen of an item.
function judge(item, seen) {
  const where = item.links.html;
  assert.ok(seen.outside, `${where}: the page around it looks different now`);
  assert.equal(seen.roots, 1, `${where}: it is one article`);
  assert.equal(seen.language, item.language ?? "en-GB", where);
  const bad = ["script", "style", "link", "meta", "base", "iframe", "object", "embed", "form", "input", "button", "svg", "template", "html", "head", "body", "title"];
  assert.deepEqual(seen.tags.filter((t) => bad.includes(t)), [], where);
  assert.deepEqual(seen.attributes.filter((a) => /^on|^style$|^src(doc|set)$|^target$/.test(a)), [], where);
  assert.ok(seen.schemes.every((s) => ["http:", "https:", "mailto:", "tel:"].includes(s)), `${where}: ${seen.schemes}`);
  assert.equal(new Set(seen.ids).size, seen.ids.length, `${where}: two have one id`);
  assert.deepEqual(seen.headings[0], [2, item.title ?? item.name], where);
  seen.headings.slice(1).forEach(([level], i) => assert.ok(level > 2 && level <= seen.headings[i][0] + 1, `${where}: h${level} after h${seen.headings[i][0]}`));
  assert.match(seen.licence, /^https:/, where);
  assert.ok(seen.dates > 0 && seen.text.includes(item.attribution?.text ?? "licensed"), where);
  assert.equal(Boolean(seen.notice), item.status === "withdrawn", where);
  if (seen.notice) assert.ok(seen.notice.includes(item.withdrawal.explanation), where);
}
