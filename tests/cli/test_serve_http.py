"""Limits, time-outs, access, TLS and operations of `rtctl serve`, from outside."""
import gzip
import json
import os
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import unittest
import warnings
from urllib.parse import urlsplit

from raw_http import Connection, EventStream, ask, closed_within, metric, request
from rtctl_test import BINARY, LIMIT, clean_environment, run, serve, wait_until


class Served(unittest.TestCase):
    flags = ()

    @classmethod
    def setUpClass(cls):
        cls.server, cls.url = serve("--ephemeral", "--threads", "2", "--tick", "1h", *cls.flags)

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()


class SessionTest(Served):
    def test_pipelined_requests_are_answered_in_order(self):
        with Connection(self.url) as connection:
            body = '{"data":1}'
            connection.send(request("GET", "/healthz") + request("POST", "/api/events", body=body)
                            + request("GET", "/nowhere") + request("GET", "/healthz", ["Connection: close"]))
            self.assertEqual([connection.answer().status for _ in range(4)], [200, 202, 404, 200])
            self.assertEqual(connection.rest(), b"")

    def test_many_pipelined_requests(self):
        with Connection(self.url) as connection:
            connection.send(request("GET", "/healthz") * 500)
            self.assertEqual({connection.answer().status for _ in range(500)}, {200})

    def test_half_closed_peer_gets_its_answer(self):
        with Connection(self.url) as connection:
            connection.send(request("GET", "/healthz"))
            connection.socket.shutdown(socket.SHUT_WR)
            self.assertEqual(connection.answer().status, 200)
            self.assertEqual(connection.rest(), b"")

    def test_expect_continue(self):
        with Connection(self.url) as connection:
            body = b'{"data":1}'
            head = request("POST", "/api/events", ["Expect: 100-continue", "Content-Length: 10",
                                                   "Content-Type: application/json"])
            connection.send(head)
            self.assertEqual(connection.answer().status, 100)
            self.assertEqual(connection.send(body).answer().status, 202)
            self.assertTrue(connection.is_alive())

    def test_expect_continue_is_refused_before_the_body(self):
        for path, extra, status in (("/nowhere", [], 404), ("/healthz", [], 405),
                                    ("/api/events", ["Content-Type: text/plain"], 415)):
            with self.subTest(path), Connection(self.url) as connection:
                connection.send(request("POST", path, ["Expect: 100-continue", "Content-Length: 10", *extra]))
                self.assertEqual(connection.answer().status, status)
                self.assertEqual(connection.rest(), b"")

    def test_a_refused_upload_can_still_read_the_refusal(self):
        with Connection(self.url) as connection:
            connection.send(request("POST", "/api/events", ["Content-Length: 1000000"]))
            try:
                for _ in range(40):
                    connection.send(b"x" * 20000)
            except OSError:
                pass
            self.assertEqual(connection.answer().status, 413)

    def test_head_everywhere(self):
        for path in ("/healthz", "/readyz", "/metrics", "/", "/api/status", "/api/activity"):
            with self.subTest(path), Connection(self.url) as connection:
                full = connection.send(request("GET", path)).answer()
                head = connection.send(request("HEAD", path)).answer(head_only=True)
                self.assertEqual(head.status, full.status)
                self.assertEqual(head.field("content-type"), full.field("content-type"))
                self.assertTrue(connection.is_alive())

    def test_options_and_wrong_methods_say_what_is_allowed(self):
        for path, allow in (("/api/events", "GET, HEAD, POST, OPTIONS"), ("/healthz", "GET, HEAD, OPTIONS"),
                            ("/v1/chat/completions", "POST, OPTIONS")):
            options = ask(self.url, "OPTIONS", path)
            self.assertEqual((options.status, options.field("allow")), (204, allow))
            wrong = ask(self.url, "DELETE", path)
            self.assertEqual((wrong.status, wrong.field("allow")), (405, allow))

    def test_gzip_and_validators(self):
        plain = ask(self.url, "GET", "/")
        packed = ask(self.url, "GET", "/", ["Accept-Encoding: br;q=1, gzip;q=0.5"])
        self.assertEqual(packed.field("content-encoding"), "gzip")
        self.assertEqual(gzip.decompress(packed.body), plain.body)
        for answer in (plain, packed):
            self.assertIn("Accept-Encoding", answer.field("vary"))
        self.assertNotEqual(plain.field("etag"), packed.field("etag"))
        for coding in ("gzip;q=0", "identity", "gzip;q=0.0, *"):
            self.assertIsNone(ask(self.url, "GET", "/", ["Accept-Encoding: " + coding]).field("content-encoding"))
        for tag in (plain.field("etag"), "W/" + plain.field("etag"), '"other", ' + packed.field("etag"), "*"):
            again = ask(self.url, "GET", "/", ["If-None-Match: " + tag])
            self.assertEqual((again.status, again.body), (304, b""))
        self.assertEqual(ask(self.url, "GET", "/", ['If-None-Match: "other"']).status, 200)

    def test_metrics(self):
        ask(self.url, "GET", "/healthz")
        self.assertGreaterEqual(metric(self.url, 'rtctl_http_requests_total{path="/healthz",status="200"}'), 1)
        for name in ("rtctl_events_published_total", 'rtctl_store_connections{state="idle"}',
                     'rtctl_open_connections{endpoint="events"}', "rtctl_loop_lag_seconds_count"):
            metric(self.url, name)


