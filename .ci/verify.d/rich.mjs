// Items with everything that they can hold, for checks that the starter content alone would not put to the test.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

const text = "# One\n\nSee [two](#two), ![the service's sign](/docs/assets/favicon.png) and `code`.\n\n### Skips a level\n\n" +
  "| a | b |\n|---|---|\n| 1 | 2 |\n\n> quoted\n\n## Two\n\n1. first\n2. second\n\n<script>alert(1)</script><style>*{color:red}</style>";
const reviewed = { lastReviewedOn: "2024-01-02", reviewDueOn: "2025-01-02" };

// everything gives all public items of a service, withdrawn ones too.
export async function everything(api) {
  const lists = ["principles", "case-studies", "toolkit-assets", "pages", "organisations", "topics"].map((c) => `${c}?limit=100`);
  const pages = await Promise.all([...lists, "case-studies?status=withdrawn"].map(async (l) => (await fetch(`${api}/v1/${l}`)).json()));
  return pages.flatMap((p) => p.items);
}

// withRichItems makes some, the last of them withdrawn, runs a function with them, and takes them away.
export async function withRichItems(api, token, run) {
  const write = async (method, path, body) => {
    const response = await fetch(api + path, { method, body: body && JSON.stringify(body),
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...(path.includes("publish=true") ? {} : { "if-match": "*" }) } });
    assert.ok(response.ok, `${method} ${path}: ${response.status}`);
    return response.status === 204 ? null : response.json();
  };
  // upload sends a file, with what is to be said of it.
  const upload = async (name, content, words) => {
    const form = new FormData();
    for (const [member, value] of Object.entries(words)) form.append(member, value);
    form.append("file", new Blob([content]), name);
    const response = await fetch(`${api}/v1/files`, { method: "POST", headers: { authorization: `Bearer ${token}` }, body: form });
    assert.equal(response.status, 201, await response.text());
    return (({ id }) => ({ id }))(await (await fetch(response.headers.get("location"), { headers: { authorization: `Bearer ${token}` } })).json());
  };
  const image = await upload("the page \"as it was\".png", await readFile(new URL("../../docs/front-end.png", import.meta.url)),
    { alt: "A title, <three> principles & two stories.", label: "The page", focalPoint: "0.5,0" });
  const notes = await upload("notes.txt", "Plain text.\n", { label: "Notes" });
  const principle = (await (await fetch(`${api}/v1/principles?limit=1`)).json()).items[0];
  const story = { summary: "A story.", challenge: text, approach: text, outcome: text, happenedOn: "2024-03", principles: [principle.id],
    patientInvolvement: "none", image, ...reviewed };
  const documents = [
    ["pages", { title: "A page <b>with</b> everything & more", summary: "Prose.", body: text, heroImage: image, ...reviewed }],
    ["pages", { title: "Tudalen yn Gymraeg", summary: "Yn fyr.", body: "# Un\n\nTestun.", language: "cy" }],
    ["toolkit-assets", { title: "An asset of files", summary: "To print.", assetType: "poster", files: [image, notes], image, audience: "staff" }],
    ["toolkit-assets", { title: "An asset for all", summary: "A link.", assetType: "link", url: "https://www.example.nhs.uk/?a=1&b=2", audience: "both" }],
    ["case-studies", { title: "A story with everything", ...story }],
    ["case-studies", { title: "A story of the past", ...story }],
  ];
  const made = [];
  try {
    for (const [collection, document] of documents) made.push(await write("POST", `/v1/${collection}?publish=true`, document));
    await write("POST", `${path(made.at(-1))}/unpublish`,
      { type: "withdrawal", explanation: "It no longer holds.", alternative: `/v1/principles/${principle.slug}` });
    await run(made);
  } finally {
    for (const item of made) await write("DELETE", path(item));
  }
}

// path is where an item is in the service.
const path = (item) => new URL(item.links.self).pathname;
