"""All rents in one stream: rows a second with every thread of the broker on one core, the first batch, and what a slow reader costs.

usage: stream.py GO-STREAM [ROUNDS]     CONCORDAT_ROOT and CONCORDAT_BIN name the repository and a release build
"""
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "EndToEnd"))
from parties import ANALYSTS, ROOT, Broker, free_port, messages  # noqa: E402

ROWS = 1_187_194
SLOW_SECONDS = 20


def cpu_seconds(pid):
    return sum(int((task / "schedstat").read_text().split()[0]) for task in pathlib.Path(f"/proc/{pid}/task").iterdir()) / 1e9


def resident(pid):
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def pinned(pid):
    subprocess.run(["taskset", "-acp", "0", str(pid)], check=True, capture_output=True)


def company(broker, tool, others, agreement, stream_request):
    """A query alone, and beside 200 watchers and 50 streams; all clients on the other core, the broker on both."""
    pid = broker.process.pid
    subprocess.run(["taskset", "-acp", f"0-{os.cpu_count() - 1}", str(pid)], check=True, capture_output=True)
    query = broker.dir / "query"
    exchange = messages()["exchange"]
    query.write_bytes(exchange.QueryRequest(
        agreement=agreement, dataset="voa.rents", purpose="rent-analysis", page_size=10, filter=exchange.FilterSearch(
            conditions=[exchange.Condition(field="brma", equals="LEEDS")])).SerializeToString())
    empty = broker.dir / "empty"
    empty.write_bytes(b"")
    token = broker.token(ANALYSTS, agreement, "voa.rents", "rent-analysis")

    def run(mode, who, method, request, *more):
        identity = [str(broker.pki / f"{who}.pem"), str(broker.pki / f"{who}.key"), str(broker.pki / "ca.pem")]
        return subprocess.Popen(
            [*others, tool, mode, f"localhost:{broker.api}", *identity, method, str(request), *map(str, more)],
            env={**os.environ, "BEARER": token if who == ANALYSTS else ""}, stdout=subprocess.PIPE, text=True)

    def ask():
        return run("query", ANALYSTS, "/concordat.v1.ExchangeService/Query", query, 2000).communicate()[0].split()

    ask()
    alone = ask()
    # 16 watches of one principal are allowed.
    people = [f"{side}/{role}" for side in ("dwp", "voa", "leeds-cc")
              for role in ("requester", "case-officer", "legal", "dpo", "security", "asset-owner", "signatory", "oncall")
              if (broker.pki / f"{side}/{role}.pem").exists()][:13]
    running = [run("hold", who, "/concordat.v1.LedgerService/FollowLedger", empty, min(16, 200 - 16 * place), 25) for place, who in enumerate(people)]
    streams = run("hold", ANALYSTS, "/concordat.v1.ExchangeService/Stream", stream_request, 50, 25)
    time.sleep(3)
    beside = ask()
    streamed, streaming = map(int, streams.communicate()[0].split())
    watchers = sum(int(process.communicate()[0].split()[1]) for process in running)
    if (watchers, streaming) != (200, 50):
        raise SystemExit(f"{watchers} watchers and {streaming} streams were told anything, instead of 200 and 50")
    return alone, beside, watchers, streamed


