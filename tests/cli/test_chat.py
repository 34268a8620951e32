"""rtctl chat: lines out once and in order, messages in, a terminal that is not garbled."""
import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from rtctl_test import BINARY, LIMIT, Process, ScriptServer, clean_environment, run, serve, wait_until

FAST = ("--interval", "50ms", "--backoff-initial", "20ms", "--backoff-max", "100ms")


class ScriptedChat:
    """A chat server that does as it is told: answers polls, takes lines, fails on demand."""

    def __init__(self, messages=(), failures=0, refuse=()):
        self.messages, self.failures, self.refuse = list(messages), failures, refuse
        self.taken, self.keys, self.attempts = [], set(), []

    def play(self, script, request, _number):
        if request.method == "GET":
            batch, self.messages = self.messages, []
            body = {"messages": [{"id": n + 1, "from": "bob", "content": text, "timestamp": "t"}
                                 for n, text in enumerate(batch)], "clientId": "me"}
            script.answer(body=json.dumps(body), headers=["Content-Type: application/json"])
            return "keep"
        content, key = json.loads(request.body)["content"], request.header("idempotency-key")
        self.attempts.append((content, key))
        if self.failures > 0:
            self.failures -= 1
            if self.failures % 2:
                self.taken.append(content) if key not in self.keys else None
                self.keys.add(key)
                return None  # taken, but the answer is lost
            return script.answer("503 X")
        if content in self.refuse:
            script.answer("400 X")
            return "keep"
        if key not in self.keys:
            self.keys.add(key)
            self.taken.append(content)
        script.answer(body="OK")
        return "keep"


class Scripted(unittest.TestCase):
    def chat(self, server, *flags, stdin=""):
        with ScriptServer(server.play) as listener:
            done = run("chat", listener.url("/m"), *FAST, *flags, stdin=stdin)
            return done.returncode, done.stdout.splitlines(), done.stderr, listener.requests

    def test_send_sends_each_once_in_order_and_ends(self):
        server = ScriptedChat()
        code, out, err, requests = self.chat(server, "--send", "one", "--send", "two", "--name", "ann")
        self.assertEqual((code, out, server.taken), (0, [], ["one", "two"]), err)
        posts = [r for r in requests if r.method == "POST"]
        self.assertEqual([r.header("x-client-id") for r in posts], ["me", "me"])
        self.assertEqual(json.loads(posts[0].body)["name"], "ann")
        self.assertEqual(posts[0].header("content-type"), "application/json")

    def test_lines_from_a_pipe(self):
        server = ScriptedChat()
        lines = [f"line {n} \u00e9 \"q\"" for n in range(2000)]
        code, _, err, _ = self.chat(server, stdin="\n".join(lines))
        self.assertEqual((code, server.taken), (0, lines), err)

    def test_lost_answers_and_503_do_not_repeat_or_reorder(self):
        server = ScriptedChat(failures=6)
        code, _, err, _ = self.chat(server, "--send", "a", "--send", "b", "--send", "c")
        self.assertEqual((code, server.taken), (0, ["a", "b", "c"]), err)
        self.assertEqual(len({key for _, key in server.attempts}), 3)
        self.assertEqual(len(server.attempts), 9)

    def test_a_refused_line_is_said_and_the_others_go_out(self):
        server = ScriptedChat(refuse=["bad"])
        code, _, err, _ = self.chat(server, "--send", "bad", "--send", "good")
        self.assertEqual((code, server.taken), (1, ["good"]))
        self.assertIn("refused (status 400): bad", err)

    def test_n_counts_messages(self):
        code, out, _, requests = self.chat(ScriptedChat(["hi", "two\nlines", "\x1b[2Jclear"]), "-n", "3")
        self.assertEqual((code, out), (0, ["bob: hi", "bob: two", "  lines", "bob: \ufffd[2Jclear"]))
        self.assertIn("ack=0", requests[0].target)
        self.assertNotIn("wait=", requests[0].target)  # the id is wanted at once
        _, out, _, _ = self.chat(ScriptedChat(["hi"]), "-n", "1", "--format", "jsonl")
        self.assertEqual(json.loads(out[0]), {"id": "1", "from": "bob", "content": "hi", "timestamp": "t"})

    def test_n_is_not_exceeded_while_lines_wait(self):
        server = ScriptedChat(["1", "2", "3"], failures=2)
        code, out, err, _ = self.chat(server, "-n", "2", "--send", "late")
        self.assertEqual((code, out, server.taken), (0, ["bob: 1", "bob: 2"], ["late"]), err)

    def test_max_retries_covers_the_sending(self):
        def play(script, request, _number):
            if request.method == "POST":
                return script.answer("503 X")
            script.answer(body='{"messages":[],"clientId":"me"}')
            return "keep"
        with ScriptServer(play) as listener:
            done = run("chat", listener.url("/m"), *FAST, "--send", "x", "--max-retries", "2")
            posts = [r for r in listener.requests if r.method == "POST"]
        self.assertEqual((done.returncode, len(posts)), (1, 3), done.stderr)
        self.assertIn("status 503", done.stderr)
        self.assertIn("not sent: 1 of the lines", done.stderr)

    def test_what_was_not_sent_is_said_at_the_end(self):
        done = run("chat", "http://127.0.0.1:1/", *FAST, "--send", "x", "--send", "y", "--timeout", "200ms")
        self.assertEqual(done.returncode, 4)
        self.assertIn("rtctl: not sent: 2 of the lines\n", done.stderr)

    def test_long_polling_and_acknowledgement(self):
        server = ScriptedChat(["a", "b"])
        with ScriptServer(server.play) as listener, Process("chat", listener.url("/m?room=x"), *FAST) as chat:
            chat.wait_for("bob: b", "out")
            listener.wait_requests(2)
            self.assertIn("/m?room=x&ack=2&wait=25s", [r.target for r in listener.requests])
            chat.send(signal.SIGINT)
            self.assertEqual(chat.wait(), 130)

    def test_ends(self):
        self.assertEqual(self.chat(ScriptedChat(), "--timeout", "200ms", "-n", "1")[0], 4)
        self.assertEqual(run("chat", "http://127.0.0.1:1/", "--max-retries", "1", *FAST).returncode, 1)
        code, _, err, _ = self.chat(type("Html", (), {"play": lambda _, script, *__: script.answer(body="<p>")})(),
                                    "--timeout", "20s")
        self.assertEqual(code, 1)  # at once: this was never a chat
        self.assertIn("not that of a chat", err)
        self.assertEqual(run("chat", "http://x/", "-d", "x").returncode, 2)