class LongPollTest(Served):
    def test_an_abandoned_poll_loses_nothing_whichever_loop_it_was_on(self):
        bob, alice = ["x-client-id: bob"], ["x-client-id: alice"]
        ask(self.url, "GET", "/api/messages", bob)
        ask(self.url, "GET", "/api/messages", alice)
        for number in range(4):
            with Connection(self.url) as connection:
                connection.send(request("GET", "/api/messages?wait=20s", bob))
                wait_until(lambda: metric(self.url, 'rtctl_open_connections{endpoint="http"}') == 2, "the poll to be there")
            wait_until(lambda: metric(self.url, 'rtctl_open_connections{endpoint="http"}') == 1, "the poll to be gone")
            said = ask(self.url, "POST", "/api/messages", alice, json.dumps({"content": f"m{number}"}))
            self.assertEqual(said.status, 200)
            got = json.loads(ask(self.url, "GET", "/api/messages?wait=20s", bob).body)["messages"]
            self.assertEqual([message["content"] for message in got], [f"m{number}"])


class TimeoutTest(Served):
    flags = ("--header-timeout", "300ms", "--keep-alive", "2s")

    def test_slow_header_and_body(self):
        for begun in ("GET /heal", "GET /healthz HTTP/1.1\r\nHost: x\r\n",
                      "POST /api/events HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{"):
            with self.subTest(begun), Connection(self.url) as connection:
                answer = connection.send(begun).answer()
                self.assertEqual((answer.status, answer.field("connection")), (408, "close"))
                self.assertEqual(connection.rest(), b"")

    def test_a_byte_now_and_then_does_not_help(self):
        with Connection(self.url) as connection:
            connection.socket.settimeout(0.05)
            until = time.monotonic() + LIMIT
            while b"408" not in connection.buffer:
                self.assertLess(time.monotonic(), until)
                try:
                    connection.send("G")
                    connection.receive()
                except (TimeoutError, OSError):
                    pass

    def test_idle_connections_are_closed_without_a_word(self):
        with Connection(self.url) as connection:
            self.assertEqual(connection.rest(), b"")
        with Connection(self.url) as connection:
            self.assertTrue(connection.is_alive())
            self.assertEqual(connection.rest(), b"")


class LimitTest(Served):
    flags = ("--max-header", "1KiB", "--max-body", "2KiB")

    def test_own_limits(self):
        self.assertEqual(ask(self.url, "GET", "/" + "a" * 1100).status, 414)
        self.assertEqual(ask(self.url, "GET", "/", ["A: " + "b" * 1100]).status, 431)
        self.assertEqual(ask(self.url, "POST", "/api/events", body=json.dumps({"data": "x" * 2000})).status, 202)
        self.assertEqual(ask(self.url, "POST", "/api/events", body=json.dumps({"data": "x" * 2048})).status, 413)


