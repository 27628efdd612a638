// Reads a feed with npm's rss-parser and says what it found: node read.mjs NODE_MODULES ADDRESS
import { createRequire } from "node:module";
import { resolve } from "node:path";

const [modules, address] = process.argv.slice(2);
const Parser = createRequire(resolve(modules) + "/")("rss-parser");
const feed = await new Parser({ customFields: { item: [["enclosure", "enclosures", { keepArray: true }], ["link", "links", { keepArray: true }]] } }).parseURL(address);
console.log(JSON.stringify(feed.items.map((item) => ({
  id: item.guid ?? item.id,
  url: item.link,
  title: item.title,
  date: Date.parse(item.isoDate) / 1000,
  content: item["content:encoded"] ?? (item.content?.includes("<article") ? item.content : ""),
  files: item.enclosures?.map((e) => e.$.url) ?? item.links?.filter((l) => l.$?.rel === "enclosure").map((l) => l.$.href) ?? [],
}))));
