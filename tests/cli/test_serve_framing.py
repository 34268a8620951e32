"""Malformed, ambiguous and unusual requests: what the server answers, and whether it goes on."""
import unittest

from raw_http import Connection
from rtctl_test import serve

CLOSES, STAYS = "closes", "stays"
JSON = "Content-Type: application/json\r\n"
P = "/api/events"
OK_BODY = '{"data":1}'  # 10 bytes


def get(target="/healthz", version="HTTP/1.1", fields="Host: x\r\n", method="GET"):
    return f"{method} {target} {version}\r\n{fields}\r\n"


def post(fields, body=""):
    return f"POST {P} HTTP/1.1\r\nHost: x\r\n{JSON}{fields}\r\n{body}"


def chunked(body):
    return post("Transfer-Encoding: chunked\r\n", body)


# name, bytes, status, what becomes of the connection
ROWS = [
    # -- request lines
    ("plain", get(), 200, STAYS),
    ("lower-case method is another method", get(method="get"), 405, STAYS),
    ("unknown method", get(method="BREW"), 405, STAYS),
    ("method with a space", "GE T /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 400, CLOSES),
    ("method that is no token", "GE(T /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 400, CLOSES),
    ("no method", " /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 400, CLOSES),
    ("no target", "GET HTTP/1.1\r\nHost: x\r\n\r\n", 400, CLOSES),
    ("two spaces before the version", "GET /healthz  HTTP/1.1\r\nHost: x\r\n\r\n", 400, CLOSES),
    ("tab instead of space", "GET\t/healthz\tHTTP/1.1\r\nHost: x\r\n\r\n", 400, CLOSES),
    ("no version (HTTP/0.9)", "GET /healthz\r\n\r\n", 400, CLOSES),
    ("version in lower case", get(version="http/1.1"), 400, CLOSES),
    ("version without minor", get(version="HTTP/1"), 400, CLOSES),
    ("version with letters", get(version="HTTP/1.x"), 400, CLOSES),
    ("version with two digits", get(version="HTTP/1.10"), 400, CLOSES),
    ("trailing space after the version", get(version="HTTP/1.1 "), 400, CLOSES),
    ("HTTP/2.0", get(version="HTTP/2.0"), 505, CLOSES),
    ("HTTP/0.9 said aloud", get(version="HTTP/0.9"), 505, CLOSES),
    ("HTTP/1.0 closes", get(version="HTTP/1.0", fields=""), 200, CLOSES),
    ("HTTP/1.0 keep-alive stays", get(version="HTTP/1.0", fields="Connection: keep-alive\r\n"), 200, STAYS),
    ("HTTP/1.2 is answered as 1.1", get(version="HTTP/1.2"), 200, STAYS),
    ("empty lines before the request", "\r\n\r\n" + get(), 200, STAYS),
    ("TLS hello on a plain port", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, CLOSES),
    ("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, CLOSES),
    # -- targets
    ("absolute-form", get("http://example.org/healthz"), 200, STAYS),
    ("absolute-form, https, port, query", get("https://example.org:1/healthz?a=b"), 200, STAYS),
    ("absolute-form without path", get("http://example.org"), 200, STAYS),
    ("absolute-form without host", get("http:///healthz"), 400, CLOSES),
    ("absolute-form of another scheme", get("ftp://example.org/"), 400, CLOSES),
    ("relative target", get("healthz"), 400, CLOSES),
    ("asterisk with GET", get("*"), 400, CLOSES),
    ("asterisk with OPTIONS", get("*", method="OPTIONS"), 204, STAYS),
    ("CONNECT", get("example.org:443", method="CONNECT"), 405, STAYS),
    ("fragment in the target", get("/healthz#top"), 400, CLOSES),
    ("control character in the target", get("/health\x01z"), 400, CLOSES),
    ("raw non-ASCII in the target", get("/health\u00e9"), 400, CLOSES),
    ("NUL in the path", get("/healthz%00"), 400, CLOSES),
    ("broken percent-encoding", get("/health%zz"), 400, CLOSES),
    ("cut percent-encoding", get("/healthz%4"), 400, CLOSES),
    ("percent-encoded path", get("/%68ealthz"), 200, STAYS),
    ("path that is not UTF-8", get("/%ff%fe"), 400, CLOSES),
    ("overlong UTF-8 slash", get("/static%c0%afx"), 400, CLOSES),
    ("query that is not UTF-8", get("/healthz?a=%ff"), 400, CLOSES),
    ("query with broken encoding", get("/healthz?a=%g1"), 400, CLOSES),
    ("empty query", get("/healthz?"), 200, STAYS),
    ("trailing slash is another path", get("/healthz/"), 404, STAYS),
    # -- line ends
    ("bare LF lines", "GET /healthz HTTP/1.1\nHost: x\n\n", 400, CLOSES),
    ("bare LF after a field", "GET /healthz HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", 400, CLOSES),
    ("bare CR in the request line", "GET /healthz\rHTTP/1.1\r\nHost: x\r\n\r\n", 400, CLOSES),
    ("bare CR in a field", "GET /healthz HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n", 400, CLOSES),
    # -- header fields
    ("no Host", get(fields=""), 400, CLOSES),
    ("two Hosts", get(fields="Host: x\r\nHost: x\r\n"), 400, CLOSES),
    ("empty Host", get(fields="Host:\r\n"), 200, STAYS),
    ("Host with a space", get(fields="Host: a b\r\n"), 400, CLOSES),
    ("Host with a slash", get(fields="Host: a/b\r\n"), 400, CLOSES),
    ("Host as a list", get(fields="Host: a, b\r\n"), 400, CLOSES),
    ("Host with v6 and port", get(fields="Host: [::1]:80\r\n"), 200, STAYS),
    ("space before the colon", get(fields="Host: x\r\nA : b\r\n"), 400, CLOSES),
    ("space before Content-Length's colon", post("Content-Length : 10\r\n", OK_BODY), 400, CLOSES),
    ("no colon", get(fields="Host: x\r\nnonsense\r\n"), 400, CLOSES),
    ("empty name", get(fields="Host: x\r\n: b\r\n"), 400, CLOSES),
    ("name that is no token", get(fields="Host: x\r\nA(: b\r\n"), 400, CLOSES),
    ("folded field", get(fields="Host: x\r\nA: b\r\n c\r\n"), 400, CLOSES),
    ("first field folded", get(fields=" Host: x\r\n"), 400, CLOSES),
    ("NUL in a value", get(fields="Host: x\r\nA: b\0c\r\n"), 400, CLOSES),
    ("control character in a value", get(fields="Host: x\r\nA: b\x07\r\n"), 400, CLOSES),
    ("obs-text in a value", get(fields="Host: x\r\nA: \u00e9\r\n"), 200, STAYS),
    ("tab in a value", get(fields="Host: x\r\nA:\tb\tc\t\r\n"), 200, STAYS),
    ("empty value", get(fields="Host: x\r\nA:\r\n"), 200, STAYS),
    ("Connection: close", get(fields="Host: x\r\nConnection: close\r\n"), 200, CLOSES),
    ("close inside a list, other case", get(fields="Host: x\r\nConnection: foo, CLOSE\r\n"), 200, CLOSES),
    ("Upgrade is ignored", get(fields="Host: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\n"), 200, STAYS),
    # -- lengths
    ("Content-Length", post("Content-Length: 10\r\n", OK_BODY), 202, STAYS),
    ("Content-Length with zeros before", post("Content-Length: 0010\r\n", OK_BODY), 202, STAYS),
    ("Content-Length negative", post("Content-Length: -1\r\n"), 400, CLOSES),
    ("Content-Length with plus", post("Content-Length: +10\r\n", OK_BODY), 400, CLOSES),
    ("Content-Length in hex", post("Content-Length: 0xa\r\n", OK_BODY), 400, CLOSES),
    ("Content-Length with text behind", post("Content-Length: 10 \x0b\r\n", OK_BODY), 400, CLOSES),
    ("Content-Length with inner space", post("Content-Length: 1 0\r\n", OK_BODY), 400, CLOSES),
    ("Content-Length empty", post("Content-Length:\r\n"), 400, CLOSES),
    ("Content-Length twice, equal", post("Content-Length: 10\r\nContent-Length: 10\r\n", OK_BODY), 400, CLOSES),
    ("Content-Length twice, different", post("Content-Length: 10\r\nContent-Length: 11\r\n", OK_BODY), 400, CLOSES),
    ("Content-Length as a list", post("Content-Length: 10, 10\r\n", OK_BODY), 400, CLOSES),
    ("Content-Length beyond 64 bits", post("Content-Length: 99999999999999999999\r\n"), 413, CLOSES),
    ("Content-Length over the limit", post("Content-Length: 65537\r\n"), 413, CLOSES),
    ("both lengths", post("Content-Length: 10\r\nTransfer-Encoding: chunked\r\n", "a\r\n" + OK_BODY + "\r\n0\r\n\r\n"),
     400, CLOSES),
    ("both lengths, other order", post("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", "0\r\n\r\n"), 400, CLOSES),
    ("GET with a body", get(fields="Host: x\r\nContent-Length: 3\r\n") + "abc", 200, STAYS),
    # -- chunked
    ("chunked", chunked("a\r\n" + OK_BODY + "\r\n0\r\n\r\n"), 202, STAYS),
    ("chunked in pieces", chunked("3\r\n{\"d\r\n7\r\nata\":1}\r\n0\r\n\r\n"), 202, STAYS),
    ("chunked, other case", post("Transfer-Encoding: CHUNKED\r\n", "a\r\n" + OK_BODY + "\r\n0\r\n\r\n"), 202, STAYS),
    ("chunk extension", chunked("a;x=\"y\"\r\n" + OK_BODY + "\r\n0\r\n\r\n"), 202, STAYS),
    ("trailer fields", chunked("a\r\n" + OK_BODY + "\r\n0\r\nA: b\r\nC: d\r\n\r\n"), 202, STAYS),
    ("capital hex size", chunked("A\r\n" + OK_BODY + "\r\n0\r\n\r\n"), 202, STAYS),
    ("size with 0x", chunked("0xa\r\n" + OK_BODY + "\r\n0\r\n\r\n"), 400, CLOSES),
    ("size with a sign", chunked("-a\r\n" + OK_BODY + "\r\n0\r\n\r\n"), 400, CLOSES),
    ("size with a space before", chunked(" a\r\n" + OK_BODY + "\r\n0\r\n\r\n"), 400, CLOSES),
    ("empty size", chunked("\r\n" + OK_BODY + "\r\n0\r\n\r\n"), 400, CLOSES),
    ("size of 17 digits", chunked("0000000000000000a\r\n" + OK_BODY + "\r\n0\r\n\r\n"), 400, CLOSES),
    ("size beyond 64 bits", chunked("fffffffffffffffff\r\n"), 400, CLOSES),
    ("chunk over the limit", chunked("10001\r\n"), 413, CLOSES),
    ("bare LF after the size", chunked("a\n" + OK_BODY + "\r\n0\r\n\r\n"), 400, CLOSES),
    ("bare LF after the data", chunked("a\r\n" + OK_BODY + "\n0\r\n\r\n"), 400, CLOSES),
    ("chunk longer than its size", chunked("9\r\n" + OK_BODY + "\r\n0\r\n\r\n"), 400, CLOSES),
    ("LF in an extension", chunked("a;x\ny\r\n" + OK_BODY + "\r\n0\r\n\r\n"), 400, CLOSES),
    ("bare LF in the trailer", chunked("a\r\n" + OK_BODY + "\r\n0\r\nA: b\n\r\n"), 400, CLOSES),
    ("Transfer-Encoding: gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n"), 400, CLOSES),
    ("Transfer-Encoding: identity", post("Transfer-Encoding: identity\r\n"), 400, CLOSES),
    ("Transfer-Encoding: chunked, identity", post("Transfer-Encoding: chunked, identity\r\n"), 400, CLOSES),
    ("Transfer-Encoding: xchunked", post("Transfer-Encoding: xchunked\r\n"), 400, CLOSES),
    ("Transfer-Encoding with vertical tab", post("Transfer-Encoding: \x0bchunked\r\n"), 400, CLOSES),
    ("Transfer-Encoding twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400, CLOSES),
    ("Transfer-Encoding in HTTP/1.0",
     f"POST {P} HTTP/1.0\r\n{JSON}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, CLOSES),
    # -- expectations
    ("unknown expectation", get(fields="Host: x\r\nExpect: a-pony\r\n"), 417, CLOSES),
    # -- limits
    ("request line over the limit", get("/" + "a" * 17000), 414, CLOSES),
    ("request line without an end", "GET /" + "a" * 20000, 414, CLOSES),
    ("fields over the limit", get(fields="Host: x\r\nA: " + "b" * 17000 + "\r\n"), 431, CLOSES),
    ("many fields over the limit", get(fields="Host: x\r\n" + "A: b\r\n" * 4000), 431, CLOSES),
    ("fields without an end", "GET / HTTP/1.1\r\n" + "A: b\r\n" * 4000, 431, CLOSES),
    # -- bodies: what is wrong only with the content leaves the connection open
    ("no content type", f"POST {P} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{OK_BODY}", 415, STAYS),
    ("text/plain", f"POST {P} HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\n{OK_BODY}",
     415, STAYS),
    ("JSON with a charset",
     f"POST {P} HTTP/1.1\r\nHost: x\r\nContent-Type: Application/JSON ; charset=utf-8\r\nContent-Length: 10\r\n\r\n"
     + OK_BODY, 202, STAYS),
    ("compressed body", post("Content-Length: 10\r\nContent-Encoding: gzip\r\n", OK_BODY), 415, STAYS),
    ("body said not to be compressed", post("Content-Length: 10\r\nContent-Encoding: identity\r\n", OK_BODY), 202, STAYS),
    ("not JSON", post("Content-Length: 4\r\n", "{no}"), 400, STAYS),
    ("JSON that is no object", post("Content-Length: 2\r\n", "[]"), 400, STAYS),
    ("empty body", post("Content-Length: 0\r\n"), 400, STAYS),
    ("no body at all", post(""), 400, STAYS),
    ("JSON with a NUL behind", post("Content-Length: 11\r\n", OK_BODY + "\0"), 400, STAYS),
    ("JSON that is not UTF-8", post("Content-Length: 12\r\n", "").encode() + b'{"data":"\xff"}', 400, STAYS),
    ("JSON nested too deep", post("Content-Length: 209\r\n", '{"data":' + "[" * 100 + "]" * 100 + "}"), 400, STAYS),
    ("control character in a topic", post("Content-Length: 31\r\n", r'{"data":1,"topic":"a\u000ab"}'.ljust(31)), 400,
     STAYS),
    ("event that is no text", post("Content-Length: 20\r\n", '{"data":1,"event":2}'), 400, STAYS),
]


class FramingTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server, cls.url = serve("--ephemeral", "--threads", "1")

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    def check(self, data, status, after, pieces):
        with Connection(self.url) as connection:
            for piece in pieces(data):
                try:
                    connection.send(piece)
                except OSError:
                    break  # refused in the middle; the answer must be there all the same
            answer = connection.answer()
            self.assertEqual(answer.status, status)
            if status >= 400:
                self.assertEqual(answer.field("content-type"), "application/problem+json")
                self.assertIn(b'"status":%d' % status, answer.body)
            if after == STAYS:
                self.assertTrue(connection.is_alive(), "the connection should have stayed open")
            else:
                self.assertEqual(answer.field("connection"), "close")
                self.assertEqual(connection.rest(), b"", "nothing may follow a refusal")

    def test_table(self):
        self.assertGreaterEqual(len(ROWS), 80)
        for name, data, status, after in ROWS:
            data = data.encode() if isinstance(data, str) else data
            with self.subTest(name):
                self.check(data, status, after, lambda whole: [whole])

    def test_table_byte_by_byte(self):
        for name, data, status, after in ROWS:
            data = data.encode() if isinstance(data, str) else data
            if len(data) > 300:
                continue
            with self.subTest(name):
                self.check(data, status, after, lambda whole: [whole[i:i + 1] for i in range(len(whole))])


if __name__ == "__main__":
    unittest.main()