class ConnectionLimitTest(Served):
    flags = ("--max-connections", "3")

    def test_more_are_told_503_and_places_come_free(self):
        streams = [EventStream(self.url) for _ in range(3)]
        for stream in streams:
            stream.block()
        with Connection(self.url) as connection:
            answer = connection.answer()
            self.assertEqual((answer.status, answer.field("retry-after")), (503, "5"))
        for stream in streams:
            stream.connection.close()

        def is_free():
            try:
                return ask(self.url, "GET", "/healthz").status == 200
            except (EOFError, OSError):
                return False
        wait_until(is_free, "a free place")


class RateLimitTest(Served):
    flags = ("--rate-limit", "5/s")

    def test_too_many_requests(self):
        with Connection(self.url) as connection:
            answers = [connection.send(request("GET", "/healthz")).answer() for _ in range(20)]
            refused = [answer for answer in answers if answer.status == 429]
            self.assertTrue(refused)
            self.assertGreaterEqual(int(refused[0].field("retry-after")), 1)
            wait_until(connection.is_alive, "the limit to let requests pass again")


class RateOfExpectationsTest(Served):
    flags = ("--rate-limit", "3/s")  # three at once pass

    def test_asking_first_counts_once(self):
        for _ in range(3):
            with Connection(self.url) as connection:
                connection.send(request("POST", "/api/events", ["Expect: 100-continue", "Content-Length: 10",
                                                                "Content-Type: application/json"]))
                self.assertEqual(connection.answer().status, 100)
                self.assertEqual(connection.send('{"data":1}').answer().status, 202)


class TokenTest(Served):
    flags = ("--auth-token", "s3cret", "--access-log", "-")

    def test_where_a_token_may_be(self):
        for path in ("/", "/api/status", "/metrics", "/nowhere", "/api/events"):
            answer = ask(self.url, "GET", path)
            self.assertEqual(answer.status, 401, path)
            self.assertTrue(answer.field("www-authenticate").startswith("Bearer"))
        for path in ("/healthz", "/readyz"):
            self.assertEqual(ask(self.url, "GET", path).status, 200)
        for fields, query in ((["Authorization: Bearer s3cret"], ""), (["Cookie: a=b; rtctl_token=s3cret"], ""),
                              ([], "?access_token=s3cret")):
            self.assertEqual(ask(self.url, "GET", "/api/status" + query, fields).status, 200)
        for fields in (["Authorization: Bearer s3cre"], ["Authorization: Bearer s3cret2"], ["Authorization: Basic x"]):
            self.assertEqual(ask(self.url, "GET", "/api/status", fields).status, 401)

    def test_the_token_is_not_logged(self):
        ask(self.url, "GET", "/api/status?access_token=s3cret&mark=1")
        line = self.server.wait_for("mark=1", "out")
        entry = json.loads(line)
        self.assertNotIn("s3cret", line)
        self.assertEqual((entry["method"], entry["status"]), ("GET", 200))
        self.assertEqual(ask(self.url, "GET", "/api/status?%61ccess%5ftoken=s3cret&mark=2").status, 200)
        self.assertNotIn("s3cret", self.server.wait_for("mark=2", "out"))


class AccessLogTest(unittest.TestCase):
    def test_a_reader_that_stopped_neither_holds_up_requests_nor_the_end(self):
        server = subprocess.Popen([BINARY, "serve", "--listen", "127.0.0.1:0", "--ephemeral", "--access-log", "-"],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean_environment())
        try:
            url = server.stderr.readline().split("listening on ")[1].strip()
            with Connection(url) as connection:
                for _ in range(2000):  # some 200 KB of lines, more than a pipe holds
                    self.assertTrue(connection.is_alive())
            server.send_signal(signal.SIGTERM)
            self.assertEqual(server.wait(LIMIT), 143)
            lines = server.stdout.read().splitlines()
            self.assertGreater(len(lines), 100)
            self.assertEqual({json.loads(line)["status"] for line in lines}, {200})
        finally:
            server.kill()
            server.wait()
            server.stdout.close()
            server.stderr.close()


