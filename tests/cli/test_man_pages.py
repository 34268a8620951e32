"""--help and the man page of each command name the same options, and --help fits a terminal."""
import os
import pathlib
import re
import unittest

from rtctl_test import run

MAN = pathlib.Path(os.environ["RTCTL_SOURCE_DIR"], "man")


def commands():
    listed = run("--help").stdout.split("Commands:\n")[1].split("\n\n")[0]
    return re.findall(r"^  (\w+) ", listed, re.MULTILINE)


def helped(command):
    """The options that --help lists: what stands before the gap to the description."""
    lines = [line for line in run(command, "--help").stdout.splitlines() if line.startswith("  -")]
    return {name for line in lines for name in re.findall(r"(?:^|, )(--?[a-zA-Z0-9][a-z0-9.-]*)", re.split(r"\s{2,}", line.strip())[0])}


def documented(command):
    text = (MAN / f"rtctl-{command}.1").read_text(encoding="ascii")
    return {"-" + name for line in text.splitlines() if line.startswith(".It")
            for name in re.findall(r"Fl (-?[a-zA-Z0-9.-]+)", line)}


class ManPages(unittest.TestCase):
    def test_every_command_has_one(self):
        listed = (MAN / "rtctl.1").read_text(encoding="ascii")
        for command in commands():
            self.assertIn(f".Xr rtctl-{command} 1", listed)
        self.assertIn("tail", commands())

    def test_every_option_is_in_both(self):
        for command in commands():
            with self.subTest(command):
                self.assertEqual(documented(command), helped(command))
                self.assertLessEqual({"-h", "--help", "--version", "--color", "--config"}, helped(command))


class Help(unittest.TestCase):
    def test_it_fits_a_terminal(self):
        for command in ["", *commands()]:
            text = run(*filter(None, [command]), "--help").stdout
            for line in text.split("\nExamples:")[0].split("\nReady-made")[0].splitlines():
                self.assertLessEqual(len(line), 80, f"{command}: {line}")

    def test_values_are_shown_whole(self):
        self.assertIn("--listen HOST:PORT ", run("serve", "--help").stdout)
        self.assertIn("--header 'K: V' ", run("tail", "--help").stdout)
        self.assertIn("--user U:P ", run("tail", "--help").stdout)
        self.assertIn("--color auto|always|never ", run("tail", "--help").stdout)

    def test_what_all_commands_have_comes_last(self):
        for command in commands():
            text = run(command, "--help").stdout
            heads = [head for head in re.findall(r"^([A-Z][A-Za-z ]+):$", text, re.MULTILINE) if head != "Examples"]
            self.assertEqual(heads[-1], "Common", command)


if __name__ == "__main__":
    unittest.main()
