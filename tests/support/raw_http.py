"""HTTP by hand: bytes out, bytes in, so that tests see exactly what the server does with them."""
import re
import socket
import time
from urllib.parse import urlsplit

from rtctl_test import LIMIT


class Answer:
    def __init__(self, head, body):
        lines = head.split(b"\r\n")
        self.status = int(lines[0].split(b" ")[1])
        self.fields = [(name.decode().lower(), value.strip().decode("latin-1"))
                       for name, _, value in (line.partition(b":") for line in lines[1:])]
        self.body = body

    def field(self, name):
        """The first value, or None."""
        return next((value for key, value in self.fields if key == name.lower()), None)


class Connection:
    """A TCP connection to a base URL. Reads fail after LIMIT."""

    def __init__(self, url, wrap=None):
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=LIMIT)
        if wrap:
            self.socket = wrap(self.socket)
        self.buffer = b""

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())
        return self

    def receive(self):
        """More bytes into the buffer; False at the end of the stream."""
        data = self.socket.recv(65536)
        self.buffer += data
        return bool(data)

    def until(self, mark):
        """Everything up to and including `mark`."""
        while mark not in self.buffer:
            if not self.receive():
                raise EOFError(f"ended before {mark!r}: {self.buffer!r}")
        end = self.buffer.index(mark) + len(mark)
        found, self.buffer = self.buffer[:end], self.buffer[end:]
        return found

    def answer(self, head_only=False):
        """The next whole response (informational ones too)."""
        head = self.until(b"\r\n\r\n")[:-4]
        answer = Answer(head, b"")
        length = int(answer.field("content-length") or 0)
        if head_only or answer.status in (204, 304) or answer.status < 200:
            return answer
        while len(self.buffer) < length:
            if not self.receive():
                raise EOFError("ended in a body")
        answer.body, self.buffer = self.buffer[:length], self.buffer[length:]
        return answer

    def rest(self):
        """Everything up to the end of the stream; a reset fails the test."""
        while self.receive():
            pass
        found, self.buffer = self.buffer, b""
        return found

    def is_alive(self):
        """Whether the server answers one more request on this connection."""
        try:
            return self.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").answer().status == 200
        except (EOFError, OSError):
            return False

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def request(method, path, headers=(), body=None, host="x", version="1.1"):
    """The bytes of a request; `body` gets a Content-Length and is declared JSON unless told otherwise."""
    body = body.encode() if isinstance(body, str) else body
    lines = [f"{method} {path} HTTP/{version}", f"Host: {host}", *headers]
    names = {header.split(":")[0].lower() for header in headers}
    if body is not None and "content-length" not in names:
        lines.append(f"Content-Length: {len(body)}")
    if body is not None and "content-type" not in names:
        lines.append("Content-Type: application/json")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b"")


def ask(url, method, path, headers=(), body=None, **extra):
    """One request on a connection of its own."""
    with Connection(url) as connection:
        return connection.send(request(method, path, headers, body, **extra)).answer(method == "HEAD")


class EventStream:
    """An open /api/events: `events()` gives dicts of id, event, data as they arrive."""

    def __init__(self, url, query="", headers=()):
        self.connection = Connection(url)
        self.connection.send(request("GET", "/api/events" + query, headers))
        self.head = self.connection.answer(head_only=True)

    def block(self):
        """The next block as text, without the blank line."""
        return self.connection.until(b"\n\n")[:-2].decode()

    def event(self):
        """The next block with an id or an event name."""
        while True:
            fields = {}
            for line in self.block().split("\n"):
                name, _, value = line.partition(":")
                value = value.removeprefix(" ")
                fields[name] = fields[name] + "\n" + value if name in fields else value
            if "id" in fields or "event" in fields:
                return fields

    def events(self, count):
        return [self.event() for _ in range(count)]

    def ids(self, count):
        return [int(event["id"]) for event in self.events(count)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()


def metric(url, name):
    """The value of one line of /metrics."""
    text = ask(url, "GET", "/metrics").body.decode()
    found = re.search("^" + re.escape(name) + r" (\S+)$", text, re.M)
    assert found, name + " is not in /metrics"
    return float(found[1])


def closed_within(connection, seconds):
    """Whether the peer ends the connection in that time."""
    until = time.monotonic() + seconds
    connection.socket.settimeout(seconds)
    try:
        while time.monotonic() < until:
            if not connection.receive():
                return True
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True
    return False
