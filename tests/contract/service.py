"""The test service of LaunchDarkly's public sse-contract-tests (docs/service_spec.md), so that their
harness can examine rtctl's SSE client:

    RTCTL_SSE_CLIENT=build/dev/tests/contract_sse_client python3 tests/contract/service.py 8000
    sse-contract-tests --url http://localhost:8000
"""
import http.client
import http.server
import itertools
import json
import os
import queue
import subprocess
import sys
import threading
import urllib.parse

CAPABILITIES = ["bom", "comments", "headers", "last-event-id", "post", "read-timeout", "report", "restart",
                "server-directed-shutdown-request", "event-type-listeners"]


class Stream:
    """One client under test, and the callbacks that tell what it saw, in order."""

    def __init__(self, parameters):
        self.callback = urllib.parse.urlsplit(parameters["callbackUrl"])
        self.process = subprocess.Popen([os.environ["RTCTL_SSE_CLIENT"]], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.command(json.dumps({key: value for key, value in parameters.items() if value is not None}))
        self.messages = queue.Queue()
        self.threads = [threading.Thread(target=work, daemon=True) for work in (self._read, self._call_back)]
        for thread in self.threads:
            thread.start()

    def command(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def _read(self):
        for line in self.process.stdout:
            self.messages.put(json.loads(line))
        self.messages.put(None)

    def _call_back(self):
        connection = http.client.HTTPConnection(self.callback.netloc)
        for number in itertools.count(1):
            message = self.messages.get()
            if message is None:
                break
            try:
                connection.request("POST", f"{self.callback.path}/{number}", json.dumps(message),
                                   {"Content-Type": "application/json"})
                connection.getresponse().read()
            except OSError:
                connection.close()  # the harness is through with this stream
        connection.close()


class Service(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    streams, numbers, lock = {}, itertools.count(1), threading.Lock()

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200, json.dumps({"capabilities": CAPABILITIES}).encode())

    def do_POST(self):
        text = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            body = json.loads(text)
        except ValueError:
            return self.answer(400)
        if self.path == "/":
            return self.create(body)
        stream = self.streams.get(self.path)
        if stream is None:
            return self.answer(404)
        if body.get("command") == "listen":  # the client tells every type
            return self.answer(200)
        if body.get("command") != "restart":
            return self.answer(400)
        stream.command("restart")
        return self.answer(200)

    def create(self, body):
        if not isinstance(body, dict) or not body.get("streamUrl") or not body.get("callbackUrl"):
            return self.answer(400)
        with self.lock:
            path = f"/streams/{next(self.numbers)}"
            self.streams[path] = Stream(body)
        return self.answer(201, Location=f"http://{self.headers['Host']}{path}")

    def do_DELETE(self):
        if self.path == "/":
            self.answer(200)
            threading.Thread(target=self.server.shutdown).start()
            return
        with self.lock:
            stream = self.streams.pop(self.path, None)
        self.answer(204 if stream else 404)
        if stream:
            stream.close()


def start(port):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Service)
    server.daemon_threads = True
    return server


if __name__ == "__main__":
    start(int(sys.argv[1]) if len(sys.argv) > 1 else 8000).serve_forever()
