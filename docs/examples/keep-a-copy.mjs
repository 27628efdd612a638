// Keeps a copy of everything public in a folder, one JSON file an item: node keep-a-copy.mjs API FOLDER. Run it again to catch up.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [api, folder] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const place = join(folder, "next.txt"); // where to go on; it is written after what it stands for
const path = (line) => join(folder, line.id + ".json");

let url = existsSync(place) ? readFileSync(place, "utf8") : api.replace(/\/$/, "") + "/v1/changes?item=true&limit=1000";
for (let more = true; more; ) {
  const answer = await fetch(url);
  const page = await answer.json();
  if (page.type?.endsWith("#cursor-unknown")) throw new Error("This is another service, or one that was restored: start again in an empty folder.");
  if (!answer.ok) throw new Error(`${answer.status}: ${page.detail}`);
  for (const line of page.items) {
    if (line.item) {
      writeFileSync(path(line) + ".new", JSON.stringify(line.item));
      renameSync(path(line) + ".new", path(line));
    } else if (line.event === "gone" || line.event === "recalled") {
      rmSync(path(line), { force: true });
    }
  }
  url = page.next;
  writeFileSync(place, url);
  more = page.hasMore;
}
