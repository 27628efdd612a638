"""Receives webhooks: WEBHOOK_SECRET=whsec_… python3 webhook-receiver.py PORT. Prints one line for each event."""
import base64, hashlib, hmac, http.server, json, os, sys, time

key = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))
seen = set()  # what was handled already: an event can come twice. Keep it with your data.


def genuine(headers, body):
    id, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not at.isdigit() or abs(time.time() - int(at)) > 300:  # somebody repeats an old request
        return False
    signature = base64.b64encode(hmac.digest(key, f"{id}.{at}.".encode() + body, hashlib.sha256)).decode()
    return any(hmac.compare_digest(given, "v1," + signature) for given in headers.get("webhook-signature", "").split())


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if not genuine(self.headers, body):
            return self.answer(401)
        if self.headers["webhook-id"] not in seen:
            event = json.loads(body)
            print(event["type"], event["data"].get("id", ""), event["data"].get("title", ""), flush=True)  # here: catch up with keep-a-copy.py
            seen.add(self.headers["webhook-id"])
        self.answer(204)  # after the work: what is not answered with 2xx comes again

    def answer(self, status):
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
