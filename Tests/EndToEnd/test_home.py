"""What an operator does with a home by the shipped commands: backup, restore, doctor, and a reload at any moment."""
import os
import signal
import subprocess
import time
import unittest

from parties import BIN, ROOT, Broker, run


def concordat(*arguments):
    return run(BIN / "concordat", *arguments, check=False)


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
        configuration = self.home / "concordat.yaml"
        text = configuration.read_text()
        configuration.unlink()
        # The start waits for its configuration, as it may for a slow disk.
        os.mkfifo(configuration, 0o600)
        log = self.broker.dir / "hangup.log"
        with open(log, "wb") as output:
            process = subprocess.Popen([BIN / "concordat", "serve", "--home", self.home], stdout=output, stderr=output)
        try:
            with open(configuration, "w") as writer:
                process.send_signal(signal.SIGHUP)
                time.sleep(0.2)
                writer.write(text)
            for _ in range(200):
                if process.poll() is not None or "certificates reloaded" in log.read_text():
                    break
                time.sleep(0.05)
            self.assertIsNone(process.poll(), log.read_text())
            self.assertIn("certificates reloaded", log.read_text())
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait(30)
        configuration.unlink()
        configuration.write_text(text)

    def test_a_home_that_is_not_there_is_told_from_one_that_is_wrong(self):
        absent = self.broker.dir / "absent"
        doctor = concordat("doctor", "--home", absent)
        self.assertEqual(doctor.returncode, 1)
        self.assertIn(f"wrong: modes: {absent}: is missing", doctor.stdout)
        self.assertRegex(concordat("serve", "--home", absent).stderr, "concordat.yaml: is missing")


if __name__ == "__main__":
    unittest.main()
