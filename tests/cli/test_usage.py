"""What every command has in common: wrong words, config file, environment."""
import os
import re
import subprocess
import tempfile
import unittest

RTCTL = os.environ["RTCTL_BINARY"]


def run(*arguments, **environment):
    return subprocess.run([RTCTL, *arguments], capture_output=True, text=True, timeout=60,
                          env={**os.environ, **environment})


def config(text):
    file = tempfile.NamedTemporaryFile("w", suffix=".toml", delete=False)
    file.write(text)
    file.close()
    return file.name


class Words(unittest.TestCase):
    def refused(self, *arguments):
        done = run(*arguments)
        self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)
        return done.stderr

    def test_what_is_wrong_is_named_with_what_is_near(self):
        self.assertIn("a command is needed", self.refused())
        self.assertIn('"completoin" is no command; did you mean completion?', self.refused("completoin"))
        self.assertIn("there is no option --frob", self.refused("--frob"))
        self.assertIn("there is no option --colr; did you mean --color?", self.refused("completion", "bash", "--colr"))
        self.assertIn('shell: "bsh" is not one of bash, zsh, fish; did you mean bash?', self.refused("completion", "bsh"))
        self.assertIn("shell is required", self.refused("completion"))
        self.assertIn("Try 'rtctl completion --help'", self.refused("completion"))

    def test_help_and_version_go_to_stdout(self):
        for arguments in (["--help"], ["completion", "--help"], ["--version"], ["tail", "--version"]):
            done = run(*arguments)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertTrue(done.stdout)

    def test_every_command_has_help_and_version(self):
        version = run("--version").stdout
        self.assertRegex(version, r"^rtctl \d+\.\d+\.\d+\n$")
        commands = re.findall(r"^  ([a-z]+) ", run("--help").stdout.split("Commands:\n")[1], re.MULTILINE)
        self.assertIn("tail", commands)
        for command in commands:
            for flag in ("--help", "-h"):
                done = run(command, flag)
                self.assertEqual((done.returncode, done.stderr), (0, ""), command)
                self.assertIn(command, done.stdout)
            done = run(command, "--version")
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, version, ""), command)


class Sources(unittest.TestCase):
    """flag > environment > config file > default, seen through --color, which refuses what it does not know."""

    def outcome(self, *flags, file=None, **environment):
        more = ["--config", config(file)] if file is not None else []
        done = run("completion", "bash", *flags, *more, **environment)
        return done.returncode, done.stderr

    def test_each_source_is_read(self):
        for outcome in (self.outcome("--color", "x"), self.outcome(RTCTL_COLOR="x"), self.outcome(file='color = "x"')):
            self.assertEqual(outcome[0], 2)
            self.assertIn('"x" is not one of auto, always, never', outcome[1])

    def test_the_stronger_source_wins(self):
        self.assertEqual(self.outcome("--color", "never", RTCTL_COLOR="x")[0], 0)
        self.assertEqual(self.outcome(file='color = "x"', RTCTL_COLOR="never")[0], 0)
        self.assertEqual(self.outcome("--color", "never", file='color = "x"')[0], 0)

    def test_tables_belong_to_their_commands(self):
        self.assertEqual(self.outcome(file='[completion]\ncolor = "x"\n')[0], 2)
        self.assertEqual(self.outcome(file='[completion]\ncolor = "never"\n')[0], 0)
        # The name of a command, and of an option of another.
        tail = run("tail", "http://127.0.0.1:1/", "--max-retries", "0", "--config", config("[proxy]\nlatency = '1s'\n"))
        self.assertEqual(tail.returncode, 1, tail.stderr)
        self.assertIn("there is no table [completoin]", self.outcome(file="[completoin]\ncolor = 'never'\n")[1])

    def test_unknown_keys_are_errors_that_name_file_and_key(self):
        path = config("colr = 'never'\n")
        done = run("completion", "bash", "--config", path)
        self.assertEqual(done.returncode, 2)
        self.assertIn(f'{path}:1:1: "colr" is no option of rtctl completion; did you mean "color"?', done.stderr)

    def test_values_are_read_as_toml_says(self):
        """Seen through --color, whose refusal repeats the value."""
        for text, value in (('"# no comment" # a comment', "# no comment"), ("'C:\\t'", "C:\\t"), ('"\\u0041\\tb"', "A\tb"),
                            ('"""three"""', "three"), ("7", "7"), ("0x10", "16"), ("1.5", "1.5"), ("true", "true"),
                            ('"-x"', "-x"), ('["a", # one\n "b"]', "--color")):
            code, error = self.outcome(file=f"color = {text}\n")
            self.assertEqual(code, 2, text)
            self.assertIn(value, error)

    def test_what_is_no_toml_or_no_value_is_an_error_with_its_place(self):
        for text, place in (("color\n", ":1:6:"), ("color = never\n", ":1:"), ("[completion\n", ":1:"),
                            ("\ncolor = 1979-05-27\n", ":2:9:"), ('color = "never"\ncolor = "never"\n', ":2:"),
                            ("color = {a = 1}\n", ":1:1:"), ("[completion.inner]\n", ":1:"), ("[nosuch]\n", ":1:2:")):
            code, error = self.outcome(file=text)
            self.assertEqual(code, 2, text)
            self.assertRegex(error, r"\.toml" + place, text)

    def test_a_file_that_is_not_there_is_an_error(self):
        done = run("completion", "bash", RTCTL_CONFIG="/nonexistent/rtctl.toml")
        self.assertEqual(done.returncode, 2)
        self.assertIn("cannot read /nonexistent/rtctl.toml", done.stderr)


if __name__ == "__main__":
    unittest.main()
