"""`rtctl tail` through a real nginx with TLS and HTTP/2 in front of `rtctl serve`."""
import json
import unittest

import rtctl_test
from nginx import Nginx


class BehindNginx(unittest.TestCase):
    def setUp(self):
        self.server, url = rtctl_test.serve("--ephemeral", "--tick", "50ms", "--retry", "100ms")
        self.addCleanup(self.server.__exit__)
        self.nginx = Nginx(url)
        self.addCleanup(self.nginx.__exit__)

    def tail(self, *flags):
        tail = rtctl_test.Process("tail", self.nginx.url("/api/events"), "--cacert", str(self.nginx.certificate),
                                  "--http2", "--backoff-initial", "100ms", "--backoff-max", "500ms", *flags)
        self.addCleanup(tail.__exit__)
        return tail

    def ids(self, tail, count):
        """The next ids, comments of the stream and greetings left out."""
        found = []
        while len(found) < count:
            event = json.loads(tail.line())
            if event["data"] != "Connected":
                found.append(int(event["id"]))
        return found

    def test_nothing_is_lost_over_a_stop_and_start(self):
        self.nginx.start()
        tail = self.tail()
        before = self.ids(tail, 5)
        for _ in range(2):
            self.nginx.stop()
            tail.wait_for("again in")
            self.nginx.start()
            after = self.ids(tail, 20)
            self.assertEqual(before + after, list(range(before[0], after[-1] + 1)))
            before += after

    def test_an_unknown_certificate_is_final(self):
        self.nginx.start()
        done = rtctl_test.run("tail", self.nginx.url("/api/events"), "-n", "1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("certificate", done.stderr)

    def test_insecure_goes_without_the_certificate(self):
        self.nginx.start()
        done = rtctl_test.run("tail", self.nginx.url("/api/events"), "-k", "-n", "2", "--format", "data")
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
