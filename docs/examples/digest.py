"""Prints the digest of the item on standard input, as the API computes it:
curl -s https://api.example/v1/principles/NAME | python3 digest.py"""
import decimal, hashlib, json, re, sys

TOP = "digest links version edition firstPublishedAt publishedAt updatedAt changeNote changeHistory licence attribution".split()
DEPTH = "href html renditions accessibility".split()

def number(x):  # as JavaScript writes it, which RFC 8785 asks for
    if x == 0 or 1e-6 <= abs(x) < 1e21:
        return re.sub(r"\.0*$", "", format(decimal.Decimal(repr(x or 0.0)), "f"))
    return re.sub(r"e([+-])0", r"e\1", repr(x))

def canonical(v):  # RFC 8785: no white space, members in the order of their UTF-16 code units
    if isinstance(v, dict):
        names = sorted((n for n in v if n not in DEPTH), key=lambda n: n.encode("utf-16-be"))
        return "{" + ",".join(canonical(n) + ":" + canonical(v[n]) for n in names) + "}"
    if isinstance(v, list):
        return "[" + ",".join(map(canonical, v)) + "]"
    return number(v) if isinstance(v, float) else json.dumps(v, ensure_ascii=False)

item = json.loads(sys.stdin.buffer.read(), parse_int=float)
text = canonical({n: v for n, v in item.items() if n not in TOP})
print("sha-256:" + hashlib.sha256(text.encode()).hexdigest())
