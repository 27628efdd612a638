"""Reads a feed with Debian's feedparser and says what it found: /usr/bin/python3 read.py ADDRESS"""
import calendar, json, sys

import feedparser

feed = feedparser.parse(sys.argv[1])
if feed.bozo:
    sys.exit(f"not well-formed: {feed.bozo_exception}")
print(json.dumps([{
    "id": e.id, "url": e.link, "title": e.title, "date": calendar.timegm(e.published_parsed),
    "content": e.content[0].value if "content" in e else "",
    "files": [link.href for link in e.get("links", []) if link.rel == "enclosure"],
} for e in feed.entries]))