class CorsTest(Served):
    flags = ("--cors-origin", "https://app.example")

    def test_preflight_and_answers(self):
        asked = ["Origin: https://app.example", "Access-Control-Request-Method: POST",
                 "Access-Control-Request-Headers: x-client-id"]
        answer = ask(self.url, "OPTIONS", "/api/messages", asked)
        self.assertEqual(answer.status, 204)
        self.assertEqual(answer.field("access-control-allow-origin"), "https://app.example")
        self.assertIn("POST", answer.field("access-control-allow-methods"))
        self.assertEqual(answer.field("allow"), "GET, HEAD, POST, OPTIONS")
        allowed = answer.field("access-control-allow-headers").replace(" ", "").split(",")
        self.assertLessEqual({"content-type", "authorization", "x-client-id", "last-event-id", "if-none-match",
                              "if-modified-since", "idempotency-key"}, set(allowed))
        self.assertEqual(ask(self.url, "GET", "/healthz", asked[:1]).field("access-control-allow-origin"),
                         "https://app.example")
        with EventStream(self.url, headers=asked[:1]) as stream:
            self.assertEqual(stream.head.field("access-control-allow-origin"), "https://app.example")
        other = ask(self.url, "GET", "/healthz", ["Origin: https://evil.example"])
        self.assertIsNone(other.field("access-control-allow-origin"))


class DrainTest(unittest.TestCase):
    def test_what_is_under_way_is_finished_and_newcomers_are_told(self):
        server, url = serve("--ephemeral", "--tick", "0", "--drain", "20s")
        with server:
            with Connection(url) as slow, EventStream(url) as stream:
                stream.block()
                slow.send(request("POST", "/api/events", ["Content-Length: 10", "Content-Type: application/json"]))
                slow.send('{"data"')
                server.send(signal.SIGTERM)
                self.assertRegex(stream.block(), r"^retry: \d+$")
                for path in ("/readyz", "/api/events"):
                    answer = ask(url, "GET", path)
                    self.assertEqual((answer.status, answer.field("content-type"), answer.field("connection")),
                                     (503, "application/problem+json", "close"), path)
                    self.assertIsNotNone(answer.field("retry-after"))
                self.assertEqual(ask(url, "GET", "/healthz").status, 200)
                answer = slow.send(":1}").answer()
                self.assertEqual((answer.status, answer.field("connection")), (202, "close"))
            self.assertEqual(server.wait(), 143)

    def test_a_second_signal_leaves_at_once(self):
        server, url = serve("--ephemeral", "--tick", "0", "--drain", "1h", "--header-timeout", "1h")
        with server, Connection(url) as slow:
            slow.send("GET /heal")
            wait_until(lambda: metric(url, 'rtctl_open_connections{endpoint="http"}') == 2, "the slow one to be there")
            server.send(signal.SIGTERM)
            wait_until(lambda: ask(url, "GET", "/readyz").status == 503, "the drain to begin")
            server.send(signal.SIGTERM)
            self.assertEqual(server.wait(), 143)


class FaultTest(Served):
    flags = ("--fault", "status=503@/healthz", "--fault", "drop=100%@/readyz", "--fault", "stall=100%@/metrics",
             "--fault", "latency=300ms@/api/status", "--fault", "drop=100%@/api/events")

    def test_faults(self):
        self.assertEqual(ask(self.url, "GET", "/healthz").status, 503)
        with Connection(self.url) as connection:
            self.assertEqual(connection.send(request("GET", "/readyz")).rest(), b"")
        with Connection(self.url) as connection:
            connection.send(request("GET", "/metrics"))
            self.assertFalse(closed_within(connection, 0.5))
            self.assertEqual(connection.buffer, b"")
        began = time.monotonic()
        self.assertEqual(ask(self.url, "GET", "/api/status").status, 200)
        self.assertGreaterEqual(time.monotonic() - began, 0.3)
        with EventStream(self.url) as stream:
            self.assertEqual(stream.head.status, 200)
            self.assertTrue(closed_within(stream.connection, LIMIT))


