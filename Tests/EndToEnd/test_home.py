"""What an operator does with a home by the shipped commands: backup, restore, doctor, and a reload at any moment."""
import os
import shutil
import signal
import subprocess
import time
import unittest

from parties import BIN, ROOT, Broker, run


def concordat(*arguments, timeout=300):
    return run(BIN / "concordat", *arguments, check=False, timeout=timeout)


def caught(pid):
    """The signals that a process handles itself, as bits."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1], 16) for line in status if line.startswith("SigCgt:"))


class Home(unittest.TestCase):
    def setUp(self):
        self.broker = Broker(register=False)
        self.addCleanup(self.broker.close)
        self.home, self.copy = self.broker.home, self.broker.dir / "copy"

    def take_database_away(self):
        for path in self.home.glob("broker.sqlite*"):
            path.unlink()

    def test_a_backup_of_a_stopped_broker_serves_again_and_is_a_readable_log(self):
        self.broker.stop()
        told = concordat("backup", "--home", self.home, self.copy)
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertEqual(sorted(path.name for path in self.copy.iterdir() if not path.name.startswith("broker.sqlite-")),
                         ["broker.sqlite", "concordat.yaml", "sources"])
        # An older ledger's files can be had from the backup alone.
        self.assertEqual(concordat("ledger", "export", "--home", self.copy, self.broker.dir / "log").returncode, 0)
        self.take_database_away()
        told = concordat("restore", "--home", self.home, self.copy)
        self.assertEqual(told.returncode, 0, told.stderr)
        doctor = concordat("doctor", "--home", self.home)
        self.assertEqual((doctor.returncode, "wrong" in doctor.stdout), (0, False), doctor.stdout)
        self.broker.start()
        self.broker.cli("operator/administrator", "status")

    def test_a_backup_before_the_last_entry_is_refused_with_what_to_do(self):
        self.assertEqual(concordat("backup", "--home", self.home, self.copy).returncode, 0)
        # Its stop is an entry.
        self.broker.stop()
        self.take_database_away()
        told = concordat("restore", "--home", self.home, self.copy)
        self.assertEqual(told.returncode, 1)
        for words in ("would roll the log back", "made after the last entry", "a new origin", "Backups and loss"):
            self.assertIn(words, told.stderr)
        self.assertIn("## Backups and loss", (ROOT / "README.md").read_text())
        self.assertEqual(list(self.home.glob("broker.sqlite*")), [])

    def test_a_damaged_backup_is_refused_and_a_damaged_database_is_found(self):
        self.broker.stop()
        self.assertEqual(concordat("backup", "--home", self.home, self.copy).returncode, 0)
        database = self.home / "broker.sqlite"
        for path in (self.copy / "broker.sqlite", database):
            with open(path, "r+b") as file:
                file.seek(20 * 4096)
                file.write(b"\xa5" * 2 * 4096)
        doctor = concordat("doctor", "--home", self.home)
        self.assertEqual(doctor.returncode, 1)
        self.assertRegex(doctor.stdout, "wrong: database: .*is damaged")
        self.assertRegex(concordat("backup", "--home", self.home, self.broker.dir / "other").stderr, "is damaged.* is no backup; remove it")
        self.take_database_away()
        told = concordat("restore", "--home", self.home, self.copy)
        self.assertEqual((told.returncode, "is damaged, and nothing was put in place" in told.stderr), (1, True), told.stderr)
        self.assertFalse(database.exists())

    def test_a_hangup_in_the_first_moments_of_a_start_is_answered_after_it(self):
        self.broker.stop()
        log = self.broker.dir / "hangup.log"
        with open(log, "wb") as output:
            process = subprocess.Popen([BIN / "concordat", "serve", "--home", self.home], stdout=output, stderr=output)
        try:
            # Held still as soon as the signal no longer ends it.
            while process.poll() is None and not caught(process.pid) >> (signal.SIGHUP - 1) & 1:
                pass
            process.send_signal(signal.SIGSTOP)
            self.assertNotIn('"serving"', log.read_text())
            process.send_signal(signal.SIGHUP)
            process.send_signal(signal.SIGCONT)
            for _ in range(200):
                if process.poll() is not None or "certificates reloaded" in log.read_text():
                    break
                time.sleep(0.05)
            self.assertIsNone(process.poll(), log.read_text())
            self.assertLess(log.read_text().find('"serving"'), log.read_text().find("certificates reloaded"), log.read_text())
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait(30)

    def test_no_offline_command_waits_for_a_pipe_in_place_of_a_file(self):
        self.broker.stop()
        for name in ("broker.sqlite", "broker.sqlite-journal", "concordat.yaml", "keys/ledger.head", "keys/openings"):
            path = self.home / name
            kept = path.read_bytes() if path.exists() else None
            path.unlink(missing_ok=True)
            os.mkfifo(path, 0o600)
            with self.subTest(name):
                for words in (("doctor",), ("backup", self.broker.dir / "of-a-pipe"), ("incident", "scope", "--window", "..2026-01-01")):
                    # What it does not read does not stop it.
                    if (name, words[0]) in (("concordat.yaml", "incident"), ("keys/openings", "backup")):
                        continue
                    told = concordat(*words, "--home", self.home, timeout=60)
                    self.assertIn(told.returncode, (1, 2), words)
                    self.assertIn("is not a plain file", told.stdout + told.stderr, words)
                    shutil.rmtree(self.broker.dir / "of-a-pipe", ignore_errors=True)
            path.unlink()
            if kept is not None:
                path.write_bytes(kept)
                path.chmod(0o600)
        pipe = self.broker.dir / "pipe"
        os.mkfifo(pipe)
        told = concordat("incident", "scope", "--home", self.home, "--certificate", pipe, timeout=60)
        self.assertEqual((told.returncode, "is not a certificate in PEM form" in told.stderr), (2, True), told.stderr)
        pipe.unlink()

    def test_what_is_too_long_is_refused_before_it_is_copied_and_nothing_is_left(self):
        self.broker.stop()
        configuration = self.home / "concordat.yaml"
        text = configuration.read_text()
        os.truncate(configuration, 4 << 40)
        told = concordat("backup", "--home", self.home, self.broker.dir / "too-long", timeout=60)
        self.assertEqual((told.returncode, "is longer than 1048576 bytes, and is not copied" in told.stderr), (1, True), told.stderr)
        self.assertFalse((self.broker.dir / "too-long" / "concordat.yaml.part").exists())
        configuration.write_text(text)
        shutil.rmtree(self.broker.dir / "too-long")

    def test_a_home_that_is_not_there_is_told_from_one_that_is_wrong(self):
        absent = self.broker.dir / "absent"
        doctor = concordat("doctor", "--home", absent)
        self.assertEqual(doctor.returncode, 1)
        self.assertIn(f"wrong: modes: {absent}: is missing", doctor.stdout)
        self.assertRegex(concordat("serve", "--home", absent).stderr, "concordat.yaml: is missing")


if __name__ == "__main__":
    unittest.main()
