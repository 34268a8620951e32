"""`rtctl completion`: the scripts load in their shells and offer what the program really has."""
import os
import re
import subprocess
import tempfile
import unittest

RTCTL = os.environ["RTCTL_BINARY"]


def output(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60, **options).stdout


def commands():
    """The subcommands that `rtctl --help` lists."""
    listed = output(RTCTL, "--help").split("Commands:\n")[1].split("\n\n")[0]
    return re.findall(r"^  (\w+) ", listed, re.MULTILINE)


def script(shell):
    file = tempfile.NamedTemporaryFile("w", suffix="." + shell, delete=False)
    file.write(output(RTCTL, "completion", shell))
    file.close()
    return file.name


class Bash(unittest.TestCase):
    def offered(self, *words):
        line = " ".join(f"'{word}'" for word in words)
        run = f"source {self.script}; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _rtctl; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        return output("bash", "--norc", "-c", run).split()

    @classmethod
    def setUpClass(cls):
        cls.script = script("bash")

    def test_commands_are_offered_first(self):
        self.assertEqual(set(self.offered("rtctl", "")), {*commands(), "--help", "--version"})

    def test_every_long_option_of_every_command_is_offered(self):
        for command in commands():
            help_text = output(RTCTL, command, "--help")
            # The names stand before the first gap of the line; descriptions may name other options.
            wanted = set(re.findall(r"(?:^|[ ,])(--[a-z][a-z0-9.-]+)", "\n".join(
                re.split(r"\s{2,}", line.strip())[0] for line in help_text.splitlines() if line.startswith("  -"))))
            self.assertLessEqual(wanted, set(self.offered("rtctl", command, "--")), command)
            self.assertIn("--help", wanted, command)

    def test_values_are_offered_where_they_are_few(self):
        self.assertEqual(set(self.offered("rtctl", "completion", "--color", "")), {"auto", "always", "never"})
        self.assertEqual(self.offered("rtctl", "completion", "z"), ["zsh"])
        self.assertEqual(set(self.offered("rtctl", "tail", "--backoff-jitter", "=")), {"full", "equal", "none"})
        self.assertEqual(self.offered("rtctl", "tail", "--backoff-jitter", "=", "e"), ["equal"])


class Fish(unittest.TestCase):
    def test_commands_and_options_are_offered(self):
        loaded = f"source {script('fish')}; complete -C "
        self.assertIn("completion", output("fish", "-N", "-c", loaded + "'rtctl compl'"))
        self.assertIn("--color", output("fish", "-N", "-c", loaded + "'rtctl completion --col'"))


class Zsh(unittest.TestCase):
    def test_the_script_loads(self):
        loaded = f"autoload -U compinit; compinit -u -D; source {script('zsh')}; print $_comps[rtctl]"
        self.assertEqual(output("zsh", "-f", "-c", loaded).strip(), "_rtctl")


class Usage(unittest.TestCase):
    def test_an_unknown_shell_is_a_usage_error(self):
        run = subprocess.run([RTCTL, "completion", "nosuch"], capture_output=True, text=True, timeout=60)
        self.assertEqual(run.returncode, 2)
        self.assertIn("nosuch", run.stderr)
        self.assertEqual(run.stdout, "")


if __name__ == "__main__":
    unittest.main()