class Real(unittest.TestCase):
    """Against the reference server."""

    def test_two_talk_while_the_server_is_killed_and_restarted(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{probe.getsockname()[1]}"
        url = f"http://{address}/api/messages"
        with tempfile.TemporaryDirectory() as folder:
            def start():
                server = Process("serve", "--listen", address, "--store", f"sqlite:{folder}/chat.db",
                                 "--state-dir", folder)
                server.wait_for("listening on ")
                return server
            server = start()
            try:
                flags = ("--wait", "2s", *FAST)
                with Process("chat", url, "--name", "ann", *flags, stdin=subprocess.PIPE) as ann, \
                        Process("chat", url, "--name", "bob", *flags, stdin=subprocess.PIPE) as bob:
                    def say(who, text):
                        who.process.stdin.write(text + "\n")
                        who.process.stdin.flush()
                    # Both are known to the server once each has heard the other.
                    for attempt in range(100):
                        say(ann, f"hello {attempt}")
                        try:
                            bob.line(limit=0.3)
                            break
                        except Exception:  # queue.Empty: bob was not there yet
                            continue
                    say(bob, "hi ann")
                    ann.wait_for("bob: hi ann", "out")
                    for number in range(60):
                        if number in (20, 40):
                            server.send(signal.SIGKILL)
                            server.wait()
                            server.__exit__()
                        say(ann, f"a{number}")
                        say(bob, f"b{number}")
                        if number in (25, 45):
                            server = start()
                    heard = {"a": [], "b": []}
                    for who, prefix in ((bob, "a"), (ann, "b")):
                        while len(heard[prefix]) < 60:
                            text = who.line(limit=LIMIT).split(": ", 1)[1]
                            if re.fullmatch(prefix + r"\d+", text):
                                heard[prefix].append(int(text[1:]))
                    self.assertEqual(heard, {"a": list(range(60)), "b": list(range(60))})
            finally:
                server.__exit__()


class Terminal(unittest.TestCase):
    def setUp(self):
        self.screen = b""

    def read_until(self, part):
        def has_it():
            if select.select([self.master], [], [], 0.05)[0]:
                self.screen += os.read(self.master, 65536)
            return part.encode() in self.screen
        wait_until(has_it, f"{part!r} on the screen")

    def test_editing_is_not_garbled_by_incoming_lines(self):
        server = ScriptedChat()
        self.master, slave = pty.openpty()
        with ScriptServer(server.play) as listener:
            process = subprocess.Popen([BINARY, "chat", listener.url(), *FAST, "--color", "never"], stdin=slave,
                                       stdout=slave, stderr=slave, env=clean_environment(TERM="xterm"))
            os.close(slave)
            try:
                self.read_until("> ")
                os.write(self.master, b"helo")
                self.read_until("> helo")
                server.messages.append("incoming")
                self.read_until("bob: incoming\r\n> helo")  # above, and the typed line is drawn again
                os.write(self.master, b"\x1b[Dl\x01\xc3\xa9\x05!\x7f?\x1b[A\r")
                wait_until(lambda: server.taken, "the line to be sent")
                self.assertEqual(server.taken, ["\u00e9hello?"])
                os.write(self.master, b"gone\x15next word\x17\x08\r")
                wait_until(lambda: len(server.taken) == 2, "the second line")
                self.assertEqual(server.taken[1], "next")
                os.write(self.master, b"\x04")
                self.assertEqual(process.wait(LIMIT), 0)
            finally:
                if process.poll() is None:
                    process.kill()
                process.wait()
                os.close(self.master)

    def test_ctrl_c_puts_the_terminal_back(self):
        self.master, slave = pty.openpty()
        import termios
        before = termios.tcgetattr(slave)
        with ScriptServer(ScriptedChat().play) as listener:
            process = subprocess.Popen([BINARY, "chat", listener.url(), *FAST], stdin=slave, stdout=slave, stderr=slave,
                                       env=clean_environment(TERM="xterm"))
            try:
                self.read_until("> ")
                self.assertNotEqual(termios.tcgetattr(slave)[3], before[3])
                process.send_signal(signal.SIGINT)
                self.assertEqual(process.wait(LIMIT), 130)
                self.assertEqual(termios.tcgetattr(slave)[3], before[3])
            finally:
                if process.poll() is None:
                    process.kill()
                process.wait()
                os.close(slave)
                os.close(self.master)


if __name__ == "__main__":
    unittest.main()
