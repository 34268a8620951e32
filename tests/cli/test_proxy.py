"""`rtctl proxy` between a real client and a real server."""
import os
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

RTCTL = os.environ["RTCTL_BINARY"]


class Echo:
    """An echo server on a free port."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.echo, args=(connection,), daemon=True).start()

    def echo(self, connection):
        with connection:
            try:
                while data := connection.recv(65536):
                    connection.sendall(data)
            except OSError:
                pass


class Proxy:
    def __init__(self, *flags):
        self.process = subprocess.Popen([RTCTL, "proxy", *flags], stderr=subprocess.PIPE, text=True)
        self.ports = {}
        while "listening" not in self.ports:
            line = self.process.stderr.readline()
            if not line:
                raise AssertionError("the proxy ended")
            found = re.match(r"(listening|control) on .*?:(\d+)", line)
            self.ports[found[1]] = int(found[2])

    def connect(self, which="listening"):
        return socket.create_connection(("127.0.0.1", self.ports[which]), timeout=20)

    def round_trip(self, data=b"ping"):
        with self.connect() as connection:
            connection.sendall(data)
            start = time.monotonic()
            self.received = connection.recv(len(data))
            return time.monotonic() - start

    def ask(self, line):
        with self.connect("control") as connection:
            connection.sendall(line.encode() + b"\n")
            return connection.makefile().readline().strip()

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        _, errors = self.process.communicate(timeout=30)
        return self.process.returncode, errors


class Path(unittest.TestCase):
    def setUp(self):
        self.echo = Echo()
        self.addCleanup(self.echo.listener.close)

    def proxy(self, *flags):
        proxy = Proxy("--upstream", f"127.0.0.1:{self.echo.port}", *flags)
        self.addCleanup(proxy.stop)
        return proxy

    def test_latency_is_added_and_ctrl_c_reports(self):
        proxy = Proxy("--upstream", f"127.0.0.1:{self.echo.port}", "--latency", "50ms")
        self.assertGreaterEqual(proxy.round_trip(), 0.1)
        self.assertEqual(proxy.received, b"ping")
        code, errors = proxy.stop()
        self.assertEqual(code, 130, errors)
        self.assertRegex(errors, r"1 connections, 0 refused, 0 cut, 4 bytes up, 4 bytes down")

    def test_the_control_port_changes_it_while_it_runs(self):
        proxy = self.proxy("--control", "127.0.0.1:0", "--preset", "3g", "--latency", "1ms")
        self.assertEqual(proxy.ask("show"), "latency=1ms jitter=40ms bandwidth=204800/s")
        self.assertEqual(proxy.ask("clear latency=80ms"), "ok")
        self.assertGreaterEqual(proxy.round_trip(), 0.16)
        self.assertIn("did you mean", proxy.ask("latncy=1s"))
        self.assertIn('"accepted":1', proxy.ask("counts"))

    def test_a_script_changes_it_by_the_clock(self):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as script:
            script.write("0s latency=1ms\n300ms refuse=true\n")
            script.flush()
            proxy = self.proxy("--script", script.name)
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                try:
                    proxy.round_trip()
                except ConnectionResetError:
                    return
                time.sleep(0.05)
            self.fail("the script's second line had no effect")

    def test_refuse_resets_every_connection(self):
        proxy = self.proxy("--refuse")
        with self.assertRaises(ConnectionResetError):
            proxy.round_trip()


class Usage(unittest.TestCase):
    def refused(self, *flags):
        done = subprocess.run([RTCTL, "proxy", *flags], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 2, done.stderr)
        return done.stderr

    def test_mistakes_are_explained(self):
        self.assertIn("--upstream is required", self.refused())
        self.assertIn('"nowhere" is not an address', self.refused("--upstream", "nowhere"))
        self.assertIn('"fast" is not a bandwidth', self.refused("--upstream", "127.0.0.1:1", "--bandwidth", "fast"))
        self.assertIn('--preset: "5g" is not one of broadband', self.refused("--upstream", "127.0.0.1:1", "--preset", "5g"))


if __name__ == "__main__":
    unittest.main()
