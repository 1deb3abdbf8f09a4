"""A broker of its own for a test class, and its users as plain gRPC channels."""
import atexit
import functools
import gzip
import importlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import grpc
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

ROOT = pathlib.Path(os.environ["CONCORDAT_ROOT"])
BIN = pathlib.Path(os.environ["CONCORDAT_BIN"])
PROTOS = ("agreement", "catalogue", "document", "exchange", "ledger", "receipt", "registry", "schema", "token")
COUNCIL = "leeds-cc/council-tax-reduction"
ANALYSTS = "dwp/housing-analysts"


@functools.cache
def messages():
    """The modules that protoc writes for Python, by short name."""
    out = tempfile.mkdtemp(prefix="concordat-protos-")
    atexit.register(shutil.rmtree, out, ignore_errors=True)
    from grpc_tools import protoc

    files = [str(ROOT / "Protocols/concordat/v1" / (name + ".proto")) for name in PROTOS]
    code = protoc.main(["protoc", f"-I{ROOT / 'Protocols'}", f"--python_out={out}", f"--grpc_python_out={out}", *files])
    if code != 0:
        raise RuntimeError("protoc failed")
    sys.path.insert(0, out)
    found = {}
    for name in PROTOS:
        found[name] = importlib.import_module(f"concordat.v1.{name}_pb2")
        found[name + "_grpc"] = importlib.import_module(f"concordat.v1.{name}_pb2_grpc")
    return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(*command, env=None, check=True, text=True, timeout=300):
    result = subprocess.run(
        [str(part) for part in command], env={**os.environ, **(env or {})}, capture_output=True, text=text, timeout=timeout)
    if check and result.returncode != 0:
        raise AssertionError(f"{command} ended with {result.returncode}:\n{result.stdout}\n{result.stderr}")
    return result