class CompletionTest(Served):
    flags = ("--llm-first", "10ms", "--llm-gap", "1ms", "--llm-tokens", "5")

    def test_stream_and_whole(self):
        body = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
        whole = ask(self.url, "POST", "/v1/chat/completions", body=json.dumps(body))
        text = json.loads(whole.body)["choices"][0]["message"]["content"]
        with Connection(self.url) as connection:
            connection.send(request("POST", "/v1/chat/completions", body=json.dumps(body | {"stream": True})))
            self.assertEqual(connection.answer(head_only=True).field("content-type"), "text/event-stream")
            chunks = [line[6:] for line in connection.rest().decode().split("\n\n") if line]
        self.assertEqual(chunks[-1], "[DONE]")
        deltas = [json.loads(chunk)["choices"][0]["delta"].get("content", "") for chunk in chunks[:-1]]
        self.assertEqual("".join(deltas), text)
        self.assertEqual(ask(self.url, "POST", "/v1/chat/completions", body="{}").status, 400)


class StaticTest(unittest.TestCase):
    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(os.path.join(folder, "sub"))
            for name, text in (("a.css", "body {}"), ("sub/b.html", "<p>"), (".secret", "x")):
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    file.write(text)
            os.symlink("/etc/passwd", os.path.join(folder, "link"))
            server, url = serve("--ephemeral", "--static", folder)
            with server:
                answer = ask(url, "GET", "/static/a.css")
                self.assertEqual((answer.status, answer.body), (200, b"body {}"))
                self.assertTrue(answer.field("content-type").startswith("text/css"))
                self.assertIsNone(answer.field("content-security-policy"))
                tag = answer.field("etag")
                self.assertEqual(ask(url, "GET", "/static/a.css", ["If-None-Match: " + tag]).status, 304)
                self.assertEqual(ask(url, "GET", "/static/sub/b.html").status, 200)
                for path in ("", "sub", "sub/", ".secret", "../a.css", "..%2fa.css", "%2e%2e/x", "sub/../a.css",
                             "//etc/passwd", "nothing"):
                    self.assertEqual(ask(url, "GET", "/static/" + path).status, 404, path)
                forbidden = ask(url, "GET", "/static/link")
                self.assertEqual((forbidden.status, forbidden.field("content-type")),
                                 (403, "application/problem+json"))


class TlsTest(unittest.TestCase):
    def make_certificate(self, name):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", self.key, "-out", self.certificate, "-days", "2", "-subj", "/CN=" + name],
                       check=True, capture_output=True)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.key, self.certificate = folder.name + "/key.pem", folder.name + "/cert.pem"
        self.make_certificate("first")
        self.server, self.url = serve("--ephemeral", "--tick", "50ms", "--tls-cert", self.certificate, "--tls-key",
                                      self.key)
        self.addCleanup(self.server.__exit__)

    def connect(self, **limits):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        for name, value in limits.items():
            setattr(context, name, value)
        return Connection(self.url, context.wrap_socket)

    def subject(self):
        with self.connect() as connection:
            der = connection.socket.getpeercert(binary_form=True)
            return subprocess.run(["openssl", "x509", "-inform", "der", "-noout", "-subject"], input=der,
                                  capture_output=True, check=True).stdout.decode()

    def test_requests_streams_and_closing(self):
        self.assertTrue(self.url.startswith("https://"))
        with self.connect() as connection:
            self.assertTrue(connection.is_alive())
            connection.send(request("GET", "/api/events", ["Last-Event-ID: 0"]))
            connection.answer(head_only=True)
            for number in range(1, 10):
                connection.until(f"id: {number}\n".encode())
        with self.connect() as connection:
            wait_until(lambda: b'rtctl_open_connections{endpoint="events"} 0' in connection.send(
                request("GET", "/metrics")).answer().body, "the stream to be counted out")

    def test_plain_http_on_a_tls_port_ends(self):
        with Connection(self.url) as connection:
            connection.send(request("GET", "/healthz"))
            self.assertTrue(closed_within(connection, LIMIT))

    def test_versions(self):
        with self.connect(maximum_version=ssl.TLSVersion.TLSv1_2) as connection:
            self.assertTrue(connection.is_alive())
        with self.assertRaises((ssl.SSLError, OSError)), warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            self.connect(minimum_version=ssl.TLSVersion.TLSv1, maximum_version=ssl.TLSVersion.TLSv1_1)

    def test_hang_up_reads_the_certificate_again(self):
        self.assertIn("first", self.subject())
        self.make_certificate("second")
        self.server.send(signal.SIGHUP)
        wait_until(lambda: "second" in self.subject(), "the new certificate")
        with open(self.certificate, "w", encoding="utf-8") as file:
            file.write("broken")
        self.server.send(signal.SIGHUP)
        self.server.wait_for("the certificate stays")
        self.assertIn("second", self.subject())


