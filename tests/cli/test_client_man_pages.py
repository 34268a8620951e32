"""--help and the man page of each client command name the same options."""
import os
import pathlib
import re
import unittest

from rtctl_test import run

MAN = pathlib.Path(os.environ["RTCTL_SOURCE_DIR"], "man")


class ManPages(unittest.TestCase):
    def test_every_option_is_in_both(self):
        for command in ("tail", "poll", "chat", "feed"):
            text = (MAN / f"rtctl-{command}.1").read_text(encoding="ascii")
            documented = {"--" + name for line in text.splitlines() if line.startswith(".It")
                          for name in re.findall(r"Fl -([a-z0-9.-]+)", line)}
            helped = set(re.findall(r"(--[a-z0-9.-]+)", run(command, "--help").stdout.split("\n  rtctl ")[0]))
            self.assertEqual(documented, helped, command)


if __name__ == "__main__":
    unittest.main()
