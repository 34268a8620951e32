"""rtctl tail against the reference server: restarts, replay, completions of a language model."""
import json
import signal
import socket
import tempfile
import unittest

from rtctl_test import Process, run, serve


class Server(unittest.TestCase):
    def test_nothing_is_missed_while_the_server_is_killed_and_restarted(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{probe.getsockname()[1]}"
        with tempfile.TemporaryDirectory() as folder:
            def start():
                server = Process("serve", "--listen", address, "--tick", "20ms", "--retry", "50ms", "--store",
                                 f"sqlite:{folder}/s.db", "--state-dir", folder)
                server.wait_for("listening on ")
                return server
            server = start()
            try:
                with Process("tail", f"http://{address}/api/events", "--backoff-initial", "20ms", "--backoff-max",
                             "200ms") as tail:
                    ids = []

                    def read(count):
                        while count > 0:
                            event = json.loads(tail.line())
                            if event["data"] != "Connected":
                                ids.append(int(event["id"]))
                                count -= 1
                    read(20)
                    for _ in range(2):
                        server.send(signal.SIGKILL)
                        server.wait()
                        server.__exit__()
                        server = start()
                        read(20)
                self.assertEqual(ids, list(range(ids[0], ids[0] + len(ids))))
            finally:
                server.__exit__()

    def test_a_completion_reads_as_prose(self):
        server, base = serve("--ephemeral", "--llm-first", "10ms", "--llm-gap", "1ms", "--llm-tokens", "20")
        with server:
            url = base + "/v1/chat/completions"
            body = json.dumps({"model": "m", "stream": True, "messages": [{"role": "user", "content": "hi"}]})
            flags = ("-q", "--until", "[DONE]", "--select", "/choices/0/delta/content", "-d", body)
            raw = run("tail", url, *flags, "--raw", "--stats")
            self.assertEqual(raw.returncode, 0, raw.stderr)
            self.assertGreater(len(raw.stdout.split()), 5)
            self.assertNotIn("{", raw.stdout)
            for part in ("first event", "event gap", "p99"):
                self.assertIn(part, raw.stderr)
            lines = run("tail", url, *flags).stdout
            self.assertGreaterEqual(len(lines.splitlines()), 20)
            one = run("tail", url, "-q", "--until", "[DONE]", "-d", body)
            self.assertEqual(json.loads(one.stdout.splitlines()[-1])["data"], "[DONE]")

    def test_compressed_as_the_bytes_arrive(self):
        server, base = serve("--ephemeral", "--tick", "20ms")
        with server:
            done = run("tail", base + "/api/events", "-v", "-n", "5")
            self.assertEqual((done.returncode, len(done.stdout.splitlines())), (0, 5))
            self.assertIn("ontent-", done.stderr)


if __name__ == "__main__":
    unittest.main()
