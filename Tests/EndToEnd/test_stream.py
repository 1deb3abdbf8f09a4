"""Streams: volume, resumption after a crash, and suspension at random moments, with Google's gRPC client."""
import decimal
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import threading
import time
import unittest

import grpc
from parties import ANALYSTS, BIN, Broker, messages, reason, run
from tlog import Checkpoint, verify_proof

# 1,000 in CI; the long mode is SUSPENSIONS=10000.
SUSPENSIONS = int(os.environ.get("SUSPENSIONS", "1000"))


def rounded(rent):
    """What the terms do to a weekly rent: to the nearest multiple of five, halves to the even one."""
    return decimal.Decimal(rent).__truediv__(5).quantize(decimal.Decimal(1), decimal.ROUND_HALF_EVEN) * 5


class StreamCase(unittest.TestCase):
    """A broker with rents, and an agreement to stream them."""

    @classmethod
    def setUpClass(cls):
        cls.broker = Broker()
        cls.addClassCleanup(cls.broker.close)
        cls.broker.import_rents(20_000)
        cls.agreement = cls.agreed()

    @classmethod
    def agreed(cls):
        terms = cls.broker.template("rent-analysis", "voa.rents")
        # Enough for all tests of a day, by signatories who may allow so much.
        for signatory in ("dwp-signatory", "voa-signatory"):
            cls.broker.stub("operator/administrator", "RegistryService").SetDelegation(
                messages()["registry"].SetDelegationRequest(
                    id=signatory, until=2_000_000_000_000_000, max_sensitivity=4, max_rows_per_day=2_000_000_000, **{"from": 1_767_225_600_000_000}))
        terms["limits"].update(rows_per_call=2_000_000, rows_per_day=2_000_000_000, bytes_per_day=1_000_000_000_000, calls_per_day=1_000_000)
        return cls.broker.agree(terms, "dwp", "voa")

    def setUp(self):
        self.token = self.broker.token(ANALYSTS, self.agreement, "voa.rents", "rent-analysis")

    def stream(self, resume_after=0, token=None, timeout=60, slow=False):
        request = messages()["exchange"].StreamRequest(
            agreement=self.agreement, dataset="voa.rents", purpose="rent-analysis", resume_after=resume_after)
        return self.broker.stub(ANALYSTS, "ExchangeService", slow).Stream(
            request, metadata=[("authorization", "Bearer " + (token or self.token))], timeout=timeout)

    def rows(self, batches):
        """All records as tuples of text, read by Google's protobuf from the descriptor that came with the first batch."""
        from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

        files = descriptor_pb2.FileDescriptorSet.FromString(self.schema)
        pool = descriptor_pool.DescriptorPool()
        for file in files.file:
            pool.Add(file)
        kind = message_factory.GetMessageClass(
            pool.FindMessageTypeByName(files.file[0].package + "." + files.file[0].message_type[0].name))
        names = [field.name for field in kind.DESCRIPTOR.fields]
        for batch in batches:
            for released in batch.records:
                record = kind.FromString(released.record)
                yield {name: getattr(record, name) for name in names}

    def take(self, call, batches, until=lambda batches: False):
        """Appends what arrives; the error that ended the call, or None."""
        try:
            for batch in call:
                if batch.HasField("schema"):
                    type(self).schema = batch.schema.schema.descriptor_set
                batches.append(batch)
                if until(batches):
                    call.cancel()
                    return None
        except grpc.RpcError as error:
            return error
        return None

    def vkey(self):
        file = self.broker.dir / "vkey"
        file.write_text(run(BIN / "concordat", "ledger", "vkey", "--home", self.broker.home).stdout)
        return file

    def verify(self):
        """The auditor's replay of the whole ledger finds nothing."""
        copy = pathlib.Path(self.broker.dir / f"audit-{time.monotonic_ns()}")
        run(BIN / "concordat", "ledger", "export", copy, "--home", self.broker.home)
        run(BIN / "concordat-audit", "verify", copy, "--vkey", self.vkey(), timeout=900)

    def size(self):
        answer = self.broker.stub("nao/auditor", "LedgerService").GetCheckpoint(messages()["ledger"].GetCheckpointRequest())
        return Checkpoint.verified(answer.checkpoint, answer.verifier_key).size

    def assert_all_rents(self, batches):
        rows = list(self.rows(batches))
        self.assertEqual(len(rows), len(self.broker.rents))
        for row, (rent, year, brma, category, _) in zip(rows, self.broker.rents):
            self.assertEqual(decimal.Decimal(str(row["weekly_rent"])), rounded(rent), rent)
            self.assertEqual((str(row["year"]), str(row["brma"])), (year, brma))


