"""A door before a server that speaks as OpenSearch does, with faults that a test asks for.

Started with the server's address, it prints the port that it listens on. `POST /__faults` sets what goes wrong from now
on, `GET /__counts` says what was done. Only bulk requests for rows are meddled with.

items: the share of the items that are answered with 429, or with 503 every second time, and do not reach the server
cut: "before" or "after": the connection is cut before the server hears of a bulk, or once it has done it; `cuts` times
limit: bodies beyond so many bytes are answered with 413, which has no body
whole: so many bulks are answered with 429 as a whole
block: all items are answered with the flood-stage block
bad: items whose id holds this word are answered with 400, mapper_parsing_exception
instant: bulks are answered at once, as done, and reach nobody
hold: bulks wait until this is taken back
"""
import gzip, http.client, json, random, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlparse

upstream = urlparse(sys.argv[1])
lock = threading.Lock()
faults = {}
counts = {"bulks": 0, "items": 0, "forwarded": 0, "refused": 0, "cuts": 0, "compressed": 0, "longest": 0}
chance = random.Random(7)


def rejected(number):
    if number % 2:
        return 503, "unavailable_shards_exception", "primary shard is not active Timeout: [1m]"
    return 429, "rejected_execution_exception", "rejected execution of TransportWriteAction"


class Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def answer(self, status, body=b"", kind="application/json; charset=UTF-8"):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if body:
            self.send_header("Content-Type", kind)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def upstream(self, body, headers):
        server = http.client.HTTPConnection(upstream.hostname, upstream.port, timeout=300)
        server.request(self.command, self.path, body, headers)
        said = server.getresponse()
        result = said.status, said.read(), said.headers.get("Content-Type", "application/json")
        server.close()
        return result

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/__faults":
            with lock:
                faults.clear()
                faults.update(json.loads(body))
            return self.answer(200, b"{}")
        if self.path == "/__counts":
            with lock:
                return self.answer(200, json.dumps(counts).encode())
        headers = {"Content-Type": self.headers.get("Content-Type") or "application/json"}
        path = self.path.split("?")[0]
        if path.endswith("/_bulk") and not path.startswith("/kappa"):
            return self.bulk(body, headers)
        self.answer(*self.upstream(body, headers))

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_any

    def cut(self):
        with lock:
            counts["cuts"] += 1
        self.close_connection = True
        self.connection.shutdown(2)

    def bulk(self, body, headers):
        with lock:
            counts["bulks"] += 1
        while faults.get("hold"):
            time.sleep(0.02)
        with lock:
            wanted = dict(faults)
            counts["longest"] = max(counts["longest"], len(body))
            if wanted.get("whole"):
                faults["whole"] -= 1
            if wanted.get("cuts"):
                faults["cuts"] -= 1
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
            with lock:
                counts["compressed"] += 1
        if wanted.get("instant"):
            return self.answer(200, b'{"errors":false}')
        if wanted.get("limit") and len(body) > wanted["limit"]:
            return self.answer(413)
        if wanted.get("whole"):
            error = {"type": "circuit_breaking_exception", "reason": "[in_flight_requests] Data too large"}
            return self.answer(429, json.dumps({"error": error, "status": 429}).encode())
        if wanted.get("cuts") and wanted.get("cut") == "before":
            return self.cut()
        lines = body.split(b"\n")[:-1]
        items = []
        while lines:
            action = json.loads(lines[0])
            length = 1 if "delete" in action else 2
            items.append((action, b"\n".join(lines[:length]) + b"\n"))
            del lines[:length]
        answers, passed = [None] * len(items), []
        with lock:
            counts["items"] += len(items)
            for place, (action, _) in enumerate(items):
                (kind, meta), = action.items()
                error = None
                if wanted.get("bad") and wanted["bad"] in meta["_id"]:
                    error = 400, "mapper_parsing_exception", "failed to parse field [reading] of type [double]"
                elif wanted.get("block"):
                    error = 429, "cluster_block_exception", "index blocked by: [TOO_MANY_REQUESTS/12/disk usage]"
                elif chance.random() < wanted.get("items", 0):
                    error = rejected(place)
                if error:
                    counts["refused"] += 1
                    answers[place] = {kind: {"status": error[0], "error": {"type": error[1], "reason": error[2]}}}
                else:
                    passed.append(place)
            counts["forwarded"] += len(passed)
        if passed:
            status, said, kind = self.upstream(b"".join(items[place][1] for place in passed), headers)
            said = json.loads(said)
            if status != 200:
                return self.answer(status, json.dumps(said).encode(), kind)
            settled = said.get("items") or [{list(items[place][0])[0]: {"status": 200}} for place in passed]
            for place, item in zip(passed, settled):
                answers[place] = item
        if wanted.get("cuts") and wanted.get("cut") == "after":
            return self.cut()
        errors = any("error" in value for item in answers for value in item.values())
        self.answer(200, json.dumps({"errors": errors, "items": answers}).encode())


server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
server.daemon_threads = True
print(json.dumps({"url": "http://127.0.0.1:%d" % server.server_address[1]}), flush=True)
server.serve_forever()