class Broker:
    """`concordat serve` on a fresh home, with the register of the demonstration."""

    def __init__(self, register=True):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="concordat-e2e-"))
        self.pki, self.home = self.dir / "pki", self.dir / "home"
        run(ROOT / "Certificates/make-dev-pki", self.pki)
        self.api, self.public = free_port(), free_port()
        run(
            BIN / "concordat", "init", "--home", self.home, "--origin", "concordat.test/ledger", "--operator", "operator",
            "--operator-name", "Test operator", "--administrator-certificate", self.pki / "operator/administrator.pem",
            "--certificate", self.pki / "broker.pem", "--key", self.pki / "broker.key", "--client-authorities", self.pki / "ca.pem",
            "--api", f"127.0.0.1:{self.api}", "--public", f"127.0.0.1:{self.public}")
        self.process, self.channels = None, {}
        self.start()
        if register:
            self.cli("operator/administrator", "registry", "apply", ROOT / "Deploy/demo/registry.yaml", "--certificates", self.pki)

    def start(self, *wrapper):
        self.log = open(self.dir / "broker.log", "ab")
        self.process = subprocess.Popen(
            [*wrapper, str(BIN / "concordat"), "serve", "--home", str(self.home)], stdout=self.log, stderr=self.log)
        for _ in range(300):
            if self.process.poll() is not None:
                raise AssertionError("the broker ended at its start:\n" + self.log_text()[-2000:])
            try:
                with socket.create_connection(("127.0.0.1", self.api), timeout=1):
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the broker does not listen")

    def log_text(self):
        return (self.dir / "broker.log").read_text(errors="replace")

    def stop(self, how=signal.SIGTERM):
        for channel in self.channels.values():
            channel.close()
        self.channels = {}
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=30)
        code = self.process.returncode if self.process else None
        self.log.close()
        return code

    def close(self):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)

    # Users

    def identity(self, who):
        return {
            "CONCORDAT_URL": f"https://localhost:{self.api}", "CONCORDAT_CA": str(self.pki / "ca.pem"),
            "CONCORDAT_CERT": str(self.pki / (who + ".pem")), "CONCORDAT_KEY": str(self.pki / (who + ".key")),
            "CONCORDAT_HOME": str(self.home),
        }

    def cli(self, who, *arguments, check=True):
        return run(BIN / "concordat", *arguments, env=self.identity(who), check=check)

    def channel(self, who, slow=False):
        """A connection of that person or service, opened once; one that is `slow` takes 64 KiB that nobody reads, and no more."""
        if (who, slow) not in self.channels:
            credentials = grpc.ssl_channel_credentials(
                (self.pki / "ca.pem").read_bytes(), (self.pki / (who + ".key")).read_bytes(), (self.pki / (who + ".pem")).read_bytes())
            windows = [("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 1 << 16), ("grpc.use_local_subchannel_pool", 1)] if slow else []
            self.channels[who, slow] = grpc.secure_channel(
                f"localhost:{self.api}", credentials, options=[("grpc.max_receive_message_length", 16 << 20), *windows])
        return self.channels[who, slow]

    def stub(self, who, service, slow=False):
        file = {
            "RegistryService": "registry", "CatalogueService": "catalogue", "AgreementService": "agreement", "TokenService": "token",
            "ExchangeService": "exchange", "LedgerService": "ledger", "AdministrationService": "ledger",
        }[service]
        return getattr(messages()[file + "_grpc"], service + "Stub")(self.channel(who, slow))

    def sign(self, who, statement):
        """ES256 over the domain, a zero byte and the statement: 64 bytes, r then s."""
        key = serialization.load_pem_private_key((self.pki / (who + ".key")).read_bytes(), None)
        der = key.sign(b"concordat/decision/1\x00" + statement, ec.ECDSA(hashes.SHA256()))
        r, s = utils.decode_dss_signature(der)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    # Data

    def import_awards(self, people=2000):
        file = self.dir / "awards.jsonl.gz"
        run(
            BIN / "concordat", "catalogue", "synthesise", "benefit-awards", "--seed", "7", "--people", people, "--postcodes",
            ROOT / "Deploy/data/ons-postcodes-sample.csv.gz", "--out", file)
        self.cli("dwp/asset-owner", "catalogue", "import", file, "--labels", ROOT / "Deploy/demo/uc.awards.labels.yaml")
        with gzip.open(file, "rt") as lines:
            self.people = [json.loads(line) for line in lines]
        return self.people

    def import_rents(self, rows=20000):
        file = self.dir / "rents.csv.gz"
        with gzip.open(ROOT / "Deploy/data/voa-list-of-rents-2019-2020.csv.gz", "rt") as source, gzip.open(file, "wt") as out:
            self.rents = []
            out.write(next(source))
            for line in source:
                if ",LEEDS," in line or len(self.rents) < rows:
                    self.rents.append(line.strip().split(","))
                    out.write(line)
                if len(self.rents) >= rows and ",LEEDS," not in line and sum(1 for r in self.rents[-1:] if r[2] > "LEEDS"):
                    break
        self.cli("voa/asset-owner", "catalogue", "import", file, "--labels", ROOT / "Deploy/demo/voa.rents.labels.yaml")

    # Agreements

    def template(self, name, dataset):
        """A template as a document message, with the digest of the dataset's schema filled in."""
        text = run(BIN / "concordat", "agreement", "template", name, "--json").stdout
        described = self.stub("dwp/requester", "CatalogueService").DescribeDataset(
            messages()["catalogue"].DescribeDatasetRequest(id=dataset))
        return json.loads(text.replace("SCHEMA_DIGEST", described.schema.digest.hex()))

    def agree(self, document, recipient, provider):
        """The whole road to an active agreement, each officer with their own key; its name."""
        m = messages()["agreement"]
        change = self.stub(recipient + "/requester", "AgreementService").DraftAgreement(m.DraftAgreementRequest(document=node(document)))
        name = change.agreement
        self.stub(recipient + "/requester", "AgreementService").Submit(m.TransitionRequest(agreement=name))
        self.stub(provider + "/case-officer", "AgreementService").TakeUp(m.TransitionRequest(agreement=name))
        for side in (provider, recipient):
            for officer, role in (("legal", "LEGAL"), ("dpo", "DATA_PROTECTION"), ("security", "SECURITY")):
                self.act(f"{side}/{officer}", name, "Advise", "ROLE_" + role, "NO_CONCERN")
            self.act(f"{side}/asset-owner", name, "Decide", "ROLE_INFORMATION_ASSET_OWNER", "APPROVE")
        for side in (provider, recipient):
            change = self.act(f"{side}/signatory", name, "Sign", "ROLE_SIGNATORY", "SIGN")
        if change.state != m.AGREEMENT_STATE_ACTIVE:
            raise AssertionError(f"{name} is not active: {change}")
        return name

    def act(self, who, name, method, role, decision, reason=""):
        m, roles = messages()["agreement"], messages()["registry"]
        stub = self.stub(who, "AgreementService")
        prepared = stub.PrepareStatement(
            m.PrepareStatementRequest(
                agreement=name, role=roles.Role.Value(role), decision=m.StatementDecision.Value("STATEMENT_DECISION_" + decision),
                reason=reason))
        request = m.StatementRequest(statement=prepared.statement, signature=self.sign(who, prepared.statement), reason=reason)
        return getattr(stub, method)(request)

    # Exchanges

    def token(self, who, agreement, dataset, purpose, seconds=0):
        scope = f"agr:{agreement}@1 ds:{dataset}:read purpose:{purpose}"
        request = messages()["token"].IssueTokenRequest(scope=scope, lifetime_seconds=seconds)
        return self.stub(who, "TokenService").IssueToken(request).access_token

    def query(self, who, token, **request):
        return self.stub(who, "ExchangeService").Query(
            messages()["exchange"].QueryRequest(**request), metadata=[("authorization", "Bearer " + token)], timeout=30)

    def denial(self, reason):
        """The newest DENIAL with that true reason. A second of the same kind within a second is counted and written when the second is over."""
        ledger = messages()["ledger"]
        stub = self.stub("nao/auditor", "AdministrationService")
        for _ in range(40):
            for denial in stub.ExplainDenials(ledger.ExplainDenialsRequest(limit=20)).denials:
                if denial.reason == reason:
                    return denial
            time.sleep(0.1)
        raise AssertionError(f"no DENIAL says {reason}")


def node(value):
    """A plain value as a DocumentNode."""
    m = messages()["document"].DocumentNode
    if value is None:
        return m(null=0)
    if isinstance(value, bool):
        return m(boolean=value)
    if isinstance(value, int):
        return m(integer=value)
    if isinstance(value, str):
        return m(text=value)
    if isinstance(value, list):
        return m(sequence=m.Sequence(items=[node(item) for item in value]))
    return m(mapping=m.Mapping(members=[m.Member(name=name, value=node(item)) for name, item in value.items()]))


def reason(error):
    """The reason of the google.rpc.ErrorInfo in a refused call, or None."""
    from google.protobuf import descriptor_pb2  # noqa: F401  (protobuf must be importable)
    details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
    if details is None:
        return None
    # google.rpc.Status: 3 = details (Any: 1 = type URL, 2 = value); ErrorInfo: 1 = reason.
    for any_bytes in fields(details).get(3, []):
        packed = fields(any_bytes)
        if packed[1][0].endswith(b"google.rpc.ErrorInfo"):
            return fields(packed[2][0])[1][0].decode()
    return None


def fields(message):
    """The length-delimited and varint fields of a protobuf message, by number."""
    out, at = {}, 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        tag = varint()
        if tag & 7 == 0:
            value = varint()
        elif tag & 7 == 2:
            length = varint()
            value = message[at:at + length]
            at += length
        elif tag & 7 == 1:
            value = message[at:at + 8]
            at += 8
        else:
            value = message[at:at + 4]
            at += 4
        out.setdefault(tag >> 3, []).append(value)
    return out
