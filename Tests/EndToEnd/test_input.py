"""Bad input at every door: a clear error, nothing changed, nothing told."""
import unittest

import grpc

from parties import BIN, COUNCIL, Broker, messages, node, run


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker()
        cls.addClassCleanup(cls.broker.close)

    def refused(self, code, call, *arguments, **more):
        with self.assertRaises(grpc.RpcError) as caught:
            call(*arguments, **more)
        self.assertEqual(caught.exception.code(), code, caught.exception.details())
        return caught.exception

    def raw(self, who, method, payload, metadata=()):
        call = self.broker.channel(who).unary_unary(method, request_serializer=bytes, response_deserializer=bytes)
        return call(payload, metadata=metadata, timeout=20)

    def size(self):
        answer = self.broker.stub("nao/auditor", "LedgerService").GetCheckpoint(messages()["ledger"].GetCheckpointRequest())
        return int(answer.checkpoint.splitlines()[1])

    def test_truncated_and_garbled_messages_are_invalid(self):
        whole = messages()["registry"].AddOrganisationRequest(id="york-cc", name="City of York Council").SerializeToString()
        for payload in (whole[:-3], b"\xff" * 40, b"\x0a\xff\xff\xff\xff\x7f", b"\x0b" * 1000):
            self.refused(
                grpc.StatusCode.INVALID_ARGUMENT, self.raw, "operator/administrator", "/concordat.v1.RegistryService/AddOrganisation", payload)

    def test_unknown_methods_are_unimplemented(self):
        for method in ("/concordat.v1.RegistryService/DropEverything", "/concordat.v1.registryservice/WhoAmI", "/Nothing/AtAll"):
            self.refused(grpc.StatusCode.UNIMPLEMENTED, self.raw, "nao/auditor", method, b"")

    def test_an_oversized_message_is_refused(self):
        error = self.refused(
            grpc.StatusCode.RESOURCE_EXHAUSTED, self.raw, "operator/administrator", "/concordat.v1.RegistryService/AddOrganisation",
            b"\x12" + b"\x80\x80\x80\x04" + b"a" * (8 << 20))
        self.assertNotIn("aaaa", error.details())

    def test_an_organisation_that_exists_is_not_added_again(self):
        registry = messages()["registry"]
        stub = self.broker.stub("operator/administrator", "RegistryService")
        self.refused(grpc.StatusCode.ALREADY_EXISTS, stub.AddOrganisation, registry.AddOrganisationRequest(id="dwp", name="Other"))

    def test_names_out_of_their_grammar_are_invalid_and_name_the_field(self):
        registry = messages()["registry"]
        stub = self.broker.stub("operator/administrator", "RegistryService")
        for name in ("", "X", "York", "york--cc", "york/cc", "y" * 65, "york\x00cc"):
            error = self.refused(
                grpc.StatusCode.INVALID_ARGUMENT, stub.AddOrganisation, registry.AddOrganisationRequest(id=name, name="City of York Council"))
            self.assertIn("id", error.details())

    def test_only_the_operator_may_change_the_register(self):
        registry = messages()["registry"]
        for who in (COUNCIL, "leeds-cc/signatory", "nao/auditor"):
            before = self.size()
            stub = self.broker.stub(who, "RegistryService")
            self.refused(
                grpc.StatusCode.PERMISSION_DENIED, stub.AddOrganisation, registry.AddOrganisationRequest(id="york-cc", name="City of York Council"))
            self.assertGreaterEqual(self.size(), before + 1)
            names = {one.id for one in self.broker.stub("nao/auditor", "RegistryService").ListOrganisations(
                registry.ListOrganisationsRequest()).organisations}
            self.assertNotIn("york-cc", names)

    def test_a_certificate_that_nobody_enrolled_is_nobody(self):
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
            self.broker.dir / "own.key", "-out", self.broker.dir / "own.pem", "-subj", "/O=dwp/CN=asset-owner", "-days", "2")
        result = run("curl", "--silent", "--http2", "--cacert", self.broker.pki / "ca.pem", "--cert", self.broker.dir / "own.pem", "--key",
                     self.broker.dir / "own.key", f"https://localhost:{self.broker.api}/ledger/checkpoint", check=False)
        self.assertNotEqual(result.returncode, 0)

    def test_terms_with_unknown_keys_and_wrong_kinds_are_explained(self):
        m = messages()["agreement"]
        stub = self.broker.stub("leeds-cc/requester", "AgreementService")
        for document in ({}, {"terms": 7}, {"terms": {"titel": "x"}}, {"terms": []}):
            error = self.refused(grpc.StatusCode.INVALID_ARGUMENT, stub.DraftAgreement, m.DraftAgreementRequest(document=node(document)))
            self.assertTrue(error.details())

    def test_an_agreement_that_does_not_exist_and_one_of_others_look_alike(self):
        m = messages()["agreement"]
        stub = self.broker.stub("leeds-cc/requester", "AgreementService")
        error = self.refused(grpc.StatusCode.NOT_FOUND, stub.GetAgreement, m.GetAgreementRequest(agreement="ISA-2026-9999"))
        self.assertNotIn("9999", error.details())

    def test_a_query_without_a_good_bearer_is_unauthenticated(self):
        request = messages()["exchange"].QueryRequest(agreement="ISA-2026-0001", dataset="uc.awards", purpose="x", key={"value": "x"})
        stub = self.broker.stub(COUNCIL, "ExchangeService")
        texts = set()
        for metadata in (
            (), (("authorization", "Bearer"),), (("authorization", "Basic eDo="),), (("authorization", "Bearer a.b.c"),),
            (("authorization", "Bearer x"), ("authorization", "Bearer x")), (("authorization", "Bearer " + "a" * 8193),),
        ):
            error = self.refused(grpc.StatusCode.UNAUTHENTICATED, stub.Query, request, metadata=metadata)
            texts.add(error.details())
        self.assertEqual(len(texts), 1)

    def test_an_import_is_whole_or_nothing(self):
        catalogue = messages()["catalogue"]
        (self.broker.dir / "rates.csv").write_text("code,rate\nZ,9\n")
        (self.broker.dir / "rates.labels.yaml").write_text(
            "dataset: dwp.old-rates\ntitle: Old rates\nmessage: Rate\nkey: [code]\nfields:\n  code: {level: public, role: attribute}\n"
            "  rate: {level: public, role: attribute}\n")
        self.broker.cli("dwp/asset-owner", "catalogue", "import", self.broker.dir / "rates.csv", "--labels", self.broker.dir / "rates.labels.yaml")
        stub = self.broker.stub("dwp/asset-owner", "CatalogueService")
        schema = stub.DescribeDataset(catalogue.DescribeDatasetRequest(id="dwp.old-rates")).schema
        begin = catalogue.BeginImportRequest(dataset="dwp.rates", title="Rates", schema=schema, key_field="code")
        begun = stub.BeginImport(begin)
        row = lambda code, rate: b"\x0a" + bytes([len(code)]) + code + b"\x10" + bytes([rate])
        batch = lambda sequence, *rows: catalogue.ImportBatchRequest(import_id=begun.import_id, sequence=sequence, records=rows)
        stub.ImportBatch(batch(0, row(b"A", 1), row(b"B", 2)))
        self.assertEqual(stub.ImportBatch(batch(0, row(b"A", 1), row(b"B", 2))).rows, 2)
        self.refused(grpc.StatusCode.INVALID_ARGUMENT, stub.ImportBatch, batch(2, row(b"C", 3)))
        self.refused(grpc.StatusCode.INVALID_ARGUMENT, stub.ImportBatch, batch(1, row(b"C", 3) + b"\x18\x01"))
        self.refused(grpc.StatusCode.INVALID_ARGUMENT, stub.ImportBatch, batch(1, row(b"C", 3)[:-1]))
        names = lambda: {one.id for one in stub.ListDatasets(catalogue.ListDatasetsRequest()).datasets}
        self.assertNotIn("dwp.rates", names())
        error = self.refused(
            grpc.StatusCode.FAILED_PRECONDITION, stub.FinishImport, catalogue.FinishImportRequest(import_id=begun.import_id, rows=3))
        self.assertTrue(error.details())
        self.assertNotIn("dwp.rates", names())
        begun = stub.BeginImport(begin)
        stub.ImportBatch(batch(0, row(b"A", 1), row(b"B", 2)))
        stub.ImportBatch(batch(1, row(b"C", 3)))
        self.assertEqual(stub.FinishImport(catalogue.FinishImportRequest(import_id=begun.import_id, rows=3)).rows, 3)
        self.assertIn("dwp.rates", names())

    def test_commands_say_what_to_do(self):
        result = run(BIN / "concordat", "registry", "whoami", env={"CONCORDAT_URL": ""}, check=False)
        self.assertEqual(result.returncode, 2)
        self.assertIn("CONCORDAT_URL", result.stderr)
        result = run(BIN / "concordat", "registry", "whoami", env=dict(self.broker.identity("nao/auditor"), CONCORDAT_URL="https://localhost:1"),
                     check=False)
        self.assertEqual(result.returncode, 3)
        result = self.broker.cli("nao/auditor", "registry", "retire-organisation", "dwp", "--reason", "test", check=False)
        self.assertEqual(result.returncode, 1)


if __name__ == "__main__":
    unittest.main()