class StartTest(unittest.TestCase):
    def check_usage(self, *arguments, names):
        ended = run("serve", "--ephemeral", *arguments)
        self.assertEqual((ended.returncode, ended.stdout), (2, ""))
        self.assertIn(names, ended.stderr)

    def test_what_cannot_be_started_is_said(self):
        self.check_usage("--listen", "0.0.0.0:0", names="--auth-token")
        self.check_usage("--listen", "nonsense", names="nonsense")
        self.check_usage("--listen", "127.0.0.1:99999", names="99999")
        self.check_usage("--listen", "127.0.0.1:0", "--tls-cert", "/nowhere", "--tls-key", "/nowhere", names="/nowhere")
        self.check_usage("--listen", "127.0.0.1:0", "--tls-cert", "/nowhere", names="--tls-key")
        self.check_usage("--fault", "nonsense=1", names="nonsense")
        self.check_usage("--tick", "1x", names="1x")
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            self.check_usage("--listen", address, names=address)

    def test_several_addresses_and_v6(self):
        server, url = serve("--ephemeral", "--listen", "[::1]:0", "--listen", "127.0.0.2:0")
        with server:
            urls = [url] + [server.wait_for("listening on ").split()[-1] for _ in range(2)]
            self.assertEqual(sorted(urlsplit(each).hostname for each in urls), ["127.0.0.1", "127.0.0.2", "::1"])
            for each in urls:
                self.assertEqual(ask(each, "GET", "/healthz").status, 200)

    def test_environment_and_config(self):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as config:
            config.write('[serve]\nmax-body = "1KiB"\nretry = "7s"\n')
            config.flush()
            server, url = serve("--ephemeral", "--config", config.name, env={"RTCTL_RETRY": "3s"})
            with server:
                with EventStream(url) as stream:
                    self.assertEqual(stream.block(), "retry: 3000\ndata: Connected")
                body = json.dumps({"data": "x" * 1500})
                self.assertEqual(ask(url, "POST", "/api/events", body=body).status, 413)

    def test_second_signal_leaves_at_once(self):
        server, url = serve("--ephemeral", "--drain", "1h", "--fault", "latency=1h@/healthz")
        with server, Connection(url) as connection:
            connection.send(request("GET", "/healthz"))
            wait_until(lambda: metric(url, 'rtctl_open_connections{endpoint="http"}') >= 2, "the request to be there")
            server.send(signal.SIGTERM)
            wait_until(lambda: ask(url, "GET", "/readyz").status == 503, "/readyz to say no")
            server.send(signal.SIGTERM)
            self.assertEqual(server.wait(), 143)

    def test_drain_finishes_what_is_under_way(self):
        server, url = serve("--ephemeral", "--fault", "latency=2s@/healthz")
        with server, Connection(url) as connection:
            connection.send(request("GET", "/healthz"))
            wait_until(lambda: metric(url, 'rtctl_open_connections{endpoint="http"}') >= 2, "the request to be there")
            server.send(signal.SIGTERM)
            answer = connection.answer()
            self.assertEqual((answer.status, answer.field("connection")), (200, "close"))
            self.assertEqual(server.wait(), 143)


if __name__ == "__main__":
    unittest.main()
