"""The pages as a program sees them: headers, validators, compression, the token that moves to a cookie."""
import gzip
import http.client
import unittest
import urllib.parse

import rtctl_test

PAGES = ["/", "/realtime", "/status", "/chat", "/activity"]


class Pages(unittest.TestCase):
    arguments = ()

    @classmethod
    def setUpClass(cls):
        cls.process, url = rtctl_test.serve("--ephemeral", *cls.arguments)
        cls.addClassCleanup(cls.process.__exit__)
        cls.host = urllib.parse.urlsplit(url).netloc

    def ask(self, method, path, **headers):
        connection = http.client.HTTPConnection(self.host, timeout=rtctl_test.LIMIT)
        self.addCleanup(connection.close)
        connection.request(method, path, headers={key.replace("_", "-"): value for key, value in headers.items()})
        response = connection.getresponse()
        return response, response.read()


class Open(Pages):
    def test_every_page_comes_with_its_protection(self):
        for path in PAGES:
            with self.subTest(path):
                response, body = self.ask("GET", path)
                self.assertEqual(response.status, 200)
                self.assertEqual(response.headers["Content-Type"], "text/html; charset=utf-8")
                self.assertTrue(body.startswith(b"<!doctype html>"))
                self.assertIn("frame-ancestors 'none'", response.headers["Content-Security-Policy"])
                self.assertNotIn("unsafe", response.headers["Content-Security-Policy"])
                self.assertEqual(response.headers["X-Content-Type-Options"], "nosniff")
                self.assertEqual(response.headers["X-Frame-Options"], "DENY")

    def test_what_a_browser_has_is_not_sent_again(self):
        for path in [*PAGES, "/assets/style.css"]:
            with self.subTest(path):
                first, body = self.ask("GET", path)
                again, nothing = self.ask("GET", path, If_None_Match=first.headers["ETag"])
                self.assertEqual((again.status, nothing), (304, b""))
                self.assertEqual(again.headers["ETag"], first.headers["ETag"])
                other, same = self.ask("GET", path, If_None_Match='"another"')
                self.assertEqual((other.status, same), (200, body))

    def test_they_are_compressed_for_whom_it_is_asked(self):
        plain, body = self.ask("GET", "/assets/style.css")
        packed, data = self.ask("GET", "/assets/style.css", Accept_Encoding="gzip")
        self.assertNotIn("Content-Encoding", plain.headers)
        self.assertEqual(packed.headers["Content-Encoding"], "gzip")
        self.assertEqual(gzip.decompress(data), body)
        self.assertIn("Accept-Encoding", packed.headers["Vary"])
        self.assertNotEqual(packed.headers["ETag"], plain.headers["ETag"])

    def test_head_says_what_get_would(self):
        got, body = self.ask("GET", "/chat")
        head, nothing = self.ask("HEAD", "/chat")
        self.assertEqual((head.status, nothing), (200, b""))
        self.assertEqual(head.headers["Content-Length"], str(len(body)))
        self.assertEqual(head.headers["ETag"], got.headers["ETag"])

    def test_nothing_else_is_a_page(self):
        for path in ["/chat/", "/index.html", "/assets/", "/assets/nothing.js", "/assets/../chat"]:
            with self.subTest(path):
                self.assertEqual(self.ask("GET", path)[0].status, 404)
        response, _ = self.ask("POST", "/chat", Content_Length="0")
        self.assertEqual((response.status, response.headers["Allow"]), (405, "GET, HEAD, OPTIONS"))

    def test_browsers_find_an_icon(self):
        response, _ = self.ask("GET", "/favicon.ico")
        self.assertEqual((response.status, response.headers["Content-Type"]), (200, "image/svg+xml"))


class WithToken(Pages):
    arguments = ("--auth-token", "s3cret;, x")

    def test_without_the_token_there_is_no_page(self):
        for path in ["/", "/assets/style.css", "/chat?access_token=wrong"]:
            with self.subTest(path):
                response, _ = self.ask("GET", path)
                self.assertEqual(response.status, 401)
                self.assertIsNone(response.headers["Set-Cookie"])

    def test_the_token_moves_from_the_address_to_a_cookie(self):
        response, _ = self.ask("GET", "/chat?room=a%20b&access_token=s3cret%3B%2C%20x")
        self.assertEqual((response.status, response.headers["Location"]), (303, "/chat?room=a%20b"))
        cookie, *attributes = response.headers["Set-Cookie"].split("; ")
        self.assertEqual(sorted(attributes), ["HttpOnly", "Path=/", "SameSite=Strict"])
        self.assertEqual(self.ask("GET", "/chat", Cookie=cookie)[0].status, 200)
        self.assertEqual(self.ask("GET", "/api/status", Cookie=cookie)[0].status, 200)

    def test_other_clients_may_go_on_with_the_token_as_a_field(self):
        self.assertEqual(self.ask("GET", "/chat", Authorization="Bearer s3cret;, x")[0].status, 200)


del Pages  # a base, not a test

if __name__ == "__main__":
    unittest.main()
