"""`concordat incident scope`: what it says after exchanges that this test made one by one."""
import contextlib
import json
import shutil
import sqlite3
import unittest

from parties import BIN, COUNCIL, Broker, messages, run

PURPOSE = "council-tax-reduction"


class Incident(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker()
        cls.addClassCleanup(cls.broker.close)
        cls.broker.import_awards()
        cls.agreement = cls.broker.agree(cls.broker.template(PURPOSE, "uc.awards"), "leeds-cc", "dwp")
        cls.token = cls.broker.token(COUNCIL, cls.agreement, "uc.awards", PURPOSE)
        leeds = [person["nino"] for person in cls.broker.people if person["local_authority"] == "E08000035"]
        cls.asked = leeds[:3] + leeds[:1]
        for nino in cls.asked:
            answer = cls.broker.query(
                COUNCIL, cls.token, agreement=cls.agreement, dataset="uc.awards", purpose=PURPOSE, key=messages()["exchange"].KeySearch(value=nino))
            assert len(answer.records) == 1
        # The first tile of the ledger is full: the check of the last tiles does not look at its entries.
        for _ in range(256):
            cls.broker.token(COUNCIL, cls.agreement, "uc.awards", PURPOSE)

    def scope(self, *arguments, code=0):
        result = run(BIN / "concordat", "incident", "scope", *arguments, env=self.broker.identity("operator/administrator"), check=False)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result.stdout if code == 0 else result.stderr

    def test_each_question_counts_the_same_exchanges(self):
        certificate = str(self.broker.pki / (COUNCIL + ".pem"))
        for question in (
            ["--certificate", certificate], ["--agreement", self.agreement], ["--client", self.client()], ["--window", "2026-01-01.."],
            ["--certificate", certificate, "--agreement", self.agreement, "--window", "2026-01-01..2099-12-31"],
        ):
            said = json.loads(self.scope(*question, "--json"))
            self.assertEqual((said["exchanges"], said["records_released"], said["people"]), (4, 4, 3), question)
            self.assertEqual(said["records_naming_nobody"] + said["records_no_longer_countable"], 0)
            [line] = said["recipients"]
            self.assertEqual((line["recipient"], line["provider"], line["agreement"]), ("leeds-cc", "dwp", self.agreement + "@1"))
            self.assertIn("nino", line["fields_released"] + line["fields_transformed"])
            self.assertLess(said["first"]["entry"], said["last"]["entry"])

    def client(self):
        """The registered name of the council's service."""
        return self.broker.stub(COUNCIL, "RegistryService").WhoAmI(messages()["registry"].WhoAmIRequest()).id

    def test_what_is_said_to_a_person_names_nobody_and_has_the_time_of_the_report(self):
        text = self.scope("--agreement", self.agreement, "--aware", "2026-11-26T09:00:00Z")
        self.assertIn("report to the ICO by 2026-11-29T09:00:00", text)
        self.assertRegex(text, r"people +3\n")
        for nino in self.asked:
            self.assertNotIn(nino, text)

    def test_a_fingerprint_is_taken_as_openssl_prints_it(self):
        pem = self.broker.pki / (COUNCIL + ".pem")
        printed = run("openssl", "x509", "-in", pem, "-noout", "-fingerprint", "-sha256").stdout.strip().split("=")[1]
        self.assertEqual(json.loads(self.scope("--certificate", printed, "--json"))["exchanges"], 4)

    def test_a_question_that_finds_nothing_is_answered(self):
        self.assertIn("no exchange", self.scope("--window", "2020-01-01..2020-12-31"))
        self.assertEqual(json.loads(self.scope("--window", "..2020-12-31", "--json"))["exchanges"], 0)

    def test_a_wrong_question_is_told_what_is_wrong(self):
        for arguments, words in (
            ([], "say what the incident is about"), (["--window", "yesterday"], "FROM..TO"), (["--window", ".."], "FROM..TO"),
            (["--window", "2026-12-01..2026-11-01"], "ends before it begins"), (["--window", "2026-13-01.."], "FROM of --window must be a day"),
            (["--agreement", "ISA-2026-9999"], "no agreement of that name"), (["--client", "nobody"], "no principal of that name"),
            (["--certificate", "absent.pem"], "absent.pem"), (["--client", self.client(), "--aware", "today"], "--aware must be a moment"),
        ):
            self.assertIn(words, self.scope(*arguments, code=2))

    def test_a_ledger_that_is_older_than_what_was_signed_for_is_told_of(self):
        home = self.broker.dir / "rolled-back"
        run(BIN / "concordat", "backup", "--home", self.broker.home, home)
        shutil.copytree(self.broker.home / "keys", home / "keys")
        # The last entries are gone, and all that the database says of itself fits.
        self.assertEqual(json.loads(self.scope("--home", str(home), "--agreement", self.agreement, "--json"))["exchanges"], 4)
        with contextlib.closing(sqlite3.connect(home / "broker.sqlite")) as database, database:
            database.execute("UPDATE log SET size = size - 3")
        result = run(BIN / "concordat", "incident", "scope", "--home", home, "--agreement", self.agreement, "--json", check=False)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn("exchanges", json.loads(result.stdout))
        self.assertIn("exchanges may be missing from what was counted", json.loads(result.stderr)["error"])
        (home / "keys" / "ledger.head").unlink()
        self.assertIn("exchanges may be missing", self.scope("--home", str(home), "--agreement", self.agreement, code=1))

    def test_an_entry_that_was_altered_is_counted_and_told_of(self):
        home = self.broker.dir / "altered"
        run(BIN / "concordat", "backup", "--home", self.broker.home, home)
        question = ["--home", str(home), "--agreement", self.agreement]
        before = json.loads(self.scope(*question, "--json"))
        index = before["first"]["entry"]
        self.assertLess(index, 256)
        with contextlib.closing(sqlite3.connect(home / "broker.sqlite")) as database, database:
            [[body]] = database.execute("SELECT body FROM entry WHERE idx = ?", [index])
            # The last byte is of the number of bytes that were released.
            altered = body[:-1] + bytes([body[-1] ^ (2 if body[-1] != 2 else 4)])
            database.execute("UPDATE entry SET body = ? WHERE idx = ?", [altered, index])
        for keys in (False, True):
            if keys:
                shutil.copytree(self.broker.home / "keys", home / "keys")
            result = run(BIN / "concordat", "incident", "scope", *question, "--json", check=False)
            self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
            after = json.loads(result.stdout)
            self.assertEqual((after["exchanges"], after["records_released"]), (4, 4))
            self.assertNotEqual(after["recipients"][0]["bytes_released"], before["recipients"][0]["bytes_released"])
            self.assertIn(f"what was counted may be wrong: ledger: entry {index} is not the one", result.stderr)
            self.assertNotIn("may be missing", result.stderr)

    def test_without_the_key_nobody_is_counted(self):
        key = self.broker.home / "keys" / "openings"
        kept = key.read_bytes()
        key.rename(key.with_name("openings.away"))
        try:
            said = json.loads(self.scope("--agreement", self.agreement, "--json"))
            self.assertEqual((said["exchanges"], said["people"], said["records_no_longer_countable"]), (4, 0, 4))
            key.write_bytes(bytes(len(kept)))
            key.chmod(0o600)
            self.assertIn("keys/openings", self.scope("--agreement", self.agreement, code=1))
        finally:
            key.unlink(missing_ok=True)
            key.with_name("openings.away").rename(key)


if __name__ == "__main__":
    unittest.main()
