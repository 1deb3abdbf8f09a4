"""How the quickstart tells what it does: commands that a shell reads back, and no escape codes but for a terminal."""
import os
import pty
import subprocess
import unittest

from parties import ROOT

PLACES = {"root": "/a repository", "dir": "/a 'folder'", "pki": "/a 'folder'/pki"}


def bash(script, *words, env=None, **options):
    preamble = ". " + str(ROOT / "Deploy/narration") + "\n"
    return subprocess.run(["bash", "-euc", preamble + script, "bash", *words], env={**os.environ, **PLACES, **(env or {})}, check=True, **options)


class Narration(unittest.TestCase):
    WORDS = (
        "concordat", "agreement", "decide", "--reason", "The need is made out.", "--empty", "", "it's", 'say "no"', "$HOME", "*", "`id`", "a\nb",
        "/a repository/Deploy/x y.yaml", "/a 'folder'/pki/me you.pem", "/a 'folder'/vkey", "/a 'folder'", "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.AAAA")

    def test_a_shell_reads_a_shown_command_back(self):
        shown = bash('shown "$@"', *self.WORDS, capture_output=True, text=True).stdout
        self.assertIn("'The need is made out.'", shown)
        read = subprocess.run(
            ["bash", "-uc", "printf '%s\\0' " + shown], capture_output=True, text=True, check=True,
            env={**os.environ, "PKI": PLACES["pki"], "DIR": PLACES["dir"], "TOKEN": self.WORDS[-1]}).stdout
        expected = [word.removeprefix("/a repository/") for word in self.WORDS]
        self.assertEqual(read.split("\0")[:-1], expected)

    def test_escape_codes_are_for_terminals_only(self):
        telling = 'chapter One; printf "%s" "$faint"'
        self.assertEqual(bash(telling, capture_output=True, text=True, env={"TERM": "xterm"}).stdout, "\nOne\n")

        def seen(env):
            reading, writing = pty.openpty()
            bash(telling, stdout=writing, env=env)
            os.close(writing)
            text = os.read(reading, 1000)
            os.close(reading)
            return text

        self.assertEqual(seen({"TERM": "xterm", "NO_COLOR": ""}), b"\r\n\x1b[1mOne\x1b[0m\r\n\x1b[2m")
        self.assertNotIn(b"\x1b", seen({"TERM": "xterm", "NO_COLOR": "1"}))
        self.assertNotIn(b"\x1b", seen({"TERM": "dumb"}))


if __name__ == "__main__":
    unittest.main()
