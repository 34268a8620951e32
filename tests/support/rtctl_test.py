"""What black-box tests share: running the built program, and servers that play a script.

Nothing here sleeps to wait for something: conditions are waited for, under a limit.
"""
import os
import queue
import signal
import socket
import subprocess
import threading
import time

BINARY = os.environ.get("RTCTL_BINARY", "build/dev/rtctl")
LIMIT = float(os.environ.get("RTCTL_TEST_LIMIT", "30"))  # seconds that anything may take on a slow machine


def clean_environment(**extra):
    """The environment without what would steer rtctl or libcurl."""
    kept = {key: value for key, value in os.environ.items()
            if not key.startswith("RTCTL_") and not key.lower().endswith("_proxy")
            and key not in ("CURL_CA_BUNDLE", "SSL_CERT_FILE")}
    kept.update(extra)
    return kept


def run(*arguments, stdin="", env=None, timeout=LIMIT):
    """Runs rtctl to its end; .returncode, .stdout, .stderr as text."""
    return subprocess.run([BINARY, *arguments], input=stdin, text=True, capture_output=True, timeout=timeout,
                          env=clean_environment(**(env or {})))


class Process:
    """rtctl in the background, its output line by line. Use as a context manager."""

    def __init__(self, *arguments, env=None, stdin=subprocess.DEVNULL, cwd=None):
        self.process = subprocess.Popen([BINARY, *arguments], stdin=stdin, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env=clean_environment(**(env or {})), cwd=cwd)
        self.out, self.err = queue.Queue(), queue.Queue()
        self.threads = [threading.Thread(target=self._read, args=pair, daemon=True)
                        for pair in ((self.process.stdout, self.out), (self.process.stderr, self.err))]
        for thread in self.threads:
            thread.start()

    @staticmethod
    def _read(stream, lines):
        for line in stream:
            lines.put(line.rstrip("\n"))
        lines.put(None)

    def line(self, stream="out", limit=LIMIT):
        """The next line; fails when none comes."""
        source = self.out if stream == "out" else self.err
        text = source.get(timeout=limit)
        assert text is not None, f"{stream} ended, exit {self.process.wait()}"
        return text

    def wait_for(self, part, stream="err", limit=LIMIT):
        """Reads on until a line holds `part`, and returns it."""
        until = time.monotonic() + limit
        while True:
            text = self.line(stream, max(0.01, until - time.monotonic()))
            if part in text:
                return text

    def rest(self, stream="out"):
        """All lines up to the end of the stream."""
        source = self.out if stream == "out" else self.err
        lines = []
        while (text := source.get(timeout=LIMIT)) is not None:
            lines.append(text)
        return lines

    def send(self, number=signal.SIGINT):
        self.process.send_signal(number)

    def wait(self, limit=LIMIT):
        return self.process.wait(timeout=limit)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()
        for thread in self.threads:
            thread.join(LIMIT)
        self.process.stdout.close()
        self.process.stderr.close()


def serve(*arguments, env=None):
    """The reference server on a free port; (Process, base URL) once it listens."""
    process = Process("serve", "--listen", "127.0.0.1:0", *arguments, env=env)
    line = process.wait_for("listening on ")
    return process, line.split("listening on ")[1].split()[0].rstrip("/")


def free_port():
    """A port nobody listens on now; for servers that are to come back on the same one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Request:
    def __init__(self, line, headers, body):
        self.method, self.target, _ = line.split(" ", 2)
        self.headers, self.body = headers, body
        self.at = time.monotonic()

    def header(self, name):
        """The first value, or None."""
        return next((value for key, value in self.headers if key == name.lower()), None)


class Script:
    """One connection of a ScriptServer: read a request, send bytes as they are, close or reset."""

    def __init__(self, server, connection):
        self.server, self.connection = server, connection
        self.reader = connection.makefile("rb")

    def request(self):
        """The next request, or None at the end of the connection."""
        line = self.reader.readline().decode("latin-1").strip()
        if not line:
            return None
        headers = []
        while text := self.reader.readline().decode("latin-1").strip():
            name, _, value = text.partition(":")
            headers.append((name.lower(), value.strip()))
        length = int(next((value for key, value in headers if key == "content-length"), 0))
        request = Request(line, headers, self.reader.read(length))
        self.server.requests.append(request)
        return request

    def send(self, data):
        self.connection.sendall(data if isinstance(data, bytes) else data.encode())

    def answer(self, status="200 OK", body="", headers=()):
        """A whole response with Content-Length."""
        body = body if isinstance(body, bytes) else body.encode()
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def stream(self, body="", headers=("Content-Type: text/event-stream",)):
        """The head of a stream that ends with the connection, and some of its body."""
        self.send("\r\n".join(["HTTP/1.1 200 OK", "Connection: close", *headers]) + "\r\n\r\n")
        self.send(body)

    def reset(self):
        """Breaks the connection as a crash would."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.connection.shutdown(socket.SHUT_RD)

    def wait_closed(self):
        """Until the client has closed."""
        while self.reader.read(4096):
            pass


class ScriptServer:
    """A server that plays `play(script, request, number)` for each request; number counts from 0. The
    connection is closed when it returns, unless it returns "keep". Use as a context manager."""

    def __init__(self, play, family=socket.AF_INET, address=("127.0.0.1", 0)):
        self.play, self.requests, self.problems = play, [], []
        self.listener = socket.socket(family, socket.SOCK_STREAM)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(address)
        self.listener.listen(64)
        self.open = set()
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    @property
    def port(self):
        return self.listener.getsockname()[1]

    def url(self, path="/"):
        return f"http://127.0.0.1:{self.port}{path}"

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        script = Script(self, connection)
        try:
            while (request := script.request()) is not None:
                number = self.requests.index(request)
                if self.play(script, request, number) != "keep":
                    break
        except OSError:
            pass  # the client went away, as clients do
        except Exception as problem:  # pylint: disable=broad-except
            self.problems.append(problem)
        finally:
            self.open.discard(connection)
            script.reader.close()
            connection.close()

    def wait_requests(self, count, limit=LIMIT):
        """Until that many requests have come."""
        wait_until(lambda: len(self.requests) >= count, f"{count} requests", limit)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in list(self.open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        assert not self.problems, self.problems


def wait_until(condition, what, limit=LIMIT):
    """Waits for the condition; fails naming `what` when it does not come true."""
    until = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < until, f"waited {limit} s for {what}"
        time.sleep(0.01)
