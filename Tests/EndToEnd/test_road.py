"""The whole road, driven by Google's gRPC client: register, agree, ask, verify the receipt, be refused, audit."""
import hashlib
import json
import subprocess
import unittest

import grpc

from parties import ANALYSTS, BIN, COUNCIL, Broker, messages, node, reason, run
from tlog import Checkpoint, verify_proof

LEEDS = "E08000035"


class Road(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker()
        cls.addClassCleanup(cls.broker.close)
        cls.people = cls.broker.import_awards()
        cls.terms = cls.broker.template("council-tax-reduction", "uc.awards")
        cls.agreement = cls.broker.agree(cls.terms, "leeds-cc", "dwp")
        cls.citizen = next(person for person in cls.people if person["local_authority"] == LEEDS and "notes" in person)
        cls.stranger = next(person for person in cls.people if person["local_authority"] != LEEDS)
        cls.token = cls.broker.token(COUNCIL, cls.agreement, "uc.awards", "council-tax-reduction", seconds=600)

    def ask(self, who=COUNCIL, token=None, **change):
        request = {
            "agreement": self.agreement, "dataset": "uc.awards", "purpose": "council-tax-reduction",
            "key": messages()["exchange"].KeySearch(value=self.citizen["nino"]), **change,
        }
        return self.broker.query(who, token or self.token, **request)

    def refusal(self, **arguments):
        with self.assertRaises(grpc.RpcError) as caught:
            self.ask(**arguments)
        return caught.exception

    def record(self, answer):
        """The released record, read by Google's protobuf from the descriptor that came with it."""
        from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

        files = descriptor_pb2.FileDescriptorSet.FromString(answer.schema.schema.descriptor_set)
        pool = descriptor_pool.DescriptorPool()
        for file in files.file:
            pool.Add(file)
        name = files.file[0].package + "." + files.file[0].message_type[0].name
        found = message_factory.GetMessageClass(pool.FindMessageTypeByName(name)).FromString(answer.records[0].record)
        return found

    def test_a_citizen_of_the_council_is_released_as_the_terms_say(self):
        answer = self.ask()
        self.assertEqual(len(answer.records), 1)
        listed = {rule["path"] for rule in self.terms["datasets"][0]["fields"]}
        rules = {rule.path: rule for rule in answer.schema.rules}
        exchange = messages()["exchange"]
        for path, rule in rules.items():
            expected_withheld = not any(path == name or path.startswith(name + ".") for name in listed)
            self.assertEqual(rule.disposition == exchange.DISPOSITION_WITHHELD, expected_withheld, path)
        record = self.record(answer)
        names = {field.name for field, _ in record.ListFields()}
        tops = {name.split(".")[0] for name in listed}
        self.assertLessEqual(names, tops)
        self.assertNotIn(self.citizen["notes"].encode(), answer.records[0].record)

    def test_a_key_in_another_spelling_is_refused_and_not_called_nobody(self):
        nino = self.citizen["nino"]
        for key in (nino.lower(), f"{nino[:2]} {nino[2:]}", nino[:-1], "John Smith"):
            error = self.refusal(key=messages()["exchange"].KeySearch(value=key))
            self.assertEqual(error.code(), grpc.StatusCode.INVALID_ARGUMENT)
            self.assertIn("nino.demo.v1", str(error.details()))
            self.assertNotIn(key, str(error.details()))

    def test_a_wrong_transform_is_reported_at_its_field(self):
        m = messages()["agreement"]
        terms = json.loads(json.dumps(self.terms))
        rule = terms["datasets"][0]["fields"][2]
        rule.clear()
        rule.update(path=self.terms["datasets"][0]["fields"][2]["path"], transform="magic", necessity="To see what is said of it.")
        answer = self.broker.stub("leeds-cc/requester", "AgreementService").CheckAgreement(m.CheckAgreementRequest(document=node(terms)))
        paths = [finding.path for finding in answer.findings if finding.severity == m.Finding.SEVERITY_ERROR]
        self.assertEqual(paths, [f"datasets[uc.awards].fields[{rule['path']}]"])

    def test_a_reason_code_holds_no_number(self):
        m = messages()["agreement"]
        with self.assertRaises(grpc.RpcError) as caught:
            self.broker.stub("leeds-cc/signatory", "AgreementService").Terminate(
                m.TransitionRequest(agreement=self.agreement, reason_code="QQ123456C"))
        self.assertEqual(caught.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)

    def test_the_receipt_proves_the_entry(self):
        answer = self.ask()
        key = run(BIN / "concordat", "ledger", "vkey", "--home", self.broker.home).stdout.strip()
        index = verify_proof(answer.receipt.proof, answer.receipt.entry, key)
        self.assertEqual(index, answer.receipt.index)

    def test_the_records_root_covers_the_records(self):
        answer = self.ask()
        commitments = [record.commitment for record in answer.records]
        root = hashlib.sha256(b"\x00" + commitments[0]).digest()
        self.assertIn(root, answer.receipt.entry)

    def test_the_ledger_holds_no_value_of_the_record(self):
        answer = self.ask(case_reference="CASE-PLANTED-77")
        for planted in (self.citizen["nino"], self.citizen["last_name"], "CASE-PLANTED-77", self.citizen["postcode"]):
            self.assertNotIn(planted.encode(), answer.receipt.entry)
            self.assertNotIn(planted, self.broker.log_text())

    def test_a_citizen_of_another_council_is_an_empty_answer_with_a_receipt(self):
        other = self.ask(key=messages()["exchange"].KeySearch(value=self.stranger["nino"]))
        nobody = self.ask(key=messages()["exchange"].KeySearch(value="QQ999999D"))
        for answer in (other, nobody):
            self.assertEqual(len(answer.records), 0)
            self.assertGreater(len(answer.receipt.entry), 0)
            self.assertFalse(answer.next_page_token)

    def test_a_field_outside_the_terms_is_denied_and_the_ledger_says_why(self):
        error = self.refusal(fields=["health_condition"])
        self.assertEqual(error.code(), grpc.StatusCode.PERMISSION_DENIED)
        denial = self.broker.denial("field_not_in_terms")
        self.assertEqual(denial.method.rsplit("/", 1)[-1], "Query")
        self.assertEqual(list(denial.fields), ["health_condition"])

    def test_b1_another_clients_certificate_is_unauthenticated(self):
        error = self.refusal(who=ANALYSTS)
        self.assertEqual(error.code(), grpc.StatusCode.UNAUTHENTICATED)
        self.assertEqual(self.broker.denial("token_other_certificate").principal, "dwp-housing-analysts")

    def test_an_unknown_token_gets_the_same_answer_as_a_stolen_one(self):
        stolen, forged = self.refusal(who=ANALYSTS), self.refusal(token=self.token[:-4] + "AAAA")
        self.assertEqual((stolen.code(), stolen.details()), (forged.code(), forged.details()))

    def test_another_purpose_is_denied(self):
        error = self.refusal(purpose="debt-recovery")
        self.assertEqual(error.code(), grpc.StatusCode.PERMISSION_DENIED)
        self.assertEqual(self.broker.denial("purpose_not_allowed").agreement, self.agreement)

    def test_a_request_id_is_bound_to_its_content(self):
        first = self.ask(request_id="case-1")
        again = self.ask(request_id="case-1")
        self.assertEqual(first.records[0].record, again.records[0].record)
        self.assertEqual(first.receipt.index, again.receipt.index)
        self.assertTrue(again.repeated_receipt)
        error = self.refusal(request_id="case-1", key=messages()["exchange"].KeySearch(value=self.stranger["nino"]))
        self.assertEqual(error.code(), grpc.StatusCode.ALREADY_EXISTS)

    def test_c1_scopes_that_do_not_exist_and_scopes_of_others_look_alike(self):
        answers = set()
        for scope in (
            f"agr:{self.agreement}@2 ds:uc.awards:read purpose:council-tax-reduction",
            f"agr:{self.agreement}@1 ds:voa.nothing:read purpose:council-tax-reduction",
            "agr:ISA-2026-9999@1 ds:uc.awards:read purpose:council-tax-reduction",
            f"agr:{self.agreement}@1 agr:{self.agreement}@1 ds:uc.awards:read purpose:council-tax-reduction",
        ):
            with self.assertRaises(grpc.RpcError) as caught:
                self.broker.stub(COUNCIL, "TokenService").IssueToken(messages()["token"].IssueTokenRequest(scope=scope))
            answers.add((caught.exception.code(), caught.exception.details(), reason(caught.exception)))
        with self.assertRaises(grpc.RpcError) as caught:
            self.broker.token(ANALYSTS, self.agreement, "uc.awards", "council-tax-reduction")
        answers.add((caught.exception.code(), caught.exception.details(), reason(caught.exception)))
        self.assertEqual(len(answers), 1)
        self.assertEqual({answer[2] for answer in answers}, {"INVALID_SCOPE"})

    def test_the_owner_may_look_and_the_look_is_in_the_ledger(self):
        catalogue = messages()["catalogue"]
        answer = self.broker.stub("dwp/asset-owner", "CatalogueService").GetRecord(
            catalogue.GetRecordRequest(dataset="uc.awards", key=self.citizen["nino"], reason="test"))
        self.assertIn(self.citizen["last_name"].encode(), answer.record)
        self.assertGreater(len(answer.receipt.proof), 0)
        with self.assertRaises(grpc.RpcError) as caught:
            self.broker.stub("leeds-cc/asset-owner", "CatalogueService").GetRecord(
                catalogue.GetRecordRequest(dataset="uc.awards", key=self.citizen["nino"], reason="test"))
        self.assertEqual(caught.exception.code(), grpc.StatusCode.PERMISSION_DENIED)

    def test_health_and_reflection_answer(self):
        from grpc_health.v1 import health_pb2, health_pb2_grpc
        from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

        channel = self.broker.channel(COUNCIL)
        answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
        self.assertEqual(answer.status, health_pb2.HealthCheckResponse.SERVING)
        services = set(ProtoReflectionDescriptorDatabase(channel).get_services())
        self.assertLessEqual({"concordat.v1.ExchangeService", "concordat.v1.AgreementService"}, services)


class Ending(unittest.TestCase):
    """What kills a token, and what an auditor makes of the ledger afterwards."""

    @classmethod
    def setUpClass(cls):
        cls.broker = Broker()
        cls.addClassCleanup(cls.broker.close)
        cls.people = cls.broker.import_awards(1000)
        cls.citizen = next(person for person in cls.people if person["local_authority"] == LEEDS)
        cls.terms = cls.broker.template("council-tax-reduction", "uc.awards")

    def ask(self, agreement, token):
        return self.broker.query(
            COUNCIL, token, agreement=agreement, dataset="uc.awards", purpose="council-tax-reduction",
            key=messages()["exchange"].KeySearch(value=self.citizen["nino"]))

    def agreed(self):
        terms = json.loads(json.dumps(self.terms))
        agreement = self.broker.agree(terms, "leeds-cc", "dwp")
        return agreement, self.broker.token(COUNCIL, agreement, "uc.awards", "council-tax-reduction")

    def assert_dead(self, agreement, token):
        with self.assertRaises(grpc.RpcError) as caught:
            self.ask(agreement, token)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAUTHENTICATED)

    def test_suspension_and_termination_kill_tokens_before_they_return(self):
        m = messages()["agreement"]
        agreement, token = self.agreed()
        self.assertEqual(len(self.ask(agreement, token).records), 1)
        self.broker.stub("leeds-cc/oncall", "AgreementService").Suspend(m.TransitionRequest(agreement=agreement))
        self.assert_dead(agreement, token)
        for who in ("leeds-cc/asset-owner", "leeds-cc/security"):
            change = self.broker.stub(who, "AgreementService").Resume(m.TransitionRequest(agreement=agreement, comment="mended"))
        self.assertEqual(change.state, m.AGREEMENT_STATE_ACTIVE)
        self.assert_dead(agreement, token)
        fresh = self.broker.token(COUNCIL, agreement, "uc.awards", "council-tax-reduction")
        self.assertEqual(len(self.ask(agreement, fresh).records), 1)
        self.broker.stub("dwp/signatory", "AgreementService").Terminate(m.TransitionRequest(agreement=agreement))
        self.assert_dead(agreement, fresh)

    def test_an_auditor_verifies_the_copy_and_names_a_flipped_entry(self):
        agreement, token = self.agreed()
        answer = self.ask(agreement, token)
        copy = self.broker.dir / "audit"
        # What the broker has answered is in the copy.
        exported = json.loads(run(BIN / "concordat", "ledger", "export", copy, "--home", self.broker.home, "--json").stdout)
        self.assertGreater(exported["entries"], answer.receipt.index)
        vkey = self.broker.dir / "vkey"
        vkey.write_text(run(BIN / "concordat", "ledger", "vkey", "--home", self.broker.home).stdout)
        run(BIN / "concordat-audit", "verify", copy, "--vkey", vkey)
        # A verdict that could not be written is no success (G2).
        for command in (("verify", copy), ("verify", copy, "--json"), ("explain", answer.receipt.index, copy), ("proof", answer.receipt.index, copy)):
            words = [str(word) for word in (BIN / "concordat-audit", *command, "--vkey", vkey)]
            for redirection in ("> /dev/full", ">&-"):
                result = subprocess.run(["sh", "-c", f'"$@" {redirection}', "sh", *words], stderr=subprocess.PIPE, text=True)
                self.assertEqual(result.returncode, 3, (command, redirection, result.stderr))
                self.assertIn("could not be written", result.stderr)
        explained = run(BIN / "concordat-audit", "explain", answer.receipt.index, copy, "--vkey", vkey).stdout
        self.assertIn(agreement, explained)
        bundle = next(file for file in sorted((copy / "tile/entries").rglob("*")) if file.is_file())
        data = bytearray(bundle.read_bytes())
        at = data.find(answer.receipt.entry)
        self.assertGreaterEqual(at, 0)
        data[at + len(answer.receipt.entry) // 2] ^= 1
        bundle.write_bytes(data)
        result = run(BIN / "concordat-audit", "verify", copy, "--vkey", vkey, check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn(str(answer.receipt.index), result.stdout + result.stderr)
        with open("/dev/full", "wb") as full:
            unread = subprocess.run([BIN / "concordat-audit", "verify", copy, "--vkey", vkey], stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(unread.returncode, 1)

    def test_a_stopped_broker_comes_back_with_its_ledger(self):
        agreement, token = self.agreed()
        answer = self.ask(agreement, token)
        self.assertEqual(self.broker.stop(), 0)
        self.broker.start()
        again = self.broker.stub("nao/auditor", "LedgerService").GetReceipt(messages()["ledger"].GetReceiptRequest(index=answer.receipt.index))
        self.assertEqual(again.entry, answer.receipt.entry)

    def test_the_public_listener_serves_the_ledger_and_nothing_else(self):
        url, ca = f"https://localhost:{self.broker.public}", self.broker.pki / "ca.pem"
        note = run("curl", "--silent", "--fail", "--http2", "--cacert", ca, url + "/ledger/checkpoint").stdout
        key = run(BIN / "concordat", "ledger", "vkey", "--home", self.broker.home).stdout.strip()
        self.assertGreater(Checkpoint.verified(note, key).size, 0)
        keys = json.loads(run("curl", "--silent", "--fail", "--http2", "--cacert", ca, url + "/oauth2/jwks").stdout)
        self.assertEqual({key["kty"] for key in keys["keys"]}, {"EC"})
        self.assertTrue(all("d" not in key for key in keys["keys"]))
        for path in ("/ledger/tile/entries/000", "/ledger/tile/entries/000.p/1", "/concordat.v1.ExchangeService/Query", "/"):
            code = run("curl", "--silent", "--http2", "--cacert", ca, "--output", "/dev/null", "--write-out", "%{http_code}", url + path).stdout
            self.assertIn(code, ("403", "404"), path)
        # A connection that was made for one name answers for no other (RFC 9110 section 15.5.20).
        code = run(
            "curl", "--silent", "--http2", "--cacert", ca, "--header", "Host: other.example", "--output", "/dev/null", "--write-out", "%{http_code}",
            url + "/ledger/checkpoint").stdout
        self.assertEqual(code, "421")
        refused = run("curl", "--silent", "--http2", "--cacert", ca, f"https://localhost:{self.broker.api}/ledger/checkpoint", check=False)
        self.assertNotEqual(refused.returncode, 0)