def main():
    tool, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3
    others = ["taskset", "-c", f"1-{os.cpu_count() - 1}"] if os.cpu_count() > 1 else []
    broker = Broker()
    peer = None
    try:
        broker.cli(
            "voa/asset-owner", "catalogue", "import", ROOT / "Deploy/data/voa-list-of-rents-2019-2020.csv.gz", "--labels",
            ROOT / "Deploy/demo/voa.rents.labels.yaml")
        for signatory in ("dwp-signatory", "voa-signatory"):
            broker.stub("operator/administrator", "RegistryService").SetDelegation(
                messages()["registry"].SetDelegationRequest(
                    id=signatory, until=2_000_000_000_000_000, max_sensitivity=4, max_rows_per_day=2_000_000_000, **{"from": 1_767_225_600_000_000}))
        terms = broker.template("rent-analysis", "voa.rents")
        terms["limits"].update(rows_per_day=1_000_000_000, bytes_per_day=1_000_000_000_000, calls_per_day=1_000_000)
        agreement = broker.agree(terms, "dwp", "voa")
        request = broker.dir / "request"
        request.write_bytes(
            messages()["exchange"].StreamRequest(agreement=agreement, dataset="voa.rents", purpose="rent-analysis").SerializeToString())
        # A new process for the figures: importing has left its own memory behind.
        broker.stop()
        broker.start()
        pid = broker.process.pid
        pinned(pid)
        identity = [str(broker.pki / f"{ANALYSTS}.pem"), str(broker.pki / f"{ANALYSTS}.key"), str(broker.pki / "ca.pem")]

        def take(address, method, *slow):
            token = broker.token(ANALYSTS, agreement, "voa.rents", "rent-analysis")
            command = [*others, tool, "client", address, *identity, method, str(request), *map(str, slow)]
            result = subprocess.run(command, env={**os.environ, "BEARER": token}, capture_output=True, text=True)
            if result.returncode != 0:
                raise SystemExit(f"the stream from {address} failed: {result.stderr}")
            out = result.stdout.split()
            return [int(out[0]), int(out[1]), int(out[2]), float(out[3]), float(out[4])]

        ours = f"localhost:{broker.api}"
        figures, memory = [], []
        for _ in range(rounds):
            before, used = resident(pid), cpu_seconds(pid)
            batches, rows, size, first, seconds = take(ours, "/concordat.v1.ExchangeService/Stream")
            if rows != ROWS:
                raise SystemExit(f"{rows} rows arrived instead of {ROWS}")
            figures.append((rows / seconds, (cpu_seconds(pid) - used) / rows * 1e6, first))
            memory.append(resident(pid) - before)
        port = free_port()
        peer = subprocess.Popen(["taskset", "-c", "0", tool, "server", str(port), str(broker.pki / "broker.pem"), str(broker.pki / "broker.key"),
                                 str(broker.pki / "ca.pem"), str(batches), str(size // batches)], env={**os.environ, "GOMAXPROCS": "1"})
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        theirs = []
        for _ in range(rounds):
            used = cpu_seconds(peer.pid)
            *_, seconds = take(f"localhost:{port}", "/echo.Echo/Stream")
            theirs.append((ROWS / seconds, (cpu_seconds(peer.pid) - used) / ROWS * 1e6))
        rate, cost, first = (statistics.median(column) for column in zip(*figures))
        peer_rate, peer_cost = (statistics.median(column) for column in zip(*theirs))
        before = resident(pid)
        highest = before
        slow = subprocess.Popen(
            [*others, tool, "client", ours, *identity, "/concordat.v1.ExchangeService/Stream", str(request), "1000", str(SLOW_SECONDS)],
            env={**os.environ, "BEARER": broker.token(ANALYSTS, agreement, "voa.rents", "rent-analysis")}, stdout=subprocess.DEVNULL)
        while slow.poll() is None:
            highest = max(highest, resident(pid))
            time.sleep(0.1)
        if slow.returncode != 0:
            raise SystemExit("the slow reader was not served to the end of its time")
        alone, beside, watchers, streamed = company(broker, tool, others, agreement, request)
        print(f"{batches} batches, {size / 2**20:.0f} MiB, median of {rounds}; every thread of a server on one core")
        print(f"{'':34} {'rows/s':>10} {'us a row':>10}")
        print(f"{'Stream, rents rounded':34} {rate:10.0f} {cost:10.2f}")
        print(f"{'gRPC-Go, the same bytes':34} {peer_rate:10.0f} {peer_cost:10.2f}")
        print(f"ratio Stream / gRPC-Go, CPU: {cost / peer_cost:.2f}")
        print(f"a query alone: {alone[0]} ms, 99th percentile {alone[1]}; beside {watchers} watchers and 50 streams: {beside[0]} ms, {beside[1]}"
              f" ({streamed} batches meanwhile); ratio of the percentiles {float(beside[1]) / float(alone[1]):.2f}")
        print(f"first batch after {first:.1f} ms; memory grew by {max(memory):.1f} MiB at most, and by {highest - before:.1f} MiB with a reader of 1 kB/s")
    finally:
        if peer:
            peer.kill()
            peer.wait()
        broker.close()


if __name__ == "__main__":
    main()
