"""The command line: what a person who got something wrong is told, and with which exit code."""
import base64
import hashlib
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from parties import BIN, COUNCIL, ROOT, Broker, run

# Names of this project's or a library's own types, which are of no use to anybody who reads a message.
RAW = re.compile(r"\b[a-z]+[A-Z]\w*\(|Error Domain|SingleConnectionFailure|badPEM|errno|Swift\.")


class CommandLine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker()
        cls.addClassCleanup(cls.broker.close)

    def fails(self, code, *arguments, who="operator/administrator", **changed):
        """The message of a command that must end with that code."""
        env = {**self.broker.identity(who), **{name: str(value) for name, value in changed.items()}}
        result = run(BIN / "concordat", *arguments, env=env, check=False)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        self.assertNotRegex(result.stderr, RAW)
        return result.stderr

    def file(self, name, text):
        path = self.broker.dir / name
        path.write_text(text)
        return path

    def issue(self, name, usage, days=5):
        """A certificate of the broker's own authority and its key, beside the others."""
        pki = self.broker.pki
        extensions = self.file("extensions", f"basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage={usage}\n")
        run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", pki / f"{name}.key")
        (pki / f"{name}.key").chmod(0o600)
        run("openssl", "req", "-new", "-key", pki / f"{name}.key", "-subj", f"/CN={name}", "-out", pki / "request")
        run("openssl", "x509", "-req", "-in", pki / "request", "-CA", pki / "ca.pem", "-CAkey", pki / "ca.key", "-CAcreateserial", "-days", days,
            "-extfile", extensions, "-out", pki / f"{name}.pem")

    def test_wrong_usage_ends_with_2_and_help_and_version_with_0(self):
        query = ("query", "--token", "x", "--agreement", "ISA-2026-0001", "--dataset", "a.b", "--purpose", "x", "--record", "y")
        for arguments in (("nonsense",), ("query",), ("status", "--colour"), (*query, "--page-size", "0"), (*query, "--page-size", "1001")):
            self.assertIn("Usage", self.fails(2, *arguments))
        issue = ("token", "issue", "--agreement", "ISA-2026-0001@1", "--dataset", "a.b", "--purpose", "x")
        for arguments, words in (
            ((*issue, "--seconds", "0"), "--seconds must be from 1 to 600"), ((*issue, "--seconds", "601"), "--seconds must be from 1 to 600"),
            (("ledger", "denials", "--limit", "0"), "--limit must be from 1 to 100"), (("ledger", "denials", "--limit", "101"), "--limit must be from 1 to 100"),
        ):
            self.assertIn(words, self.fails(2, *arguments, who=COUNCIL))
        self.assertRegex(run(BIN / "concordat", "--version").stdout, r"^\S*[0-9]+\.[0-9]+\.[0-9]+\n$")
        self.assertIn("Exit codes", run(BIN / "concordat", "--help").stdout)

    def test_watches_print_what_is_there_and_then_what_changes(self):
        follow = subprocess.Popen(
            [BIN / "concordat", "ledger", "follow", "--json"], env={**os.environ, **self.broker.identity("nao/auditor")}, stdout=subprocess.PIPE, text=True)
        try:
            first = json.loads(follow.stdout.readline())
            self.assertEqual(first["checkpoint"].splitlines()[1], first["size"])
            # A refusal is an entry.
            self.fails(1, "agreement", "watch", "ISA-2026-9999", who=COUNCIL)
            self.assertGreater(int(json.loads(follow.stdout.readline())["size"]), int(first["size"]))
        finally:
            follow.kill()
            follow.wait()
            follow.stdout.close()
        revocations = subprocess.Popen(
            [BIN / "concordat", "token", "revocations"], env={**os.environ, **self.broker.identity(COUNCIL)}, stdout=subprocess.PIPE, text=True)
        try:
            self.assertRegex(revocations.stdout.readline(), r"^broker \d+\n$")
        finally:
            revocations.kill()
            revocations.wait()
            revocations.stdout.close()

    def test_a_token_may_come_from_standard_input_and_an_agreement_goes_without_its_version(self):
        asking = ("query", "--agreement", "ISA-2026-0001", "--dataset", "a.b", "--purpose", "x", "--record", "y")
        result = subprocess.run(
            [str(BIN / "concordat"), *asking, "--token", "-"], input="a b\n", capture_output=True, text=True,
            env={**os.environ, **self.broker.identity(COUNCIL)})
        self.assertEqual((result.returncode, "the token has characters that no token has" in result.stderr), (2, True), result.stderr)
        text = self.fails(2, *(part.replace("0001", "0001@1") for part in asking), "--token", "x", who=COUNCIL)
        self.assertIn("without its version here, such as ISA-2026-0001", text)

    def test_the_digest_that_terms_want_is_printed_as_they_want_it(self):
        records, labels = self.file("d.csv", "nino\nQQ123456A\n"), self.file(
            "d.labels.yaml", "dataset: dwp.digest\ntitle: D\nowner: dwp\nsynthetic: true\nfields:\n  nino: {level: personal, role: direct-id}\n")
        self.broker.cli("dwp/asset-owner", "catalogue", "import", records, "--labels", labels)
        digest = json.loads(self.broker.cli(COUNCIL, "catalogue", "describe", "dwp.digest", "--json").stdout)["schema"]["digest"]
        printed = self.broker.cli(COUNCIL, "catalogue", "describe", "dwp.digest", "--schema-digest").stdout
        self.assertEqual(printed, base64.b64decode(digest).hex() + "\n")

    def test_the_auditors_program_says_every_failure_to_programs_too(self):
        vkey = run(BIN / "concordat", "ledger", "vkey", "--home", self.broker.home).stdout.strip()
        copy = self.broker.dir / "json-copy"
        self.broker.cli("operator/administrator", "ledger", "export", copy)
        for code, words, arguments in (
            (2, "--vkey: there is no file nofile", ("verify", copy, "--vkey", "nofile")),
            (2, "--quorum asks for 1", ("verify", copy, "--vkey", vkey, "--quorum", "1")),
            (2, "there is no entry 999999", ("explain", "999999", copy, "--vkey", vkey)),
            (2, "there is no entry 999999", ("proof", "999999", copy, "--vkey", vkey)),
            (3, "there is no checkpoint", ("verify", copy / "nowhere", "--vkey", vkey)),
            (3, "does not exist", ("receipt", copy / "0.entry", copy / "0.tlog-proof", "--vkey", vkey)),
        ):
            result = run(BIN / "concordat-audit", *arguments, "--json", check=False)
            said = json.loads(result.stdout)
            self.assertEqual((result.returncode, said["status"], said["verified"]), (code, code, False))
            self.assertIn(words, said["message"])
            self.assertIn(words, result.stderr)
            self.assertEqual(run(BIN / "concordat-audit", *arguments, check=False).stdout, "")

    def test_both_programs_end_with_141_where_their_reader_has_gone_and_say_that_an_output_is_full(self):
        vkey = run(BIN / "concordat", "ledger", "vkey", "--home", self.broker.home).stdout.strip()
        copy = self.broker.dir / "gone-copy"
        self.broker.cli("operator/administrator", "ledger", "export", copy)
        for command, full in (
            (("concordat", "agreement", "template"), 1), (("concordat-audit", "--help"), 3), (("concordat-audit", "verify", copy, "--vkey", vkey), 3),
            (("concordat-audit", "proof", "0", copy, "--vkey", vkey), 3), (("concordat-audit", "explain", "0", copy, "--vkey", vkey, "--json"), 3),
        ):
            program = [str(BIN / command[0]), *map(str, command[1:])]
            reading, writing = os.pipe()
            os.close(reading)
            result = subprocess.run(program, stdout=writing, stderr=subprocess.PIPE, text=True)
            os.close(writing)
            self.assertEqual(128 - result.returncode if result.returncode < 0 else result.returncode, 141, command)
            self.assertEqual(result.stderr, "")
            with open("/dev/full", "wb") as out:
                result = subprocess.run(program, stdout=out, stderr=subprocess.PIPE, text=True)
            self.assertEqual((result.returncode, result.stderr.count("could not be written")), (full, 1), command)

    def test_an_empty_token_is_said_to_be_empty(self):
        text = self.fails(
            2, "query", "--token", "", "--agreement", "ISA-2026-0001", "--dataset", "a.b", "--purpose", "x", "--record", "y", who=COUNCIL)
        self.assertIn("the token is empty", text)

    def test_what_is_too_long_for_a_token_is_said_to_be(self):
        for command in (("query", "--token", "x" * 120_000, "--agreement", "ISA-2026-0001", "--dataset", "a.b", "--purpose", "x", "--record", "y"),
                        ("token", "inspect", "x" * 120_000), ("token", "revoke", "x" * 60_000 + "..")):
            self.assertRegex(self.fails(2, *command, who=COUNCIL), "the token is [0-9]+ bytes long, and no token has more than 8192")

    def test_what_is_not_utf_8_is_told_by_its_place(self):
        latin = "caf\xe9".encode("latin-1")
        result = subprocess.run(
            [str(BIN / "concordat"), "agreement", "return", "ISA-2026-0001", "--comment", b"Well.\n" + latin], capture_output=True,
            env={**os.environ, **self.broker.identity("dwp/case-officer")})
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"--comment is not UTF-8 at line 2, column 4", result.stderr)
        file = self.broker.dir / "latin.yaml"
        file.write_bytes(b"title: x\nname: " + latin + b"\n")
        for arguments in (("registry", "apply", file), ("agreement", "check", file), ("catalogue", "import", "x.csv", "--labels", file)):
            text = self.fails(2, *arguments)
            self.assertIn(f"{file}:2:10: is not UTF-8", text)
            self.assertNotIn("caf", text)

    def test_what_is_no_yaml_is_told_without_its_content(self):
        file = self.file("canary.yaml", "organisations:\n  - {id: x, name: 'Planted-Canary, name: 1}\n")
        for arguments in (("registry", "apply", file), ("agreement", "check", file), ("catalogue", "import", "x.csv", "--labels", file)):
            text = self.fails(2, *arguments)
            self.assertIn(f"{file}:3:1: is not YAML", text)
            self.assertNotIn("Canary", text)

    def test_a_tab_in_yaml_is_said_to_be_one(self):
        file = self.file("tab.yaml", "organisations:\n\t- {id: x, name: X}\n")
        for arguments in (("registry", "apply", file), ("agreement", "check", file), ("catalogue", "import", "x.csv", "--labels", file)):
            self.assertRegex(self.fails(2, *arguments), "tab.yaml:2:[0-9]+: is not YAML: the line begins with a tab; indent with spaces")

    def test_an_administrator_who_names_nobody_is_told_the_field(self):
        self.assertIn("id: there is no such thing as a principal of this name", self.fails(1, "registry", "show", "nobody"))
        text = self.fails(1, "registry", "add-principal", "some-one", "--organisation", "nowhere", "--name", "X")
        self.assertIn("organisation: there is no such thing as an organisation of this name", text)

    def test_an_agreement_without_its_version_is_said_to_lack_it(self):
        for agreement in ("ISA-2026-0001", "@1", "ISA-2026-0001@0", "ISA-2026-0001@x", ""):
            text = self.fails(2, "token", "issue", "--agreement", agreement, "--dataset", "a.b", "--purpose", "x", who=COUNCIL)
            self.assertIn("ISA-2026-0001@1", text)

    def test_what_is_no_token_is_not_called_dead(self):
        for command in ("revoke", "introspect"):
            for token in ("", "x"):
                self.assertIn("no token", self.fails(2, "token", command, token, who=COUNCIL))

    def test_a_full_or_closed_output_ends_with_a_sentence_or_quietly(self):
        for end, code, text in (("/dev/full", 1, "could not be written"), (None, 141, "")):
            command = [str(BIN / "concordat"), "agreement", "template"]
            if end:
                with open(end, "wb") as out:
                    result = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True)
            else:
                reading, writing = os.pipe()
                os.close(reading)
                result = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True)
                os.close(writing)
            # Where nothing catches SIGPIPE, the signal ends it: a shell calls both 141.
            self.assertEqual(128 - result.returncode if result.returncode < 0 else result.returncode, code, result.stderr)
            self.assertIn(text, result.stderr)
            self.assertNotIn("Fatal", result.stderr)

    def test_a_register_that_says_otherwise_is_not_called_the_same(self):
        for principal, words in (
            ("{id: somebody-new, organisation: dwp, name: X, roles: [legal], certificate: dwp/legal.pem}", "enrolled for somebody else"),
            ("{id: dwp-legal, organisation: dwp, name: X, roles: [signatory], certificate: dwp/legal.pem}", "other than the file says"),
        ):
            file = self.file("again.yaml", f"principals:\n  - {principal}\n")
            text = self.fails(1, "registry", "apply", file, "--certificates", self.broker.pki)
            self.assertIn(words.replace("other than", "another organisation, kind or roles than"), text)

    def principal(self, id):
        return json.loads(self.broker.cli("operator/administrator", "registry", "show", id, "--json").stdout)

    def apply(self, text, code=0):
        file = self.file("applied.yaml", "principals:\n" + text)
        arguments = ("registry", "apply", file, "--certificates", self.broker.pki)
        return self.broker.cli("operator/administrator", *arguments).stdout if code == 0 else self.fails(code, *arguments)

    def test_a_renewed_certificate_in_a_registry_file_is_enrolled_and_another_delegation_refused(self):
        entry = "  - {{id: voa-deputy, organisation: voa, name: X, roles: [signatory], certificate: {}, delegation: {{from: {}, until: 2036-01-01, highest_sensitivity: special-category, most_rows_per_day: {}}}}}\n"
        self.issue("deputy", "clientAuth")
        self.issue("renewed", "clientAuth")
        self.assertEqual(self.apply(entry.format("deputy.pem", "2026-01-01", 2000000)), "2 added, 0 were there already\n")
        text = self.apply(entry.format("renewed.pem", "2026-01-01", 7), 1)
        for words in ("principals.0 (voa-deputy)", "another delegation (number ", "end-delegation", "Nothing was changed"):
            self.assertIn(words, text)
        self.assertEqual(len(self.principal("voa-deputy")["certificates"]), 1)
        self.assertEqual(
            self.apply(entry.format("renewed.pem", "2026-01-01", 2000000)).splitlines(),
            ["1 added, 2 were there already", "  voa-deputy: certificate enrolled; an earlier one goes on until it ends or is retired"])
        there = self.principal("voa-deputy")
        self.assertEqual((len(there["certificates"]), len(there["delegations"])), (2, 1))
        self.assertEqual(self.apply(entry.format("renewed.pem", "2026-01-01", 2000000)), "0 added, 2 were there already\n")
        # What was ended does not come back by a file that was written before.
        self.broker.cli("operator/administrator", "registry", "end-delegation", there["delegations"][0]["number"])
        self.assertIn("it was ended", self.apply(entry.format("renewed.pem", "2026-01-01", 2000000), 1))
        self.apply(entry.format("renewed.pem", "2026-01-02", 2000000))
        # Of two certificates neither is taken for the one that is meant.
        both = self.broker.dir / "both.pem"
        both.write_bytes(b"".join((self.broker.pki / name).read_bytes() for name in ("renewed.pem", "ca.pem")))
        refused = self.broker.cli("operator/administrator", "registry", "retire-certificate", both, "--reason", "test", check=False)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("holds 2 certificates", refused.stderr)
        self.broker.cli("operator/administrator", "registry", "retire-certificate", self.broker.pki / "renewed.pem", "--reason", "test")
        self.assertIn("it is retired", self.apply(entry.format("renewed.pem", "2026-01-02", 2000000), 1))
        shown = self.broker.cli("operator/administrator", "registry", "show", "voa-deputy").stdout
        self.assertIn("at most 2000000 rows a day, up to special-category, third parties not", shown)

    def test_a_fault_in_a_registry_file_names_the_file_and_the_entry(self):
        self.issue("for-servers", "serverAuth")
        self.issue("over", "clientAuth", days=-1)
        first = "  - {id: one-more, organisation: dwp, name: X}\n"
        for entry, code, words in (
            ("{id: two-more, organisation: dwp, name: X, certificate: over.pem}", 2, "has expired"),
            ("{id: two-more, organisation: dwp, name: X, certificate: for-servers.pem}", 2, "is not for clients"),
            ("{id: two-more, organisation: dwp, name: X, roles: [signatory], delegation: {from: soon, until: 2036-01-01, highest_sensitivity: personal, most_rows_per_day: 1}}", 2, "from must be a day"),
            ("{id: two-more, organisation: dwp, name: X, roles: [signatory], delegation: {from: 2036-01-02, until: 2036-01-01, highest_sensitivity: personal, most_rows_per_day: 1}}", 2, "must be later than from"),
            ("{id: two-more, organisation: dwp, name: X, roles: [signatory], delegation: {from: 2020-01-02, until: 2021-01-01, highest_sensitivity: personal, most_rows_per_day: 1}}", 2, "is over already"),
            ("{id: one-more, organisation: dwp, name: X}", 2, "twice"),
        ):
            text = self.apply(first + f"  - {entry}\n", code)
            self.assertRegex(text, rf"applied\.yaml: principals\.1 \((two|one)-more\): .*{words}")
        self.assertIn("must have organisations or principals", self.fails(2, "registry", "apply", self.file("empty.yaml", "")))
        for dates, words in ((("2026-01-01", "2025-01-01"), "--until, the first day"), (("2024-01-01", "2025-01-01"), "--until is over"), (("soon", "2025-01-01"), "--from must be a day")):
            self.assertIn(words, self.fails(2, "registry", "delegate", "dwp-signatory", "--from", dates[0], "--until", dates[1], "--most-rows-per-day", "1"))
        self.assertIn("is not for clients", self.fails(2, "registry", "enrol", "dwp-legal", self.broker.pki / "for-servers.pem"))

    def test_a_file_that_is_applied_again_writes_no_refusal(self):
        before = json.loads(self.broker.cli("operator/administrator", "ledger", "denials", "--json").stdout)
        text = self.broker.cli(
            "operator/administrator", "registry", "apply", ROOT / "Deploy/demo/registry.yaml", "--certificates", self.broker.pki).stdout
        self.assertRegex(text, r"^0 added, \d+ were there already\n$")
        self.assertEqual(json.loads(self.broker.cli("operator/administrator", "ledger", "denials", "--json").stdout), before)

    def test_a_retired_organisations_people_are_shown_as_of_one(self):
        self.broker.cli("operator/administrator", "registry", "add-organisation", "gone-cc", "--name", "Gone")
        self.broker.cli("operator/administrator", "registry", "add-principal", "gone-cc-legal", "--organisation", "gone-cc", "--name", "X", "--role", "legal")
        self.broker.cli("operator/administrator", "registry", "retire-organisation", "gone-cc", "--reason", "test")
        self.assertIn("of a retired organisation", self.broker.cli("operator/administrator", "registry", "principals", "--organisation", "gone-cc").stdout)
        self.assertIn("gone-cc is retired", self.broker.cli("operator/administrator", "registry", "show", "gone-cc-legal").stdout)

    def test_a_token_that_is_not_given_is_a_refusal_that_says_where_to_look(self):
        for agreement in ("ISA-2026-0001@1", "ISA-2026-9999@7"):
            text = self.fails(1, "token", "issue", "--agreement", agreement, "--dataset", "a.b", "--purpose", "x", who=COUNCIL)
            for words in ("INVALID_SCOPE", "concordat agreement list", f"agreement show {agreement[:13]} --terms"):
                self.assertIn(words, text)

    def test_a_certificate_that_is_not_registered_is_said_to_be_not(self):
        self.issue("stranger", "clientAuth")
        mine = {"CONCORDAT_CERT": self.broker.pki / "stranger.pem", "CONCORDAT_KEY": self.broker.pki / "stranger.key"}
        for command in (("registry", "whoami"), ("status",), ("agreement", "watch")):
            text = self.fails(1, *command, **mine)
            self.assertIn("your certificate is not registered here, or is retired", text)
            self.assertNotIn("oken with", text)

    def test_what_tls_refuses_is_said(self):
        pki = self.broker.pki
        for name, usage, days, words in (
            ("ended", "clientAuth", -1, "ended.pem: this certificate ended at"), ("server-only", "serverAuth", 5, "server-only.pem: this certificate is not for clients"),
        ):
            self.issue(name, usage, days)
            self.assertIn(words, self.fails(2, "status", CONCORDAT_CERT=pki / f"{name}.pem", CONCORDAT_KEY=pki / f"{name}.key"))
        strange = self.broker.dir / "strange"
        run(ROOT / "Certificates/make-dev-pki", strange)
        text = self.fails(3, "status", CONCORDAT_CERT=strange / "nao/auditor.pem", CONCORDAT_KEY=strange / "nao/auditor.key")
        self.assertIn("does not know the authority that issued your certificate (TLS alert 48, unknown_ca)", text)
        self.assertIn("the server's certificate was not issued by an authority that is trusted here", self.fails(3, "status", CONCORDAT_CA=strange / "ca.pem"))
        # The same address in a spelling that the broker's certificate does not have.
        self.assertIn("the server's certificate is of another name", self.fails(3, "status", CONCORDAT_URL=f"https://127.1:{self.broker.api}"))

    def test_a_folder_is_not_a_file(self):
        self.assertIn("not a folder", self.fails(2, "registry", "apply", self.broker.dir))

    def test_the_public_address_is_said_not_to_take_calls(self):
        self.assertIn("not the public one", self.fails(2, "status", CONCORDAT_URL=f"https://localhost:{self.broker.public}"))

    def test_files_that_cannot_be_used_are_named(self):
        pki = self.broker.pki
        self.assertIn("ca.key is not the private key", self.fails(2, "status", CONCORDAT_KEY=pki / "ca.key"))
        self.assertIn("ca.key holds no certificate", self.fails(2, "status", CONCORDAT_CERT=pki / "ca.key"))
        self.assertIn("ca.key holds no certificate", self.fails(2, "status", CONCORDAT_CA=pki / "ca.key"))
        self.assertIn("nothing listens there", self.fails(3, "status", CONCORDAT_URL="https://localhost:1"))
        self.fails(3, "status", CONCORDAT_CA=pki / "nao/auditor.pem")

    def test_a_private_key_that_others_can_read_is_refused(self):
        key = self.file("open.key", (self.broker.pki / "nao/auditor.key").read_text())
        key.chmod(0o644)
        text = self.fails(2, "registry", "whoami", who="nao/auditor", CONCORDAT_KEY=key)
        self.assertIn(f"chmod 600 {key}", text)
        result = run(
            BIN / "concordat-audit", "verify", f"https://localhost:{self.broker.api}/ledger", "--vkey",
            run(BIN / "concordat", "ledger", "vkey", "--home", self.broker.home).stdout.strip(), "--ca", self.broker.pki / "ca.pem", "--cert",
            self.broker.pki / "nao/auditor.pem", "--key", key, check=False)
        self.assertEqual((result.returncode, f"chmod 600 {key}" in result.stderr), (2, True))

    def test_a_registry_file_with_an_unknown_key_changes_nothing(self):
        for text, key in (
            ("organisations:\n  - {id: x, name: X, colour: red}\n", "organisations.0.colour"),
            ('{"organisations": [{"id": "x", "name": "X"}], "principels": []}', "principels"),
            ("organisations:\n  - {id: x, name: X}\nprincipals:\n  - {id: y, organisation: x, name: Y, role: [legal]}\n", "principals.0.role"),
            ("organisations:\n  - {id: x, name: X, name: Y}\n", "YAML"),
        ):
            self.assertIn(key, self.fails(2, "registry", "apply", self.file("registry.yaml", text)))
        listed = json.loads(self.broker.cli("operator/administrator", "registry", "organisations", "--json").stdout)
        self.assertNotIn("x", [one["id"] for one in listed["organisations"]])

    def test_a_registry_file_with_another_name_for_an_organisation_changes_nothing(self):
        text = "organisations:\n  - {id: leeds-cc, name: %s}\n  - {id: bath, name: Bath}\n"
        said = self.fails(1, "registry", "apply", self.file("names.yaml", text % "Leeds Borough Council"))
        self.assertRegex(said, r"organisations.0 \(leeds-cc\): is registered as Leeds City Council, and the file says Leeds Borough Council. Nothing was changed.")
        listed = json.loads(self.broker.cli("operator/administrator", "registry", "organisations", "--json").stdout)
        self.assertNotIn("bath", [one["id"] for one in listed["organisations"]])

    def test_a_fault_of_a_command_that_was_asked_for_json_is_one_object(self):
        # What the broker is not asked leaves no refusal behind for other tests to find.
        other = self.file("names.yaml", "organisations: [{id: leeds-cc, name: Leeds}]")
        for arguments, code, words in (
            (("registry", "apply", other), 1, "is registered as"), (("registry", "apply", "absent.yaml"), 2, "absent.yaml"),
            (("registry", "show"), 2, "Missing expected argument"), (("status", "--url", "https://localhost:1"), 3, "localhost"),
        ):
            said = self.fails(code, *arguments, "--json")
            self.assertEqual(said.count("\n"), 1, said)
            fault = json.loads(said)
            self.assertEqual((sorted(fault), fault["exit_code"]), (["error", "exit_code"], code))
            self.assertIn(words, fault["error"])
        self.assertTrue(self.fails(2, "registry", "apply", "absent.yaml").startswith("concordat: "))

    def test_receipts_that_could_not_be_kept_cost_no_exchange(self):
        folder = self.file("occupied", "")
        text = self.fails(
            2, "query", "--token", "x", "--agreement", "ISA-2026-0001", "--dataset", "a.b", "--purpose", "x", "--record", "y", "--receipts", folder,
            who=COUNCIL)
        self.assertIn("nothing was asked", text)

    def test_an_import_that_is_refused_says_the_row_and_nothing_of_the_value(self):
        labels = self.file(
            "x.labels.yaml", "dataset: dwp.x\ntitle: X\nowner: dwp\nkey: [nino]\nsynthetic: true\nfields:\n"
            "  nino: {level: personal, role: subject-key, domain: nino, canon: nino.demo.v1}\n  name: {level: personal, role: direct-id}\n")
        for rows, words in (("QQ123456A,a\nqq123457a,b\n", "row 2, field nino"), ("QQ123456A,a\nQQ123456A,b\n", "the same key as row 1")):
            records = self.file("x.csv", "nino,name\n" + rows)
            text = self.fails(2, "catalogue", "import", records, "--labels", labels, who="dwp/asset-owner")
            self.assertIn(words, text)
            self.assertNotRegex(text, "(?i)qq12345|could not be dropped")

    def test_a_live_revision_is_replaced_only_by_who_says_so(self):
        folder = self.broker.dir / "live"
        folder.mkdir()
        records = folder / "y.csv"
        records.write_text("nino,name\nQQ123456A,a\n")
        labels = folder / "y.labels.yaml"
        good = ("dataset: dwp.y\ntitle: Y\nowner: dwp\nkey: [nino]\nsynthetic: true\nfields:\n"
                "  nino: {level: personal, role: subject-key, domain: nino, canon: nino.demo.v1}\n  name: {level: personal, role: direct-id}\n")
        labels.write_text(good)
        importing = ("catalogue", "import", records, "--labels", labels)
        self.broker.cli("dwp/asset-owner", *importing)
        # The same fields again need no question.
        self.broker.cli("dwp/asset-owner", *importing)
        labels.write_text(good.replace("name: {level: personal", "name: {level: public"))
        self.assertIn("name: would have another label", self.fails(1, *importing, who="dwp/asset-owner"))
        labels.write_text(good.replace("name:", "surname:"))
        records.write_text("nino,surname\nQQ123456A,a\n")
        text = self.fails(1, *importing, who="dwp/asset-owner")
        for words in ("dwp.y revision 2 is live", "name: would vanish", "surname: would be new", "no agreement that you may see", "--replace"):
            self.assertIn(words, text)
        live = json.loads(self.broker.cli("dwp/asset-owner", "catalogue", "describe", "dwp.y", "--json").stdout)
        self.assertEqual((live["revision"], [leaf["path"] for leaf in live["schema"]["leaves"]]), ("2", ["nino", "name"]))
        self.assertIn("revision 3", self.broker.cli("dwp/asset-owner", *importing, "--replace").stdout)

    def test_a_revision_of_far_fewer_rows_is_taken_only_from_who_says_so(self):
        labels = self.file(
            "few.labels.yaml", "dataset: dwp.few\ntitle: F\nowner: dwp\nsynthetic: true\nfields:\n  rent: {level: public, role: attribute}\n")
        importing = ("catalogue", "import", self.file("few.csv", "rent\n" + "1.5\n" * 9), "--labels", labels)
        self.assertEqual(self.broker.cli("dwp/asset-owner", *importing).stdout, "dwp.few revision 1: 9 rows\n")
        self.file("few.csv", "rent\n" + "1.5\n" * 4)
        text = self.fails(1, *importing, who="dwp/asset-owner")
        for words in ("revision 1 is live with 9 rows, and", "few.csv has 4", "nothing was sent", "--replace"):
            self.assertIn(words, text)
        # More than half, and whatever is meant.
        self.file("few.csv", "rent\n" + "1.5\n" * 5)
        self.assertEqual(self.broker.cli("dwp/asset-owner", *importing).stdout, "dwp.few revision 2: 5 rows; revision 1 had 9\n")
        self.file("few.csv", "rent\n1.5\n")
        result = self.broker.cli("dwp/asset-owner", *importing, "--replace", "--json")
        self.assertEqual((json.loads(result.stdout)["revision"], result.stderr), ("3", "dwp.few revision 3: 1 rows; revision 2 had 5\n"))
        for name, text, remedy in (("few.csv", "rent\n", "a header and no rows"), ("few.csv", "", "the file is empty"), ("few.jsonl", "", "has no rows")):
            self.assertIn(remedy, self.fails(2, "catalogue", "import", self.file(name, text), "--labels", labels, "--replace", who="dwp/asset-owner"))
        live = json.loads(self.broker.cli("dwp/asset-owner", "catalogue", "describe", "dwp.few", "--json").stdout)
        self.assertEqual((live["revision"], live["rows"]), ("3", "1"))

    def test_the_line_that_makes_a_column_text_is_told_without_its_value(self):
        labels = self.file(
            "typed.labels.yaml", "dataset: dwp.typed\ntitle: T\nowner: dwp\nsynthetic: true\nfields:\n"
            "  rent: {level: public, role: attribute}\n  year: {level: public, role: attribute}\n")
        file = self.file("typed.csv", "rent,year\n101.5,2019\n99.0,2019\n")
        importing = ("catalogue", "import", file, "--labels", labels)
        self.broker.cli("dwp/asset-owner", *importing)
        self.file("typed.csv", "rent,year\n101.5,2019\n99.0,01.01.2019\n12.5,2019\nplanted,2020\n")
        text = self.fails(1, *importing, who="dwp/asset-owner")
        self.assertIn("rent: would change its type from double to string; line 5 has the first value that does not look like double", text)
        self.assertIn("year: would change its type from int64 to string; line 3 has the first value that does not look like integer", text)
        self.assertNotRegex(text, "planted|01.01")
        self.file("typed.csv", "rent,year\nplanted,2019\n")
        self.assertIn("its first value, in line 2, looks like text", self.fails(1, *importing, who="dwp/asset-owner"))
        # In a first import it is a remark: whoever meant it is not stopped.
        self.file("typed.csv", "rent,year\n101.5,2019\nplanted,2019\n")
        labels.write_text(labels.read_text().replace("dwp.typed", "dwp.typed2"))
        result = self.broker.cli("dwp/asset-owner", *importing)
        self.assertIn("typed.csv: field rent is text: line 3 has the first value that does not look like double", result.stderr)
        self.assertNotIn("planted", result.stderr)

    def test_a_file_is_named_once_and_another_separator_is_told(self):
        folder = self.broker.dir / "folder.csv"
        folder.mkdir()
        labels = self.file("sep.labels.yaml", "dataset: dwp.sep\ntitle: S\nowner: dwp\nsynthetic: true\nfields: {}\n")
        text = self.fails(2, "catalogue", "import", folder, "--labels", labels, who="dwp/asset-owner")
        self.assertEqual(text.count("folder.csv"), 1)
        self.assertIn("not a folder", text)
        for header, words in (("nino;name", "the line has semicolons and no commas"), ("nino name,x", "see that the first line is the header")):
            self.assertIn(words, self.fails(
                2, "catalogue", "import", self.file("sep.csv", header + "\na;b\n"), "--labels", labels, who="dwp/asset-owner"))
        places = self.file("places.csv", "post code\nx\n")
        self.assertIn("places.csv: line 1", self.fails(
            2, "catalogue", "synthesise", "benefit-awards", "--seed", "1", "--people", "1", "--postcodes", places, "--out", self.broker.dir / "s.jsonl"))

    def test_a_labels_file_is_not_taken_as_it_was_written(self):
        folder = self.broker.dir / "fresh"
        folder.mkdir()
        (folder / "z.csv").write_text("nino,name\nQQ123456A,a\n")
        for arguments, words in (([], "label each of the 2 fields"), (["--labels", "z.labels.yaml"], "name has still the template's label")):
            result = subprocess.run(
                [str(BIN / "concordat"), "catalogue", "import", "z.csv", *arguments], cwd=folder, capture_output=True, text=True,
                env={**os.environ, **self.broker.identity("dwp/asset-owner")})
            self.assertEqual(result.returncode, 2)
            self.assertIn(words, result.stderr)

    def test_what_was_answered_is_in_the_copy_and_the_copy_goes_to_no_strange_folder(self):
        for number in range(5):
            self.broker.cli("operator/administrator", "registry", "add-organisation", f"copy-{number}", "--name", "Copy")
            size = json.loads(self.broker.cli("operator/administrator", "status", "--json").stdout)["ledgerSize"]
            self.broker.cli("operator/administrator", "registry", "add-organisation", f"more-{number}", "--name", "More")
            told = json.loads(self.broker.cli("operator/administrator", "ledger", "checkpoint", "--json").stdout)["size"]
            self.assertGreater(told, int(size))
        self.assertRegex(self.fails(2, "ledger", "export", self.broker.dir), r"holds \S+, which no export wrote")
        self.assertIn("empty name", self.fails(2, "ledger", "export", ""))
        self.assertIn("lies in the broker's home", self.fails(2, "ledger", "export", self.broker.home / "sources"))

    def test_another_logs_key_is_not_called_tampering(self):
        copy = self.broker.dir / "copy"
        self.broker.cli("operator/administrator", "ledger", "export", copy)
        key = run(BIN / "concordat", "ledger", "vkey", "--home", self.broker.home).stdout.strip()
        # A well-formed key (C2SP signed-note) of the same name: algorithm 1 and the public key of RFC 8032 section 7.1, test 1.
        name = key.split("+")[0]
        raw = b"\x01" + bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        key_id = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4].hex()
        other = f"{name}+{key_id}+{base64.b64encode(raw).decode()}"
        self.assertEqual(run(BIN / "concordat-audit", "verify", copy, "--vkey", key, check=False).returncode, 0)
        result = run(BIN / "concordat-audit", "verify", copy, "--vkey", other, check=False)
        # The name is the log's, so another log may stand in its place: not a matter of usage.
        self.assertEqual(result.returncode, 1)
        self.assertIn("is not signed with --vkey", result.stderr)
        self.assertNotIn("TAMPERED", result.stderr)

    def test_a_program_reads_keys_and_proofs_as_plain_json(self):
        keys = json.loads(self.broker.cli(COUNCIL, "token", "keys", "--json").stdout)
        self.assertEqual([(key["kty"], key["crv"]) for key in keys["keys"]], [("EC", "P-256")])
        copy = self.broker.dir / "proofs"
        self.broker.cli("operator/administrator", "ledger", "export", copy)
        vkey = run(BIN / "concordat", "ledger", "vkey", "--home", self.broker.home).stdout.strip()
        proving = (BIN / "concordat-audit", "proof", "0", copy, "--vkey", vkey)
        shown = json.loads(run(*proving, "--json").stdout)
        self.assertEqual((shown["index"], sorted(shown)), (0, ["index", "leaf", "proof"]))
        self.assertEqual(shown["proof"], run(*proving).stdout)
        file = self.broker.dir / "0.tlog-proof"
        written = json.loads(run(*proving, "--json", "-o", file).stdout)
        self.assertEqual(written, {"index": 0, "leaf": shown["leaf"], "file": str(file)})
        self.assertEqual(file.read_text(), shown["proof"])
        self.assertEqual(run(*proving, "-o", file).stdout, "")

    def test_nothing_is_drawn_where_no_terminal_is(self):
        records, labels = self.file("w.csv", "nino,name\nQQ123456A,a\n"), self.file(
            "w.labels.yaml", "dataset: dwp.w\ntitle: W\nowner: dwp\nkey: [nino]\nsynthetic: true\nfields:\n"
            "  nino: {level: personal, role: subject-key, domain: nino, canon: nino.demo.v1}\n  name: {level: personal, role: direct-id}\n")
        result = self.broker.cli("dwp/asset-owner", "catalogue", "import", records, "--labels", labels)
        self.assertEqual((result.stdout, result.stderr), ("dwp.w revision 1: 1 rows\n", ""))
        for arguments in (["--help"], ["catalogue", "--help"], ["nonsense"]):
            result = run(BIN / "concordat", *arguments, check=False)
            self.assertNotRegex(result.stdout + result.stderr, "[\x1b\r]")

    def test_a_token_is_shown_as_one_object_where_a_program_reads(self):
        token = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.AAAA"
        shown = json.loads(run(BIN / "concordat", "token", "inspect", token, "--json").stdout)
        self.assertEqual(shown, {"header": {"alg": "ES256"}, "claims": {"sub": "x"}})
        self.assertEqual(run(BIN / "concordat", "token", "inspect", token).stdout, '{"alg":"ES256"}\n{"sub":"x"}\n')
        self.fails(2, "token", "inspect", "YQ.YQ.YQ")


