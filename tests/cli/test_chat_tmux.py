"""Two `rtctl chat` in two panes of a real terminal (tmux) talk through a server that is killed and restarted."""
import os
import re
import signal
import subprocess
import tempfile
import unittest

from rtctl_test import BINARY, LIMIT, Process, clean_environment, free_port, wait_until

ROUNDS = 3  # the server is killed and restarted between them
LINES = 8   # that each says in a round, while the server is up and while it is down


class Tmux:
    """A tmux server of its own with two panes, one above the other."""

    def __init__(self, folder, commands):
        self.socket = os.path.join(folder, "tmux")
        # No status line, no user's configuration; a shell stays when the command ends, so that its end is seen.
        self("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "60", "-s", "chat", commands[0])
        self("set-option", "-g", "remain-on-exit", "on")
        self("split-window", "-t", "chat", commands[1])

    def __call__(self, *arguments):
        return subprocess.run(["tmux", "-S", self.socket, *arguments], check=True, capture_output=True, text=True,
                              timeout=LIMIT, env=clean_environment(TERM="xterm", LC_ALL="C.UTF-8", SHELL="/bin/sh")).stdout

    def type(self, pane, text):
        self("send-keys", "-t", f"chat.{pane}", "-l", text)
        self("send-keys", "-t", f"chat.{pane}", "Enter")

    def lines(self, pane):
        """All that the pane showed, scrolled out or not."""
        return [line.rstrip() for line in self("capture-pane", "-p", "-J", "-S", "-", "-t", f"chat.{pane}").splitlines()]


class Panes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, self.address = folder.name, f"127.0.0.1:{free_port()}"
        self.server = None
        self.start()
        self.addCleanup(lambda: self.server.__exit__())
        chat = (f"'{BINARY}' chat http://{self.address}/api/messages --wait 2s --backoff-initial 50ms "
                "--backoff-max 200ms --color never --name ")
        self.tmux = Tmux(self.folder, [chat + "ann", chat + "bob"])
        self.addCleanup(lambda: self.tmux("kill-server"))

    def start(self):
        self.server = Process("serve", "--listen", self.address, "--store", f"sqlite:{self.folder}/chat.db",
                              "--state-dir", self.folder)
        self.server.wait_for("listening on ")

    def kill(self):
        self.server.send(signal.SIGKILL)
        self.server.wait()
        self.server.__exit__()

    def heard(self, pane, by):
        """The numbers that `by` said, as the other pane shows them."""
        return [int(line.split()[-1]) for line in self.tmux.lines(pane) if re.fullmatch(by + r": line \d+", line)]

    def test_every_line_arrives_once_and_in_order(self):
        # Before the prompt the terminal itself would echo what is typed.
        wait_until(lambda: all(">" in self.tmux.lines(pane) for pane in (0, 1)), "both prompts")

        def is_heard(pane, speaker, text):
            self.tmux.type(1 - pane, text)
            return any(line == f"{speaker}: {text}" for line in self.tmux.lines(pane))
        wait_until(lambda: is_heard(0, "bob", "hello") and is_heard(1, "ann", "hello"), "both to be known")
        number = 0
        for turn in range(ROUNDS):
            for step in range(LINES):
                if turn > 0 and step == LINES // 2:
                    self.start()  # half of the lines were typed while it was gone
                for pane in (0, 1):
                    self.tmux.type(pane, f"line {number}")
                number += 1
            wait_until(lambda: len(self.heard(0, "bob")) >= number and len(self.heard(1, "ann")) >= number,
                       f"{number} lines in both panes")
            if turn < ROUNDS - 1:
                self.kill()
        for pane, by in ((0, "bob"), (1, "ann")):
            self.assertEqual(self.heard(pane, by), list(range(number)))
            shown = [line for line in self.tmux.lines(pane) if line]
            own = [int(line.split()[-1]) for line in shown if re.fullmatch(r"> line \d+", line)]
            self.assertEqual(own, list(range(number)))
            # Nothing is garbled: each line is a message, an own one, a note, or the prompt.
            strange = [line for line in shown if not re.fullmatch(rf"({by}: |> )(hello|line \d+)|\* .*|>", line)]
            self.assertEqual(strange, [])


if __name__ == "__main__":
    unittest.main()
