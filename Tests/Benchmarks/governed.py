"""CPU of the whole broker for one governed Query (one citizen by number, evidence of each field, receipt), all threads counted.

usage: governed.py CERTIFICATE_PRELOAD [CALLS]     prints `bytes TOKEN ANSWER`, then one line a shape: SHAPE MICROSECONDS
CONCORDAT_ROOT and CONCORDAT_BIN name the repository and a release build; h2load presents the certificate by the preloaded library.
"""
import os
import pathlib
import struct
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "EndToEnd"))
from parties import COUNCIL, Broker, messages  # noqa: E402

LEEDS = "E08000035"


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ledger_size(broker):
    answer = broker.stub("nao/auditor", "LedgerService").GetCheckpoint(messages()["ledger"].GetCheckpointRequest())
    return int(answer.checkpoint.splitlines()[1])


def main():
    preload, calls = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20000
    broker = Broker()
    try:
        people = broker.import_awards(1000)
        citizen = next(person for person in people if person["local_authority"] == LEEDS)
        terms = broker.template("council-tax-reduction", "uc.awards")
        terms["limits"].update(rows_per_day=100000, calls_per_day=10000000, bytes_per_day=100000000000)
        agreement = broker.agree(terms, "leeds-cc", "dwp")
        request = messages()["exchange"].QueryRequest(
            agreement=agreement, dataset="uc.awards", purpose="council-tax-reduction",
            key=messages()["exchange"].KeySearch(value=citizen["nino"]))
        first = broker.query(COUNCIL, broker.token(COUNCIL, agreement, "uc.awards", "council-tax-reduction"), agreement=agreement,
                             dataset="uc.awards", purpose="council-tax-reduction", key=request.key)
        # A client that holds the output schema does not ask for it again.
        request.known_schema = first.schema_digest
        body = request.SerializeToString()
        payload = broker.dir / "request"
        payload.write_bytes(b"\0" + struct.pack(">I", len(body)) + body)
        first.ClearField("schema")
        for connections, streams in ((8, 32), (64, 1)):
            token = broker.token(COUNCIL, agreement, "uc.awards", "council-tax-reduction")
            command = [
                "h2load", "-t", "1", "-c", str(connections), "-m", str(streams), "-d", str(payload), "-H", "content-type: application/grpc", "-H",
                "te: trailers", "-H", f"authorization: Bearer {token}", f"https://127.0.0.1:{broker.api}/concordat.v1.ExchangeService/Query"]
            environment = {
                **os.environ, "LD_PRELOAD": preload, "CLIENT_CERTIFICATE": str(broker.pki / (COUNCIL + ".pem")),
                "CLIENT_KEY": str(broker.pki / (COUNCIL + ".key"))}
            load = lambda count: subprocess.run([*command, "-n", str(count)], env=environment, capture_output=True, text=True, check=True)
            if connections == 8:
                print(f"bytes {len(token)} {first.ByteSize()}", flush=True)
            load(2000)
            size, before = ledger_size(broker), cpu_seconds(broker.process.pid)
            load(calls)
            spent, entries = cpu_seconds(broker.process.pid) - before, ledger_size(broker) - size
            if entries < calls:
                raise SystemExit(f"{calls - entries} of {calls} queries left no entry")
            print(f"{connections}x{streams} {spent / calls * 1e6:.1f}", flush=True)
    finally:
        broker.close()


if __name__ == "__main__":
    main()