class NewHome(unittest.TestCase):
    def test_init_refuses_what_serve_would_refuse_and_names_the_option(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            pki = folder / "pki"
            run(ROOT / "Certificates/make-dev-pki", pki)
            good = {
                "--home": folder / "home", "--origin": "concordat.test/ledger", "--operator": "operator", "--operator-name": "Test operator",
                "--administrator-certificate": pki / "operator/administrator.pem", "--certificate": pki / "broker.pem", "--key": pki / "broker.key",
                "--client-authorities": pki / "ca.pem"}
            for option, value, words in (
                ("--home", "", "--home is empty"), ("--key", pki / "ca.key", "--certificate, --key or --client-authorities: "),
                ("--certificate", pki / "broker.key", "--certificate, --key or --client-authorities: "), ("--key", "", "--key: "),
                ("--client-authorities", pki / "broker.pem", "--client-authorities: certificate 1"),
                ("--origin", "a b", "--origin: "), ("--issuer", "http://x", "--issuer: "),
                ("--public", "127.0.0.1:8443", "--public: is the same address"),
                ("--administrator-certificate", pki / "broker.pem", "--administrator-certificate: would not let its holder in"),
                ("--home", pki / "ca.pem", "a file stands where the path has a folder"),
            ):
                options = [part for pair in {**good, option: value}.items() for part in pair]
                result = run(BIN / "concordat", "init", *options, check=False)
                self.assertEqual(result.returncode, 2, result.stdout)
                self.assertIn(words, result.stderr)
                self.assertEqual(sorted(path.name for path in folder.iterdir()), ["pki"])
            result = run(BIN / "concordat", "serve", "--home", "", check=False)
            self.assertEqual((result.returncode, "--home is empty" in result.stderr), (2, True))


class ClosedDescriptors(unittest.TestCase):
    def test_what_the_caller_closed_gets_no_file_of_the_home(self):
        broker = Broker(register=False)
        self.addCleanup(broker.close)
        broker.stop()
        lock = (broker.home / "lock").read_bytes()
        broker.start("bash", "-c", 'exec "$@" <&- >&- 2>&-', "bash")
        broker.cli("operator/administrator", "status")
        opened = [os.readlink(f"/proc/{broker.process.pid}/fd/{number}") for number in range(3)]
        self.assertEqual(opened, ["/dev/null", "/dev/full", "/dev/null"])
        self.assertEqual(broker.stop(), 0)
        # What the log said would stand in the file that got number 2.
        self.assertEqual((broker.home / "lock").read_bytes(), lock)


class ChangedConfiguration(unittest.TestCase):
    """What would be signed for another log (rule F14 of the replay) must not be signed at all."""

    def test_serve_refuses_another_origin_and_names_file_key_both_values_and_the_remedy(self):
        broker = Broker(register=False)
        self.addCleanup(broker.close)
        broker.stop()
        file = broker.home / "concordat.yaml"
        good = file.read_text()
        for key, was, now in (("origin", "concordat.test/ledger", "concordat.other/ledger"), ("operator", "operator", "dwp")):
            file.write_text(good.replace(f"\n{key}: {was}\n", f"\n{key}: {now}\n"))
            result = run(BIN / "concordat", "serve", "--home", broker.home, check=False, timeout=20)
            self.assertEqual(result.returncode, 2)
            for part in (str(file), f"{key}: is {now}", was, "back to"):
                self.assertIn(part, result.stderr)
        file.write_text(good)
        broker.start()
        broker.cli("operator/administrator", "status")


if __name__ == "__main__":
    unittest.main()
