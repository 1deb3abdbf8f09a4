"""Officers at the command line: who decides, what is signed, and what stops a signature before it is made."""
import base64
import json
import unittest

from parties import BIN, Broker, run


class Officers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker()
        cls.addClassCleanup(cls.broker.close)
        cls.broker.import_awards(200)
        cls.terms = cls.broker.dir / "terms.json"
        cls.terms.write_text(json.dumps(cls.broker.template("council-tax-reduction", "uc.awards")))

    def say(self, who, *arguments):
        return self.broker.cli(who, "agreement", *arguments, "--json")

    def fails(self, code, who, *arguments):
        result = self.broker.cli(who, "agreement", *arguments, check=False)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result.stderr

    def in_review(self):
        name = json.loads(self.say("leeds-cc/requester", "draft", self.terms).stdout)["agreement"]
        self.say("leeds-cc/requester", "submit", name)
        self.say("dwp/case-officer", "take-up", name)
        return name

    def advise(self, name, side, objects=()):
        for role in ("legal", "dpo", "security"):
            verdict = ("must-not-proceed", "--reason", "The risk is too high.") if role in objects else ("no-concern",)
            self.say(f"{side}/{role}", "advise", name, "--role", role, "--verdict", *verdict)

    def shown(self, name):
        return json.loads(self.say("dwp/requester", "show", name).stdout)

    def test_a_risk_owner_accepts_a_departure_from_advice(self):
        name = self.in_review()
        self.advise(name, "leeds-cc")
        self.say("leeds-cc/asset-owner", "decide", name, "--verdict", "approve")
        self.advise(name, "dwp", objects=("dpo",))
        accepting = ("decide", name, "--role", "risk-owner", "--verdict", "approve")
        # There is no departure before the asset owner departs.
        self.assertIn("no departure to accept", self.fails(1, "dwp/risk-owner", *accepting, "--reason", "We bear it."))
        self.say("dwp/asset-owner", "decide", name, "--verdict", "approve", "--reason", "It is needed by law.")
        waiting = self.shown(name)
        self.assertEqual(waiting["state"], "AGREEMENT_STATE_IN_REVIEW")
        self.assertIn("senior information risk owner", " ".join(waiting["outstanding"]))
        self.assertIn("do not have the role senior information risk owner", self.fails(1, "dwp/asset-owner", *accepting, "--reason", "We bear it."))
        self.assertIn("needs a reason", self.fails(1, "dwp/risk-owner", *accepting))
        self.say("dwp/risk-owner", *accepting, "--reason", "We bear it.")
        self.assertEqual(self.shown(name)["state"], "AGREEMENT_STATE_APPROVED")
        self.assertIn("--role risk-owner", run(BIN / "concordat", "agreement", "--help").stdout)

    def test_nothing_is_signed_over_other_terms_than_were_read(self):
        name = self.in_review()
        advising = ("advise", name, "--role", "legal", "--verdict", "no-concern")
        read = base64.b64decode(self.shown(name)["termsDigest"]).hex()
        other = ("0" if read[0] != "0" else "1") + read[1:]
        for wrong, code, words in (
            (("--terms-digest", other), 1, "are not those that you read"), (("--version", "2"), 1, "has version 1 now"),
            (("--terms-digest", "abc"), 2, "64 hexadecimal digits"),
        ):
            text = self.fails(code, "dwp/legal", *advising, *wrong)
            self.assertIn(words, text)
            self.assertNotIn("I advise", text)
        self.say("dwp/legal", *advising, "--terms-digest", read, "--version", "1")
        self.assertEqual(len(self.shown(name)["acts"]), 1)

    def test_what_cannot_be_taken_is_refused_before_it_is_signed(self):
        name = self.in_review()
        for who, command, words in (
            ("dwp/signatory", ("sign", name), "not possible while the agreement is in-review"),
            ("dwp/asset-owner", ("decide", name, "--verdict", "approve"), "Advice is still missing"),
        ):
            text = self.fails(1, who, *command)
            self.assertIn(words, text)
            self.assertNotRegex(text, "I sign|I decide")
        self.advise(name, "dwp")
        self.say("dwp/asset-owner", "decide", name, "--verdict", "approve")
        text = self.fails(1, "dwp/asset-owner", "decide", name, "--verdict", "approve")
        self.assertIn("has decided on these terms", text)
        self.assertNotIn("I decide", text)

    def test_a_reason_code_is_what_its_help_says(self):
        name = json.loads(self.say("leeds-cc/requester", "draft", self.terms).stdout)["agreement"]
        for step in ("submit", "take-up", "return", "suspend", "resume", "terminate", "withdraw"):
            told = " ".join(run(BIN / "concordat", "agreement", step, "--help").stdout.split())
            self.assertIn("1 to 64 capital letters and underscores, no digits", told, step)
            for code in ("INCIDENT_2", "incident", "A" * 65):
                self.assertIn("1 to 64 of A-Z and _", self.fails(2, "leeds-cc/requester", step, name, "--reason", code), step)
        self.say("leeds-cc/requester", "withdraw", name, "--reason", "A_" * 32)

    def test_a_draft_that_cannot_be_submitted_is_said_to_be(self):
        terms = json.loads(self.terms.read_text())
        terms["datasets"][0]["fields"][0]["path"] = "no_such_field"
        file = self.broker.dir / "unfinished.json"
        file.write_text(json.dumps(terms))
        result = self.broker.cli("leeds-cc/requester", "agreement", "draft", file)
        self.assertIn("is draft", result.stdout)
        self.assertRegex(result.stderr, r"it cannot be submitted yet:\n  error: .*no_such_field")
        name = result.stdout.split()[0]
        result = self.broker.cli("leeds-cc/requester", "agreement", "edit", name, self.terms)
        self.assertEqual(result.stderr, "")
        shown = self.broker.cli("leeds-cc/requester", "agreement", "show", name).stdout
        self.assertIn(f"read the terms: concordat agreement show {name} --terms", shown)


if __name__ == "__main__":
    unittest.main()