class Streams(StreamCase):
    def test_every_rent_arrives_once_rounded_and_receipted(self):
        batches = []
        self.assertIsNone(self.take(self.stream(), batches))
        self.assert_all_rents(batches)
        self.assertEqual([batch.part for batch in batches], list(range(len(batches))))
        self.assertEqual([batch.is_last for batch in batches], [False] * (len(batches) - 1) + [True])
        key = self.vkey().read_text().strip()
        for batch in batches:
            self.assertLessEqual(len(batch.records), 1000)
            self.assertLessEqual(sum(len(released.record) for released in batch.records), 256 << 10)
            verify_proof(batch.receipt.proof, batch.receipt.entry, key)

    def test_a_cancelled_stream_stops_within_one_batch(self):
        batches = []
        self.take(self.stream(slow=True), batches, until=lambda batches: len(batches) == 2)
        time.sleep(0.5)
        before = self.size()
        # The third was on its way.
        self.assertLessEqual(before, batches[-1].receipt.index + 2)
        time.sleep(1)
        self.assertEqual(self.size(), before)

    def begun(self, count):
        """A stream that goes on, and its first batches."""
        call = self.stream()
        batches = [next(call) for _ in range(count)]
        type(self).schema = batches[0].schema.schema.descriptor_set
        return call, batches

    def test_a_stream_may_be_resumed_while_the_old_one_runs(self):
        old, batches = self.begun(2)
        resumed = []
        self.assertIsNone(self.take(self.stream(resume_after=batches[1].receipt.index), resumed))
        self.assert_all_rents(batches + resumed)
        self.assertIsNone(self.take(old, batches))
        self.assert_all_rents(batches)
        self.assertEqual(len({batch.receipt.index for batch in batches + resumed}), len(batches) + len(resumed))
        self.assertEqual(len({batch.exchange_id for batch in batches + resumed}), 2)
        self.verify()

    def test_a_stop_ends_a_watch_and_a_stream_on_one_connection(self):
        watch = self.broker.stub(ANALYSTS, "LedgerService").FollowLedger(messages()["ledger"].FollowLedgerRequest(), timeout=60)
        next(watch)
        call, batches = self.begun(1)
        self.broker.process.send_signal(signal.SIGTERM)
        # It takes nothing, and is ended all the same.
        with self.assertRaises(grpc.RpcError) as ended:
            for _ in watch:
                pass
        self.assertEqual(ended.exception.code(), grpc.StatusCode.UNAVAILABLE)
        error = self.take(call, batches)
        self.assertFalse(batches[-1].is_last)
        self.assertEqual(error.code(), grpc.StatusCode.UNAVAILABLE)
        self.assertEqual(self.broker.process.wait(timeout=5), 0)
        self.broker.stop()
        self.broker.start()
        rest = []
        self.assertIsNone(self.take(self.stream(resume_after=batches[-1].receipt.index), rest))
        self.assert_all_rents(batches + rest)
        self.verify()

    def test_a_deadline_ends_a_stream(self):
        # What nobody reads is held back by the windows, and the stream waits.
        call = self.stream(timeout=1, slow=True)
        batches = [next(call)]
        time.sleep(1.5)
        error = self.take(call, batches)
        self.assertEqual(error.code(), grpc.StatusCode.DEADLINE_EXCEEDED)
        before = self.size()
        # All of it is twenty batches.
        self.assertLess(before, batches[0].receipt.index + 15)
        time.sleep(1)
        self.assertEqual(self.size(), before)

    def test_a_stream_goes_on_after_the_broker_was_killed(self):
        for kill_after in (1, 7, 15):
            batches = []
            killed = threading.Event()

            def until(batches):
                if len(batches) == kill_after and not killed.is_set():
                    killed.set()
                    self.broker.process.send_signal(signal.SIGKILL)
                return False

            error = self.take(self.stream(), batches, until)
            self.assertEqual(error.code(), grpc.StatusCode.UNAVAILABLE)
            self.broker.stop()
            self.broker.start()
            rest = []
            self.assertIsNone(self.take(self.stream(resume_after=batches[-1].receipt.index), rest))
            self.assert_all_rents(batches + rest)
        self.verify()

    def test_nothing_leaves_between_a_suspension_and_its_end(self):
        m = messages()["agreement"]
        oncall, owner, security = (
            self.broker.stub("voa/" + role, "AgreementService") for role in ("oncall", "asset-owner", "security"))
        chance = random.Random(20261126)
        step = m.TransitionRequest(agreement=self.agreement, comment="mended")
        receipts, ended = [], []
        windows = []
        lock = threading.Lock()
        token = [self.token]
        done = threading.Event()

        def load():
            """One partner after another stream, each from the beginning, with whatever token there is."""
            while not done.is_set():
                batches = []
                error = self.take(self.stream(token=token[0]), batches, until=lambda batches: len(batches) > 12)
                with lock:
                    receipts.extend(batch.receipt.index for batch in batches)
                    if error is not None:
                        ended.append(error.code())

        workers = [threading.Thread(target=load) for _ in range(2)]
        for worker in workers:
            worker.start()
        try:
            for _ in range(SUSPENSIONS):
                time.sleep(chance.random() * 0.1)
                stopped = oncall.Suspend(step).ledger_index
                owner.Resume(step)
                windows.append((stopped, security.Resume(step).ledger_index))
                token[0] = self.broker.token(ANALYSTS, self.agreement, "voa.rents", "rent-analysis")
        finally:
            done.set()
            for worker in workers:
                worker.join()
        self.assertEqual(len(windows), SUSPENSIONS)
        self.assertGreater(len(receipts), SUSPENSIONS // 4)
        # A stream that runs ends ABORTED; one that begins with a dead token is not let in.
        self.assertGreater(ended.count(grpc.StatusCode.ABORTED), SUSPENSIONS // 20)
        self.assertLessEqual(set(ended), {grpc.StatusCode.ABORTED, grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED})
        late = [index for index in receipts if any(stopped < index < resumed for stopped, resumed in windows)]
        self.assertEqual(late, [])
        self.verify()

    def under(self, limits, slow=False):
        """A call under another agreement with other limits."""
        terms = self.broker.template("rent-analysis", "voa.rents")
        terms["limits"].update(limits)
        agreement = self.broker.agree(terms, "dwp", "voa")
        token = self.broker.token(ANALYSTS, agreement, "voa.rents", "rent-analysis")
        return self.broker.stub(ANALYSTS, "ExchangeService", slow).Stream(
            messages()["exchange"].StreamRequest(agreement=agreement, dataset="voa.rents", purpose="rent-analysis"),
            metadata=[("authorization", "Bearer " + token)], timeout=60)

    def test_the_rows_of_a_day_end_a_stream_with_the_batch_that_would_pass_them(self):
        batches = []
        error = self.take(self.under({"rows_per_call": 5_500, "rows_per_day": 5_500}), batches)
        self.assertEqual([len(batch.records) for batch in batches], [1000] * 5 + [500])
        self.assertEqual(error.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
        batches = []
        error = self.take(self.under({"rows_per_call": 2_500, "rows_per_day": 5_500, "bytes_per_day": 40_000}), batches)
        self.assertEqual(error.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
        self.assertEqual(reason(error), "BYTES_PER_DAY_EXCEEDED")
        # The batch that was too much has its entry, without records: a full audit finds every part in its place.
        self.verify()

    def test_the_terms_bound_the_seconds_of_a_stream(self):
        call = self.under({"stream_seconds": 1}, slow=True)
        batches = [next(call)]
        time.sleep(1.5)
        error = self.take(call, batches)
        self.assertFalse(batches[-1].is_last)
        self.assertEqual(error.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
        self.assertEqual(reason(error), "STREAM_SECONDS_EXCEEDED")


class StreamCommand(StreamCase):
    """`concordat stream`, which somebody stops, or whose output or receipts' folder fails."""

    def setUp(self):
        super().setUp()
        self.kept = self.broker.dir / f"kept-{time.monotonic_ns()}"

    def command(self, *more, stdout=subprocess.PIPE):
        return subprocess.Popen(
            [str(part) for part in (
                BIN / "concordat", "stream", "--token", self.token, "--agreement", self.agreement, "--dataset", "voa.rents", "--purpose",
                "rent-analysis", "--receipts", self.kept, *more)],
            env={**os.environ, **self.broker.identity(ANALYSTS)}, stdout=stdout, stderr=subprocess.PIPE, text=True)

    def receipts(self):
        return sorted(int(path.stem) for path in self.kept.glob("*.entry"))

    def test_a_signal_ends_it_after_a_whole_batch_and_the_way_to_go_on_is_told(self):
        chance = random.Random(20261127)
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)) * 3:
            self.kept = self.broker.dir / f"kept-{time.monotonic_ns()}"
            process = self.command()
            lines = [process.stdout.readline() for _ in range(chance.randrange(1, 4000))]
            process.send_signal(number)
            # A slow reader: what was begun is finished all the same.
            time.sleep(chance.random() * 0.2)
            lines += process.stdout.readlines()
            errors = process.stderr.read()
            self.assertEqual(process.wait(30), code, errors)
            self.assertTrue(all(line.endswith("}\n") for line in lines))
            last = self.receipts()[-1]
            self.assertIn(f"stopped by {number.name}", errors)
            self.assertEqual(
                errors.splitlines()[-1],
                f"  {len(lines)} records in {len(self.receipts())} batches had arrived; to go on after them: --resume-after {last}")
            self.assertLess(len(lines), len(self.broker.rents))
            # Nothing but pairs: no file that was being written stays.
            self.assertEqual(sorted(path.name for path in self.kept.iterdir()), sorted(
                f"{index}.{suffix}" for index in self.receipts() for suffix in ("entry", "tlog-proof")))
            rest = self.command("--resume-after", last)
            lines += rest.stdout.readlines()
            self.assertEqual(rest.wait(30), 0, rest.stderr.read())
            self.assertEqual(len(lines), len(self.broker.rents))
            for (rent, _, brma, _, _), line in zip(self.broker.rents, lines):
                record = json.loads(line)
                self.assertEqual((decimal.Decimal(str(record["weekly_rent"])), record["brma"]), (rounded(rent), brma))
            for pipe in (process.stdout, process.stderr, rest.stdout, rest.stderr):
                pipe.close()

    def test_a_second_signal_does_not_wait_for_the_reader(self):
        process = self.command()
        process.stdout.readline()
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        # The batch does not fit into the pipe, and nobody reads.
        self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(10), 130)
        self.assertIn("lines are to be cut off", process.stderr.read())
        process.stdout.close()
        process.stderr.close()

    def test_the_way_to_go_on_is_right_when_a_receipt_cannot_be_kept_or_the_reader_has_gone(self):
        process = self.command()
        lines = [process.stdout.readline() for _ in range(1500)]
        # A file where the folder was: the next receipt has no place.
        self.kept.rename(self.broker.dir / f"moved-{time.monotonic_ns()}")
        self.kept.write_text("")
        lines += process.stdout.readlines()
        errors = process.stderr.read()
        self.assertEqual(process.wait(30), 2, errors)
        lost = int(re.search(r"cannot take receipt ([0-9]+)", errors).group(1))
        self.assertIn(f"{len(lines)} records in", errors)
        self.assertIn(f"to go on after them: --resume-after {lost}", errors)
        process.stdout.close()
        process.stderr.close()
        self.kept = self.broker.dir / f"kept-{time.monotonic_ns()}"
        process = self.command()
        for _ in range(1500):
            process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
        self.assertEqual(process.wait(30), 141, errors)
        self.assertIn("whoever read the output stopped reading", errors)
        self.assertIn(f"to go on after them: --resume-after {self.receipts()[-1]}", errors)
        process.stderr.close()
        # A resumed one that is refused before its first batch is still to be resumed there.
        process = self.command("--resume-after", self.receipts()[-1], "--where", "brma=LEEDS")
        self.assertNotEqual(process.wait(30), 0)
        self.assertIn(f"go on, as before, with --resume-after {self.receipts()[-1]}", process.stderr.read())
        process.stdout.close()
        process.stderr.close()

    def test_every_receipt_is_checked_with_the_logs_key_alone(self):
        process = self.command("--count", "--json")
        shown, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, errors)
        self.assertEqual(json.loads(shown)["last_receipt"], self.receipts()[-1])
        records = 0
        for index in self.receipts():
            files = [self.kept / f"{index}.{suffix}" for suffix in ("entry", "tlog-proof")]
            report = json.loads(run(BIN / "concordat-audit", "receipt", *files, "--vkey", self.vkey(), "--json").stdout)
            self.assertEqual((report["verified"], report["index"], report["kind"], report["origin"]), (True, index, "EXCHANGE", "concordat.test/ledger"))
            self.assertEqual((report["released"]["dataset"], report["released"]["purpose"]), ("voa.rents", "rent-analysis"))
            records += report["released"]["records"]
        self.assertEqual(records, len(self.broker.rents))
        files[0].write_bytes(files[0].read_bytes()[:-1] + b"\x00")
        result = run(BIN / "concordat-audit", "receipt", *files, "--vkey", self.vkey(), "--json", check=False)
        self.assertEqual((result.returncode, json.loads(result.stdout)["verified"]), (1, False))
        self.assertIn("TAMPERED", result.stderr)


class LostCertificates(StreamCase):
    def test_a_stream_ends_with_the_certificate_of_its_caller(self):
        certificate = run("openssl", "x509", "-in", self.broker.pki / f"{ANALYSTS}.pem", "-outform", "DER", text=False).stdout
        registry = messages()["registry"]
        admin = self.broker.stub("operator/administrator", "RegistryService")
        batches = []
        retired = []

        def until(batches):
            if len(batches) == 2 and not retired:
                retired.append(admin.RetireCertificate(
                    registry.RetireCertificateRequest(thumbprint=hashlib.sha256(certificate).digest(), reason="lost")))
            return False

        error = self.take(self.stream(), batches, until)
        self.assertFalse(batches[-1].is_last)
        self.assertEqual(error.code(), grpc.StatusCode.ABORTED)
