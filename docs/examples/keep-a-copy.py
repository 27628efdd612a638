"""Keeps a copy of everything public in a folder, one JSON file an item: python3 keep-a-copy.py API FOLDER. Run it again to catch up."""
import json, os, sys, urllib.error, urllib.request

api, folder = sys.argv[1].rstrip("/"), sys.argv[2]
os.makedirs(folder, exist_ok=True)
place = os.path.join(folder, "next.txt")  # where to go on; it is written after what it stands for


def path(line):
    return os.path.join(folder, line["id"] + ".json")


url = open(place).read() if os.path.exists(place) else api + "/v1/changes?item=true&limit=1000"
while True:
    try:
        page = json.load(urllib.request.urlopen(url))
    except urllib.error.HTTPError as problem:
        if json.load(problem).get("type", "").endswith("#cursor-unknown"):
            sys.exit("This is another service, or one that was restored: start again in an empty folder.")
        raise
    for line in page["items"]:
        if "item" in line:
            with open(path(line) + ".new", "w", encoding="utf-8") as file:
                json.dump(line["item"], file, ensure_ascii=False)
            os.replace(path(line) + ".new", path(line))
        elif line["event"] in ("gone", "recalled") and os.path.exists(path(line)):
            os.remove(path(line))
    url = page["next"]
    with open(place, "w") as file:
        file.write(url)
    if not page["hasMore"]:
        break
