"""Every rule that rtctl-tail(1) states, and the test that holds it. Prints the table at the end."""
import base64
import email.utils
import fcntl
import gzip
import json
import os
import pty
import resource
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import termios
import threading
import time
import unittest
import zlib

from rtctl_test import BINARY, LIMIT, Process, ScriptServer, clean_environment, run, wait_until

TABLE = []
FAST = ("--backoff-initial", "10ms", "--backoff-max", "20ms")


def rule(text):
    """Names the rule that a test holds."""
    def mark(method):
        method.rule = text
        return method
    return mark


def stream_of(body, **more):
    """Plays one stream of `body`, then holds the connection until the client goes."""
    def play(script, _request, _number):
        script.stream(body, **more)
        script.wait_closed()
    return play


def events(*datas):
    return "".join(f"data: {data}\n\n" for data in datas)


def unread(pipe):
    """How many bytes wait in the pipe."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


# What only time that is a number can show exactly: rule, source, test case.
ELSEWHERE = [
    ("10,000 events, 16 MiB in one event, byte by byte: the same at any cut", "tests/unit/sse/parser_test.cpp",
     "sse parser: the same wherever one cut falls, and byte by byte"),
    ("CR, LF and CRLF in any mix and any cut", "tests/unit/sse/parser_test.cpp",
     "sse parser: the same for CR, CRLF and any mix, at any cut"),
    ("the last event id is carried into the next stream, the unfinished event is not", "tests/unit/sse/parser_test.cpp",
     "sse parser: a new stream keeps the last event id and forgets the unfinished event"),
    ("other origin means scheme, host or port", "tests/sim/stream_redirect_test.cpp",
     "redirect: credentials and Host stay behind when the origin changes"),
    ("303 keeps HEAD", "tests/sim/stream_redirect_test.cpp", "redirect: method and body by status"),
    ("k counts connections in a row without an event, the one just lost included", "tests/sim/stream_waiting_test.cpp",
     "stream waiting: failures in a row wait initial x multiplier^k, up to the maximum"),
    ("a connection lost after --backoff-max had passed is no failure", "tests/sim/stream_waiting_test.cpp",
     "stream waiting: a quiet stream that lived for the maximum is no failure"),
    ("a connection that delivered an event resets the count at once", "tests/sim/stream_waiting_test.cpp",
     "stream waiting: after an event the base alone, then growth from there"),
    ("k = 0: base to 1.5 x base; jitter only lengthens", "tests/sim/stream_waiting_test.cpp",
     "stream waiting: jitter only lengthens the base"),
    ("k >= 1, full: base..top", "tests/unit/base/backoff_test.cpp", "backoff: full jitter spreads from the base to the top"),
    ("k >= 1, equal: the upper half of base..top", "tests/unit/base/backoff_test.cpp",
     "backoff: equal jitter keeps to the upper half"),
    ("none: exactly the top, exactly the base at k = 0", "tests/unit/base/backoff_test.cpp",
     "backoff: no jitter is the formula exactly"),
    ("a base above --backoff-max stays the base", "tests/unit/base/backoff_test.cpp",
     "backoff: retry is the base, larger than the maximum too"),
    ("a retry above 24 h counts as 24 h", "tests/sim/stream_waiting_test.cpp",
     "stream waiting: retry above 24 h counts as 24 h, retry: 0 does not spin"),
    ("retry: 0 and k >= 1: the base is 10 ms", "tests/unit/base/backoff_test.cpp",
     "backoff: retry 0 cannot make a client spin"),
    ("an event gives all retries back, a quiet connection does not", "tests/sim/stream_waiting_test.cpp",
     "stream waiting: an event gives all retries back, a quiet connection does not"),
    ("--idle-timeout 0 waits for ever", "tests/sim/stream_waiting_test.cpp", "stream silence: 0 waits for ever"),
]


class RuleCase(unittest.TestCase):
    def run(self, result=None):
        before = len(result.failures) + len(result.errors) if result else 0
        super().run(result)
        method = getattr(self, self._testMethodName)
        if result and hasattr(method, "rule"):
            ok = len(result.failures) + len(result.errors) == before
            TABLE.append((method.rule, self._testMethodName, "holds" if ok else "BROKEN"))

    def tail(self, play, *flags, stdin="", env=None):
        """Runs tail to its end against a script; (returncode, stdout lines, stderr, requests)."""
        with ScriptServer(play) as server:
            done = run("tail", server.url("/s"), *flags, stdin=stdin, env=env)
            return done.returncode, done.stdout.splitlines(), done.stderr, server.requests

    def datas(self, lines):
        return [json.loads(line)["data"] for line in lines]


class Elsewhere(unittest.TestCase):
    def test_the_named_cases_exist(self):
        for text, path, case in ELSEWHERE:
            with open(os.path.join(os.environ["RTCTL_SOURCE_DIR"], path), encoding="utf-8") as file:
                self.assertIn(f'"{case}"', file.read().replace('"\n    "', ""), text)


class Printing(RuleCase):
    @rule("-n N: exit 0 right after the N-th printed event, while the stream goes on")
    def test_max_events(self):
        code, out, _, _ = self.tail(stream_of(events(*"abcd")), "-n", "3")
        self.assertEqual((code, self.datas(out)), (0, ["a", "b", "c"]))

    @rule("-e NAME (repeatable) filters; -n counts printed events; filtered ones still move the id")
    def test_filter(self):
        body = "event: x\nid: 1\ndata: 1\n\nevent: y\nid: 2\ndata: 2\n\nevent: z\nid: 3\ndata: 3\n\n"

        def play(script, _request, number):
            script.stream(body if number == 0 else "event: z\ndata: 4\n\n")
        code, out, _, requests = self.tail(play, "-e", "x", "-e", "z", "-n", "3", *FAST)
        self.assertEqual((code, self.datas(out)), (0, ["1", "3", "4"]))
        self.assertEqual(requests[1].header("last-event-id"), "3")
        code, _, _, requests = self.tail(play, "-e", "x", "-n", "2", "--timeout", "2s", *FAST)
        self.assertEqual((code, requests[1].header("last-event-id")), (4, "3"))

    @rule("--last-event-id ID is sent with the first request")
    def test_last_event_id(self):
        code, out, _, requests = self.tail(stream_of(events("a")), "--last-event-id", "41", "-n", "1")
        self.assertEqual((code, requests[0].header("last-event-id")), (0, "41"))
        self.assertEqual(json.loads(out[0])["id"], "41")  # carried, as browsers do

    @rule("--until TEXT: end with 0 when an event's data equals TEXT")
    def test_until(self):
        code, out, _, _ = self.tail(stream_of(events("a", "x[DONE]", "[DONE]", "b")), "--until", "[DONE]")
        self.assertEqual((code, self.datas(out)[:2]), (0, ["a", "x[DONE]"]))
        self.assertNotIn("b", self.datas(out))

    @rule("--select POINTER prints that value; --raw without newlines, so tokens read as prose")
    def test_select(self):
        chunks = [{"choices": [{"delta": {"role": "assistant"}}]}, {"choices": [{"delta": {"content": "Hel"}}]},
                  {"choices": [{"delta": {"content": "lo,\nyou"}}]}]
        play = stream_of(events(*map(json.dumps, chunks), "[DONE]"))
        pointer = "/choices/0/delta/content"
        with ScriptServer(play) as server:
            done = run("tail", server.url(), "--until", "[DONE]", "--select", pointer, "--raw")
            self.assertEqual((done.returncode, done.stdout), (0, "Hello,\nyou"))
            done = run("tail", server.url(), "-n", "1", "--select", pointer)
            self.assertEqual((done.returncode, done.stdout), (0, "Hel\n"))
        code, out, _, _ = self.tail(stream_of(events('{"v":0.5}', '{"v":[1,"x"]}')), "--select", "/v", "-n", "2")
        self.assertEqual((code, out), (0, ["0.5", '[1,"x"]']))

    @rule("--format jsonl: event, id (\"\" if none), data with its lines joined; default off a terminal")
    def test_jsonl(self):
        body = 'data: a "q" \\ \tx\ndata: b\n\nevent: e\nid: 7\ndata: \u00e9\n\n'
        code, out, _, _ = self.tail(stream_of(body), "-n", "2")
        self.assertEqual(code, 0)
        self.assertEqual(json.loads(out[0]), {"event": "message", "id": "", "data": 'a "q" \\ \tx\nb'})
        self.assertEqual(out[1], '{"event":"e","id":"7","data":"\u00e9"}')

    @rule("--format data, sse, pretty")
    def test_formats(self):
        body = "id: 7\nevent: e\ndata: a\ndata: b\n\n"
        self.assertEqual(self.tail(stream_of(body), "-n", "1", "--format", "data")[1], ["a", "b"])
        code, out, _, _ = self.tail(stream_of(body), "-n", "1", "--format", "sse")
        self.assertEqual((code, out), (0, ["id: 7", "event: e", "data: a", "data: b", ""]))
        _, out, _, _ = self.tail(stream_of("id: 7\nevent: e\ndata: a\x1b[2J\n\n"), "-n", "1", "--format", "pretty")
        self.assertIn("#7", out[0])
        self.assertNotIn("\x1b", "".join(out))  # nothing that steers the terminal

    @rule("pretty is the default on a terminal")
    def test_terminal(self):
        master, slave = pty.openpty()
        with ScriptServer(stream_of("id: 7\ndata: a\n\n")) as server:
            done = subprocess.run([BINARY, "tail", server.url(), "-n", "1", "-q"], stdout=slave, timeout=LIMIT,
                                  env=clean_environment(NO_COLOR="1"), check=False)
        os.close(slave)
        self.assertEqual((done.returncode, os.read(master, 1000)), (0, b"message #7\r\n  a\r\n"))
        os.close(master)

    @rule("--color always colours pretty output, never and NO_COLOR do not")
    def test_color(self):
        for flags, colored in ((["--color", "always"], True), (["--color", "never"], False), ([], False)):
            _, out, _, _ = self.tail(stream_of("id: 1\ndata: a\n\n"), "-n", "1", "--format", "pretty", *flags)
            self.assertEqual("\x1b[" in "".join(out), colored, flags)

    @rule("--timestamps adds received_at, RFC 3339 with microseconds")
    def test_timestamps(self):
        _, out, _, _ = self.tail(stream_of(events("a")), "-n", "1", "--timestamps")
        self.assertRegex(json.loads(out[0])["received_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")

    @rule("comments, retries and connection changes go to stderr, one short line each; -q silences them")
    def test_notes(self):
        def play(script, _request, number):
            script.stream(": beat\n\nretry: 20\n\ndata: a\n\n" if number == 0 else events("b"))
        code, out, err, _ = self.tail(play, "-n", "2", *FAST)
        self.assertEqual((code, self.datas(out)), (0, ["a", "b"]))
        self.assertRegex(err, r"(?s)open: .*: beat\n.*retry: 20ms\n.*lost: .* again in .*open: ")
        self.assertTrue(all(len(line) < 200 for line in err.splitlines()))
        self.assertEqual(self.tail(play, "-n", "2", "-q", *FAST)[2], "")

    @rule("output is flushed per batch read")
    def test_flush(self):
        with ScriptServer(stream_of(events("a"))) as server, Process("tail", server.url()) as tail:
            self.assertEqual(json.loads(tail.line())["data"], "a")  # while the stream stays open


class Asking(RuleCase):
    @rule("requests carry Accept and Cache-Control; Last-Event-ID only once an id is known; -H overrides")
    def test_headers(self):
        def play(script, _request, number):
            script.stream("id: 5\ndata: a\n\n" if number == 0 else events("b"))
        _, _, _, requests = self.tail(play, "-n", "2", *FAST)
        self.assertEqual(requests[0].method, "GET")
        self.assertEqual(requests[0].header("accept"), "text/event-stream")
        self.assertEqual(requests[0].header("cache-control"), "no-cache")
        self.assertIsNone(requests[0].header("last-event-id"))
        self.assertEqual(requests[1].header("last-event-id"), "5")
        _, _, _, requests = self.tail(play, "-n", "1", "-H", "accept: x/y", "-H", "X-Two: 2", "-H", "user-agent: me")
        fields = [name for name, _ in requests[0].headers]
        self.assertEqual([requests[0].header(name) for name in ("accept", "x-two", "user-agent")], ["x/y", "2", "me"])
        self.assertEqual((fields.count("accept"), fields.count("user-agent")), (1, 1))

    @rule("-d alone means POST, JSON as application/json, else form; @FILE and @- read it; -X and -H win")
    def test_body(self):
        def one(*flags, stdin=""):
            code, _, err, requests = self.tail(stream_of(events("a")), "-n", "1", *flags, stdin=stdin)
            self.assertEqual(code, 0, err)
            return requests[0].method, requests[0].header("content-type"), requests[0].body.decode()
        form = "application/x-www-form-urlencoded"
        self.assertEqual(one("-d", '{"a":1}'), ("POST", "application/json", '{"a":1}'))
        self.assertEqual(one("-d", "a=1"), ("POST", form, "a=1"))
        self.assertEqual(one("-d", "@-", stdin="x y\n"), ("POST", form, "x y\n"))
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write("[1,\n2]")
            file.flush()
            self.assertEqual(one("-d", "@" + file.name), ("POST", "application/json", "[1,\n2]"))
        self.assertEqual(one("-X", "REPORT", "-d", "x", "-H", "Content-Type: text/y"), ("REPORT", "text/y", "x"))
        self.assertEqual(run("tail", "http://127.0.0.1:1/", "-d", "@/nonexistent/x").returncode, 2)

    @rule("a reconnection sends the same method and body again")
    def test_body_again(self):
        def play(script, _request, number):
            script.stream(events(number))
        code, _, _, requests = self.tail(play, "-n", "2", "-d", "x=1", *FAST)
        self.assertEqual((code, [(r.method, r.body) for r in requests]), (0, [("POST", b"x=1")] * 2))

    @rule("--bearer (or RTCTL_TOKEN), --user, --cookie, credentials in the URL")
    def test_credentials(self):
        def authorization(*flags, **env):
            _, _, _, requests = self.tail(stream_of(events("a")), "-n", "1", *flags, env=env)
            return requests[0].header("authorization")
        basic = "Basic " + base64.b64encode(b"u:p").decode()
        self.assertEqual(authorization("--bearer", "t"), "Bearer t")
        self.assertEqual(authorization(RTCTL_TOKEN="e"), "Bearer e")
        self.assertEqual(authorization("--user", "u:p"), basic)
        self.assertEqual(authorization("--user", "key"), "Basic " + base64.b64encode(b"key:").decode())
        self.assertEqual(authorization("--bearer", "t", "-H", "authorization: own"), "own")
        with ScriptServer(stream_of(events("a"))) as server:
            done = run("tail", f"http://u:p@127.0.0.1:{server.port}/", "-n", "1", "--cookie", "a=1; b=2")
            self.assertEqual(done.returncode, 0)
            self.assertEqual(server.requests[0].header("authorization"), basic)
            self.assertEqual(server.requests[0].header("cookie"), "a=1; b=2")

    @rule("--netrc takes credentials from ~/.netrc")
    def test_netrc(self):
        with tempfile.TemporaryDirectory() as home:
            with open(os.path.join(home, ".netrc"), "w", encoding="ascii") as file:
                file.write("machine 127.0.0.1 login u password p\n")
            for flags, expected in (([], None), (["--netrc"], "Basic " + base64.b64encode(b"u:p").decode())):
                _, _, _, requests = self.tail(stream_of(events("a")), "-n", "1", *flags, env={"HOME": home})
                self.assertEqual(requests[0].header("authorization"), expected)

    @rule("IPv6 and --unix-socket")
    def test_addresses(self):
        with ScriptServer(stream_of(events("six")), socket.AF_INET6, ("::1", 0)) as server:
            done = run("tail", f"http://[::1]:{server.port}/", "-n", "1")
            self.assertEqual((done.returncode, self.datas(done.stdout.splitlines())), (0, ["six"]))
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "s")
            with ScriptServer(stream_of(events("unix")), socket.AF_UNIX, path) as server:
                done = run("tail", "http://localhost/", "--unix-socket", path, "-n", "1")
                self.assertEqual((done.returncode, self.datas(done.stdout.splitlines())), (0, ["unix"]))

    @rule("--proxy, and the proxy of the environment")
    def test_proxy(self):
        with ScriptServer(stream_of(events("p"))) as server:
            for flags, env in ((["--proxy", server.url()], {}), ([], {"http_proxy": server.url()})):
                done = run("tail", "http://made.up.test/x", "-n", "1", *flags, env=env)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(server.requests[-1].target, "http://made.up.test/x")

    @rule("flags > environment > config file > default")
    def test_sources(self):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write("[tail]\nmax-events = 1\n")
            file.flush()
            body = events(*"abcd")
            for flags, env, count in (([], {}, 1), ([], {"RTCTL_MAX_EVENTS": "2"}, 2),
                                      (["-n", "3"], {"RTCTL_MAX_EVENTS": "2"}, 3)):
                code, out, err, _ = self.tail(stream_of(body), "--config", file.name, *flags, env=env)
                self.assertEqual((code, len(out)), (0, count), err)

    @rule("a config file is TOML: lists for what may be repeated, an empty text is a value")
    def test_config(self):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write('[tail]\nmax-events = 1\nlast-event-id = ""\nquiet = true\ntimestamps = false\n'
                       'header = [\n  "X-One: a, b # c", # a comment\n  "X-Two: \\u00e9",\n]\n')
            file.flush()
            code, out, err, requests = self.tail(stream_of(events(*"ab")), "--config", file.name)
        self.assertEqual((code, len(out), err), (0, 1, ""))
        self.assertEqual(requests[0].header("x-one"), "a, b # c")
        self.assertEqual(requests[0].header("x-two"), "\u00e9".encode().decode("latin-1"))

    @rule("a URL that is not http or https, or cannot be parsed, and wrong flags exit 2")
    def test_usage(self):
        for arguments in (["ftp://x/"], ["not a url"], ["x"], [""], ["http://"], [], ["http://x/", "-n", "0"],
                          ["http://x/", "-n", "x"], ["http://x/", "--timeout", "5"], ["http://x/", "-H", "nocolon"],
                          ["http://x/", "-H", "A: b\nC: d"], ["http://x/", "--format", "xml"], ["http://x/", "--raw"],
                          ["http://x/", "--select", "no"], ["http://x/", "--backoff-jitter", "some"],
                          ["http://x/", "--last-event-id", "a\nb"], ["http://x/", "-v", "-q"],
                          ["http://x/", "--http1.1", "--http2"], ["http://x/", "--cacert", "/nonexistent"]):
            done = run("tail", *arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)
            self.assertTrue(done.stderr)


class Parsing(RuleCase):
    @rule("parsing to the letter of WHATWG 9.2, whatever the cuts: BOM, line ends, comments, ids, retry, UTF-8")
    def test_letter_byte_by_byte(self):
        body = (b"\xef\xbb\xbf: c\r\ndata:  a\rdata\n\rid: 1\ndata: b\r\n\r\nid: x\0y\ndata: \xff\xc3\n\n"
                b"id: 2\n\nevent\ndata: c\nretry: 1x\n\nid: 9\ndata: unfinished\n")

        def play(script, _request, number):
            if number == 0:
                script.stream()
                for byte in body:
                    script.send(bytes([byte]))
                    time.sleep(0.001)
            else:
                script.stream(events("next"))
        code, out, err, requests = self.tail(play, "-n", "5", *FAST)
        self.assertEqual(code, 0, err)
        expected = [("message", "", " a\n"), ("message", "1", "b"), ("message", "1", "\ufffd\ufffd"),
                    ("message", "2", "c"), ("message", "2", "next")]
        self.assertEqual([(e["event"], e["id"], e["data"]) for e in map(json.loads, out)], expected)
        self.assertEqual(requests[1].header("last-event-id"), "2")  # EOF discards the event and its id
        self.assertNotIn("retry", err)

    @rule("a CR ends its line at once: nothing waits for a byte that may not come")
    def test_lone_cr(self):
        code, out, _, _ = self.tail(stream_of("data: a\r\r"), "-n", "1")
        self.assertEqual((code, self.datas(out)), (0, ["a"]))

    @rule("an empty id clears, an id without data is committed and carried into the next stream")
    def test_ids(self):
        bodies = ["id: 1\ndata: a\n\nid\ndata: b\n\n", "id: 3\n\n", events("c")]

        def play(script, _request, number):
            script.stream(bodies[number])
        _, out, _, requests = self.tail(play, "-n", "3", *FAST)
        self.assertEqual([json.loads(line)["id"] for line in out], ["1", "", "3"])
        self.assertEqual([r.header("last-event-id") for r in requests], [None, None, "3"])

    @rule("--max-event-size: over it the stream fails with a clear error, exit 1")
    def test_limit(self):
        code, out, err, requests = self.tail(stream_of(events("a", "x" * 2000)), "--max-event-size", "1KiB")
        self.assertEqual((code, self.datas(out), len(requests)), (1, ["a"], 1))
        self.assertIn("larger than 1024 bytes", err)

    @rule("10,000 events in one write and 16 MiB in one event come out as they are")
    def test_volume(self):
        body = "".join(f"id: {n}\ndata: {n}\n\n" for n in range(10_000)) + events("x" * (16 << 20))
        code, out, _, _ = self.tail(stream_of(body), "-n", "10001")
        self.assertEqual((code, len(out)), (0, 10_001))
        self.assertEqual(self.datas(out[:10_000]), [str(n) for n in range(10_000)])
        self.assertEqual(len(self.datas(out[10_000:])[0]), 16 << 20)


class SecureServer:
    """TLS with a certificate of its own, and one event for each connection. `asks`: only for clients that show
    that same certificate."""

    def __init__(self, asks=False):
        self.folder = tempfile.TemporaryDirectory()
        self.key, self.certificate = (os.path.join(self.folder.name, name) for name in ("k.pem", "c.pem"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-days", "2", "-keyout", self.key, "-out", self.certificate, "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate, self.key)
        if asks:
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.load_verify_locations(self.certificate)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self.listener.getsockname()[1]}/"
        self.accepted = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            self.accepted += 1
            try:
                with self.context.wrap_socket(plain, server_side=True) as secure:
                    secure.recv(4096)
                    secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: s\n\n")
                    secure.recv(4096)
            except OSError:
                pass  # refused by one side or the other

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.folder.cleanup()


class Opening(RuleCase):
    def outcome(self, head, *flags, body=b""):
        """What a first answer of `head` leads to: (exit code, requests) with one more try that succeeds."""
        def play(script, _request, number):
            if number == 0:
                script.send(f"HTTP/1.1 {head}\r\nConnection: close\r\n\r\n")
                script.send(body)
            else:
                script.stream(events("later"))
        code, _, err, requests = self.tail(play, "-n", "1", *FAST, *flags)
        return code, len(requests), err

    @rule("204 ends: exit 0, or 1 saying how many arrived when -n was not met")
    def test_204(self):
        def play(script, _request, _number):
            script.send("HTTP/1.1 204 No Content\r\n\r\n")
        self.assertEqual(self.tail(play)[0], 0)
        code, _, err, requests = self.tail(play, "-n", "2")
        self.assertEqual((code, len(requests)), (1, 1))
        self.assertIn("0 of 2 events", err)

    @rule("a wrong or missing content type is final, exit 1; parameters and case do not matter")
    def test_content_type(self):
        for head in ("200 OK\r\nContent-Type: text/html", "200 OK", "200 OK\r\nContent-Type: application/json"):
            code, count, err = self.outcome(head)
            self.assertEqual((code, count), (1, 1), head)
            self.assertIn("text/event-stream", err)
        more = {"headers": ["Content-Type: Text/Event-Stream ; charset=utf-8"]}
        self.assertEqual(self.tail(stream_of(events("a"), **more), "-n", "1")[0], 0)

    @rule("an unknown content encoding is final")
    def test_unknown_encoding(self):
        code, count, err = self.outcome("200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: rot13", body=b"x")
        self.assertEqual((code, count), (1, 1), err)

    @rule("any other status is final, exit 1")
    def test_final_statuses(self):
        for status in (201, 202, 206, 300, 304, 400, 401, 403, 404, 410, 418):
            code, count, err = self.outcome(f"{status} X\r\nContent-Type: text/event-stream")
            self.assertEqual((code, count), (1, 1), status)
            self.assertIn(str(status), err)

    @rule("408, 425, 429 and 5xx reconnect")
    def test_retried_statuses(self):
        for status in (408, 425, 429, 500, 502, 503, 504, 599):
            self.assertEqual(self.outcome(f"{status} X\r\nContent-Length: 0")[:2], (0, 2), status)

    @rule("--strict: any status but 200 is final, 204 still exits 0, a lost connection reconnects")
    def test_strict(self):
        for status in (408, 429, 500, 503):
            self.assertEqual(self.outcome(f"{status} X\r\nContent-Length: 0", "--strict")[:2], (1, 1), status)

        def play(script, _request, number):
            script.stream(events("a")) if number == 0 else script.send("HTTP/1.1 204 No Content\r\n\r\n")
        code, out, _, requests = self.tail(play, "--strict", *FAST)
        self.assertEqual((code, len(out), len(requests)), (0, 1, 2))

    @rule("connection errors reconnect")
    def test_refused_then_there(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with Process("tail", f"http://127.0.0.1:{port}/", "-n", "1", *FAST) as tail:
            tail.wait_for("failed: ")
            with ScriptServer(stream_of(events("a")), address=("127.0.0.1", port)):
                self.assertEqual(json.loads(tail.line())["data"], "a")
                self.assertEqual(tail.wait(), 0)

    @rule("EOF and resets reconnect, with the id of the last whole event")
    def test_cut(self):
        for end in ("eof", "reset"):
            def play(script, _request, number, end=end):
                script.stream(f"id: {number}\ndata: {number}\n\nid: x\ndata: cut")
                if end == "reset":
                    script.reset()
            code, out, _, requests = self.tail(play, "-n", "3", *FAST)
            self.assertEqual((code, self.datas(out)), (0, ["0", "1", "2"]), end)
            self.assertEqual([r.header("last-event-id") for r in requests], [None, "0", "1"])

    @rule("broken framing and corrupt compressed data reconnect")
    def test_broken(self):
        stream = "200 OK\r\nContent-Type: text/event-stream\r\n"
        for head, body in ((stream + "Transfer-Encoding: chunked", b"zz\r\nhello"),
                           (stream + "Content-Encoding: gzip", gzip.compress(b"data: a")[:10] + b"\xff" * 200),
                           ("HELLO", b"")):
            code, count, err = self.outcome(head, body=body)
            self.assertEqual((code, count), (0, 2), (head, err))

    @staticmethod
    def deflated(bits):
        """Two events, the first flushed before the second was known."""
        packer = zlib.compressobj(wbits=bits)
        return [packer.compress(event) + packer.flush(zlib.Z_SYNC_FLUSH) for event in (b"data: one\n\n", b"data: two\n\n")]

    @rule("gzip, br and zstd (and deflate) are asked for and decoded as the bytes arrive")
    def test_compressed(self):
        # Python has no encoder for br and zstd: these bytes were made by their own libraries' flushes.
        for name, parts in (("gzip", self.deflated(31)), ("deflate", self.deflated(15)),
                            ("br", map(base64.b64decode, ("CwWAZGF0YTogb25lCgo=", "UACAX1rhje5OEaJKBGAL"))),
                            ("zstd", map(base64.b64decode, ("KLUv/QBYWAAAZGF0YTogb25lCgo=", "WAAAZGF0YTogdHdvCgo=")))):
            gate = threading.Event()

            def play(script, _request, _number, name=name, parts=parts, gate=gate):
                first, second = parts
                script.stream(headers=["Content-Type: text/event-stream", f"Content-Encoding: {name}"])
                script.send(first)
                gate.wait(LIMIT)
                script.send(second)
                script.wait_closed()
            with ScriptServer(play) as server, Process("tail", server.url(), "-n", "2") as tail:
                self.assertEqual(json.loads(tail.line())["data"], "one", name)
                gate.set()
                self.assertEqual(json.loads(tail.line())["data"], "two", name)
                self.assertEqual(tail.wait(), 0)
                self.assertEqual(server.requests[0].header("accept-encoding"), "gzip, br, zstd")

    @rule("stalls reconnect, also while waiting for headers; comments count as life")
    def test_stalls(self):
        def play(script, _request, number):
            if number == 0:
                script.wait_closed()  # no header at all
            elif number == 1:
                script.stream(events("one"))
                script.wait_closed()
            else:
                script.stream()
                for _ in range(8):
                    script.send(": beat\n")
                    time.sleep(0.3)
                script.send(events("two"))
                script.wait_closed()
        code, out, err, requests = self.tail(play, "-n", "2", "--idle-timeout", "1.5s", *FAST)
        self.assertEqual((code, self.datas(out), len(requests)), (0, ["one", "two"], 3), err)
        self.assertIn("no byte for 1.5s", err)

    @rule("a certificate failure is final; --cacert, SSL_CERT_FILE and -k accept it; TLS works")
    def test_certificate(self):
        with SecureServer() as server:
            done = run("tail", server.url, "-n", "1", *FAST)
            self.assertEqual((done.returncode, server.accepted), (1, 1), done.stderr)
            for flags in (["-k"], ["--cacert", server.certificate], ["--cacert", server.certificate, "--http2"]):
                done = run("tail", server.url, "-n", "1", *flags)
                self.assertEqual((done.returncode, self.datas(done.stdout.splitlines())), (0, ["s"]), done.stderr)
            for name in ("SSL_CERT_FILE", "CURL_CA_BUNDLE"):
                self.assertEqual(run("tail", server.url, "-n", "1", env={name: server.certificate}).returncode, 0)

    @rule("--cert and --key show the client's certificate")
    def test_client_certificate(self):
        with SecureServer(asks=True) as server:
            own = ["--cacert", server.certificate]
            self.assertEqual(run("tail", server.url, "-n", "1", "--max-retries", "0", *own).returncode, 1)
            done = run("tail", server.url, "-n", "1", *own, "--cert", server.certificate, "--key", server.key)
            self.assertEqual((done.returncode, self.datas(done.stdout.splitlines())), (0, ["s"]), done.stderr)

    @rule("--connect-timeout covers the TLS handshake, and what it ends is tried again")
    def test_connect_timeout(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:  # the kernel accepts, nobody answers
            done = run("tail", f"https://127.0.0.1:{silent.getsockname()[1]}/", "--connect-timeout", "0.2s",
                       "--max-retries", "1", *FAST)
        self.assertEqual((done.returncode, done.stderr.count("failed: ")), (1, 1), done.stderr)


class Redirects(RuleCase):
    @staticmethod
    def hop(location, status=302):
        field = f"\r\nLocation: {location}" if location else ""
        return f"HTTP/1.1 {status} X{field}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

    @rule("redirects are followed, at most 10; the eleventh, and one without Location, are final")
    def test_count(self):
        def play(script, request, number):
            limit = int(request.target.rpartition("/")[2] or 0) if request.target != "/s" else 0
            if limit >= self.hops:
                script.stream(events("there"))
            else:
                script.send(self.hop(f"/{limit + 1}"))
        self.hops = 10
        self.assertEqual(self.tail(play, "-n", "1")[0], 0)
        self.hops = 11
        code, _, err, requests = self.tail(play, "-n", "1", *FAST)
        self.assertEqual((code, len(requests)), (1, 11))
        self.assertIn("redirects", err)

        def lost(script, _request, _number):
            script.send(self.hop(None))
        code, _, err, requests = self.tail(lost, *FAST)
        self.assertEqual((code, len(requests)), (1, 1))
        self.assertIn("Location", err)

    @rule("a reconnection starts from the original URL again")
    def test_original_again(self):
        def play(script, request, _number):
            script.send(self.hop("/t")) if request.target == "/s" else script.stream(events("a"))
        _, _, _, requests = self.tail(play, "-n", "2", *FAST)
        self.assertEqual([r.target for r in requests], ["/s", "/t", "/s", "/t"])

    @rule("headers go along; to another origin without Authorization, Cookie, Proxy-Authorization, --bearer, --user, --cookie")
    def test_credentials(self):
        secrets = ["-H", "Proxy-Authorization: z", "-H", "X-Own: 1", "--cookie", "c=1"]
        with ScriptServer(stream_of(events("a"))) as other:
            def play(script, request, _number):
                script.stream(events("a")) if request.target == "/t" else script.send(self.hop(self.location))
            for flags in (["--bearer", "t"], ["--user", "u:p"], ["-H", "authorization: t"]):
                self.location = other.url("/x")
                self.assertEqual(self.tail(play, "-n", "1", *secrets, *flags)[0], 0)
                seen = other.requests[-1]
                for name in ("authorization", "cookie", "proxy-authorization"):
                    self.assertIsNone(seen.header(name), (name, flags))
                self.assertEqual((seen.header("x-own"), seen.header("accept")), ("1", "text/event-stream"))
                self.location = "/t"
                _, _, _, requests = self.tail(play, "-n", "1", *secrets, *flags)
                self.assertTrue(requests[1].header("authorization"))
                self.assertEqual(requests[1].header("cookie"), "c=1")

    @rule("301 and 302 turn POST into GET, 303 everything but HEAD, 307 and 308 keep method and body")
    def test_methods(self):
        for status, method, expected in ((301, "POST", "GET"), (302, "POST", "GET"), (303, "POST", "GET"),
                                         (303, "PUT", "GET"), (301, "PUT", "PUT"), (307, "POST", "POST"),
                                         (308, "POST", "POST")):
            def play(script, request, _number, status=status):
                script.stream(events("a")) if request.target == "/t" else script.send(self.hop("/t", status))
            code, _, err, requests = self.tail(play, "-n", "1", "-X", method, "-d", "x=1")
            self.assertEqual((code, requests[1].method), (0, expected), (status, method, err))
            self.assertEqual(requests[1].body, b"x=1" if expected == method else b"")


class Waiting(RuleCase):
    def gaps(self, play, *flags):
        _, _, err, requests = self.tail(play, *flags)
        times = [r.at for r in requests]
        return [b - a for a, b in zip(times, times[1:])], err

    @rule("the base is --backoff-initial, growing by the multiplier to --backoff-max (exact in tests/sim)")
    def test_backoff(self):
        def play(script, _request, _number):
            script.answer("503 X")
        gaps, err = self.gaps(play, "--backoff-initial", "100ms", "--backoff-max", "400ms", "--backoff-jitter", "none",
                              "--max-retries", "4")
        for gap, least in zip(gaps, (0.2, 0.4, 0.4, 0.4)):
            self.assertGreaterEqual(gap, least - 0.01, err)
        self.assertEqual(len(gaps), 4)

    @rule("the server's retry is the base, a minimum that jitter only lengthens, kept for later streams")
    def test_retry(self):
        def play(script, _request, number):
            script.stream("retry: 300\ndata: a\n\n" if number == 0 else events("b"))
        gaps, _ = self.gaps(play, "-n", "3", "--backoff-initial", "1ms")
        self.assertEqual(len(gaps), 2)
        self.assertTrue(all(gap >= 0.29 for gap in gaps), gaps)

    @rule("Retry-After (seconds or date) is a minimum that --backoff-max does not shorten")
    def test_retry_after(self):
        def play(script, _request, number):
            script.answer("503 X", headers=["Retry-After: 1"]) if number == 0 else script.stream(events("a"))
        gaps, _ = self.gaps(play, "-n", "1", *FAST)
        self.assertGreaterEqual(gaps[0], 0.99)

        def date(script, _request, number):
            # Whole seconds: 3 s ahead are at least 2.
            when = email.utils.formatdate(time.time() + 3, usegmt=True)
            script.answer("429 X", headers=[f"Retry-After: {when}"]) if number == 0 else script.stream(events("a"))
        gaps, _ = self.gaps(date, "-n", "1", *FAST)
        self.assertGreaterEqual(gaps[0], 1.9)

    @rule("--max-retries N allows N+1 requests in a row without an event, then exit 1")
    def test_max_retries(self):
        def play(script, _request, number):
            script.stream(events("a")) if number == 1 else script.answer("500 X")
        for retries, expected in (("0", 1), ("1", 4), ("2", 5)):
            code, _, err, requests = self.tail(play, "--max-retries", retries, *FAST)
            self.assertEqual((code, len(requests)), (1, expected), err)

    @rule("retry: 0 causes no busy loop")
    def test_retry_zero(self):
        def play(script, _request, _number):
            script.stream("retry: 0\n\n")
        _, _, _, requests = self.tail(play, "--timeout", "300ms", "--backoff-initial", "0", "--backoff-max", "0")
        self.assertLess(len(requests), 40)


class Ending(RuleCase):
    @rule("--timeout covers the whole run: exit 4 if -n or --until was not met, else 0")
    def test_timeout(self):
        started = time.monotonic()
        self.assertEqual(self.tail(stream_of(events("a")), "--timeout", "0.3s")[0], 0)
        self.assertEqual(self.tail(stream_of(events("a")), "--timeout", "0.3s", "-n", "2")[0], 4)
        self.assertEqual(self.tail(stream_of(events("a")), "--timeout", "0.3s", "--until", "b")[0], 4)
        self.assertEqual(run("tail", "http://127.0.0.1:1/", "--timeout", "0.3s", "-n", "1").returncode, 4)
        self.assertGreaterEqual(time.monotonic() - started, 1.1)

    @rule("EOF with --no-reconnect: 1 saying how many arrived when -n was not met, otherwise 0; an error is 1")
    def test_no_reconnect(self):
        def play(script, _request, _number):
            script.stream(events("a", "b"))
        self.assertEqual(self.tail(play, "--no-reconnect")[0], 0)
        self.assertEqual(self.tail(play, "--no-reconnect", "-n", "2")[0], 0)
        code, out, err, requests = self.tail(play, "--no-reconnect", "-n", "3")
        self.assertEqual((code, len(out), len(requests)), (1, 2, 1))
        self.assertIn("2 of 3 events", err)
        self.assertEqual(run("tail", "http://127.0.0.1:1/", "--no-reconnect").returncode, 1)

    @rule("a closed stdout ends the client at once, quietly, with 0")
    def test_closed_stdout(self):
        with ScriptServer(stream_of(events("a", "b"))) as server:
            for arguments in ([server.url()], [server.url(), "-q"]):
                process = subprocess.Popen([BINARY, "tail", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                           env=clean_environment())
                process.stdout.readline()
                process.stdout.close()  # the stream stays open and silent
                self.assertEqual(process.wait(LIMIT), 0)
                self.assertNotIn(b"rtctl:", process.stderr.read())
                process.stderr.close()
            done = subprocess.run(f"exec '{BINARY}' tail {server.url()} >&-", shell=True, timeout=LIMIT,
                                  env=clean_environment(), capture_output=True, check=False)
            self.assertEqual(done.returncode, 0)

    @rule("rtctl tail | head -1: 0, one line, nothing else")
    def test_head(self):
        with ScriptServer(stream_of(events(*"abc"))) as server:
            done = subprocess.run(f"'{BINARY}' tail {server.url()} -q | head -n 1; exit ${{PIPESTATUS[0]}}",
                                  shell=True, executable="/bin/bash", timeout=LIMIT, env=clean_environment(),
                                  capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, self.datas(done.stdout.splitlines()), done.stderr), (0, ["a"], ""))

    @rule("SIGINT is 130 and SIGTERM 143, and what was received is flushed first")
    def test_signals(self):
        for number, expected in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with ScriptServer(stream_of(events("a"))) as server, Process("tail", server.url()) as tail:
                tail.line()
                tail.send(number)
                self.assertEqual(tail.wait(), expected)

    @rule("a second signal leaves at once, also while the last output waits for its reader")
    def test_second_signal(self):
        body = "".join(f"data: {n:0100}\n\n" for n in range(40_000))
        with ScriptServer(stream_of(body)) as server:
            for second, expected in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
                process = subprocess.Popen([BINARY, "tail", server.url(), "-q"], stdout=subprocess.PIPE,
                                           env=clean_environment())
                wait_until(lambda process=process: unread(process.stdout) > 60_000, "a full pipe")
                time.sleep(0.2)  # what does not fit waits in the program now
                process.send_signal(signal.SIGINT)  # nobody reads, so it cannot end in order

                def is_over(process=process, second=second):
                    process.send_signal(second)
                    return process.poll() is not None
                wait_until(is_over, "the second signal to end it")
                self.assertEqual(process.returncode, expected)
                process.stdout.close()

    @rule("a reader that stands still stops the reading, and nothing is lost; Ctrl-C still works")
    def test_slow_reader(self):
        count = 40_000
        body = "".join(f"data: {n:0100}\n\n" for n in range(count))
        with ScriptServer(stream_of(body)) as server:
            process = subprocess.Popen([BINARY, "tail", server.url(), "-q", "-n", str(count), "--format", "data"],
                                       stdout=subprocess.PIPE, env=clean_environment())
            server.wait_requests(1)
            time.sleep(0.3)  # lets the pipe fill; the result does not depend on it
            lines = process.stdout.read().splitlines()
            self.assertEqual((process.wait(LIMIT), len(lines)), (0, count))
            process.stdout.close()
            process = subprocess.Popen([BINARY, "tail", server.url(), "-q"], stdout=subprocess.PIPE,
                                       env=clean_environment())
            server.wait_requests(2)
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
            process.stdout.read()
            self.assertEqual(process.wait(LIMIT), 130)
            process.stdout.close()

    @rule("--stats prints the connection's health on stderr at the end")
    def test_stats(self):
        def play(script, _request, number):
            script.stream(events("a") if number == 0 else events("b", "c"))
        code, _, err, _ = self.tail(play, "-n", "3", "-q", "--stats", *FAST)
        self.assertEqual(code, 0)
        for part in ("uptime", "2 opened", "1 lost", "first event", "event gap", "p99", "3 events"):
            self.assertIn(part, err)


class Resuming(RuleCase):
    @staticmethod
    def play(script, request, _number):
        """Three events after the one that the client has."""
        last = int(request.header("last-event-id") or 0)
        script.stream("".join(f"id: {n}\ndata: {n}\n\n" for n in range(last + 1, last + 4)))
        script.wait_closed()

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = os.path.join(self.folder.name, "memory.json")

    @rule("--resume FILE keeps the last id and the last event; the next run goes on from there")
    def test_goes_on(self):
        for first in (1, 3, 5):
            code, out, err, _ = self.tail(self.play, "--resume", self.path, "-n", "2")
            self.assertEqual((code, self.datas(out)), (0, [str(first), str(first + 1)]), err)
        with open(self.path, encoding="utf-8") as file:
            memory = json.load(file)
        self.assertEqual((memory["last_event_id"], memory["event"]["data"]), ("6", "6"))

    @rule("--resume survives kill -9: events may come again, none is lost")
    def test_kill(self):
        seen = []
        with ScriptServer(self.play) as server:
            for _ in range(5):
                with Process("tail", server.url(), "--resume", self.path) as tail:
                    seen += self.datas([tail.line(), tail.line()])
                    tail.send(signal.SIGKILL)
                    tail.wait()
                    seen += self.datas(tail.rest())
        numbers = [int(data) for data in seen]
        self.assertEqual(sorted(set(numbers)), list(range(1, max(numbers) + 1)))

    @rule("a file that --resume cannot write is an error (5) and leaves the old content; one it cannot read is usage (2)")
    def test_full_disk(self):
        self.assertEqual(self.tail(self.play, "--resume", self.path, "-n", "1")[0], 0)
        with open(self.path, encoding="utf-8") as file:
            before = file.read()
        # An event larger than the limit, which leaves room for the files that sanitizers write for themselves.
        with ScriptServer(stream_of("id: 9\ndata: " + "x" * 8_000_000 + "\n\n")) as server:
            done = subprocess.run(
                [BINARY, "tail", server.url(), "-q", "--resume", self.path, "-n", "3"], capture_output=True, text=True,
                timeout=LIMIT, env=clean_environment(), check=False,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4_000_000, 4_000_000)))
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1)
        self.assertGreaterEqual(len(self.datas(done.stdout.splitlines())), 1)
        with open(self.path, encoding="utf-8") as file:
            self.assertEqual(file.read(), before)
        self.assertEqual(os.listdir(self.folder.name), ["memory.json"])  # no trace
        with open(self.path, "w", encoding="utf-8") as file:
            file.write("{}")
        self.assertEqual(run("tail", "http://127.0.0.1:1/", "--resume", self.path).returncode, 2)

    @rule("a device under --resume is written to: a full one is an error (5), /dev/null keeps nothing; links and permissions stay")
    def test_special_files(self):
        full, link = os.path.join(self.folder.name, "full"), os.path.join(self.folder.name, "link")
        os.symlink("/dev/full", full)
        code, _, err, _ = self.tail(self.play, "--resume", full, "-n", "1", "-q")
        self.assertEqual((code, os.path.islink(full)), (5, True))
        self.assertRegex(err, r"^rtctl: cannot write .*No space left on device\n$")
        self.assertEqual(self.tail(self.play, "--resume", "/dev/null", "-n", "1")[0], 0)
        os.symlink(self.path, link)
        with open(self.path, "w", encoding="utf-8"):
            os.chmod(self.path, 0o600)
        self.assertEqual(self.tail(self.play, "--resume", link, "-n", "1")[0], 0)
        self.assertEqual((os.path.islink(link), os.stat(self.path).st_mode & 0o777), (True, 0o600))
        with open(self.path, encoding="utf-8") as file:
            self.assertEqual(json.load(file)["last_event_id"], "1")

    @rule("a full standard output is an error (5)")
    def test_full_output(self):
        with ScriptServer(stream_of(events("a"))) as server, open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([BINARY, "tail", server.url(), "-n", "1"], stdout=full, stderr=subprocess.PIPE, text=True,
                                  timeout=LIMIT, env=clean_environment(), check=False)
        self.assertEqual(done.returncode, 5)
        self.assertIn("standard output", done.stderr)


if __name__ == "__main__":
    program = unittest.main(exit=False)
    rows = TABLE + [(text, case, f"see {path}") for text, path, case in ELSEWHERE]
    width = max(len(text) for text, _, _ in rows)
    for text, test, outcome in rows:
        print(f"{text:{width}}  {test:24}  {outcome}")
    sys.exit(not program.result.wasSuccessful())
