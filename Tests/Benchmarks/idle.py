"""What a thousand idle connections with mutual TLS hold of memory: the broker, and nghttpd beside it in the same run.

usage: idle.py [CONNECTIONS]     CONCORDAT_ROOT and CONCORDAT_BIN name the repository and a release build; needs nghttpd
"""
import os
import pathlib
import socket
import ssl
import struct
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "EndToEnd"))
from parties import ANALYSTS, Broker, free_port  # noqa: E402

# Long enough for a connection to rest, and for memory to go back to the system.
REST_SECONDS = 20


def resident(pid):
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024


def connected(broker, port):
    """A connection that has said what HTTP/2 asks of a client first, and no more."""
    context = ssl.create_default_context(cafile=str(broker.pki / "ca.pem"))
    context.set_alpn_protocols(["h2"])
    context.load_cert_chain(str(broker.pki / (ANALYSTS + ".pem")), str(broker.pki / (ANALYSTS + ".key")))
    connection = context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="localhost")
    connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + struct.pack(">I", 0)[1:] + bytes([4, 0]) + struct.pack(">I", 0))
    return connection


def each(broker, pid, port, count):
    time.sleep(2)
    before = resident(pid)
    held = [connected(broker, port) for _ in range(count)]
    time.sleep(REST_SECONDS)
    kept = (resident(pid) - before) / count
    for connection in held:
        connection.close()
    return before, kept


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    broker = Broker()
    peer = None
    try:
        # What making the home needed is not the idle process.
        broker.stop()
        broker.start()
        idle, ours = each(broker, broker.process.pid, broker.api, count)
        port = free_port()
        peer = subprocess.Popen(
            ["nghttpd", "--verify-client", "-n", "1", f"--htdocs={broker.dir}", str(port), str(broker.pki / "broker.key"),
             str(broker.pki / "broker.pem")],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, theirs = each(broker, peer.pid, port, count)
        print(f"idle broker: {idle / 1024:.1f} MiB")
        print(f"{count} idle connections: ours {ours:.1f} KiB each, nghttpd {theirs:.1f} KiB each; ratio {ours / theirs:.2f}")
    finally:
        if peer is not None:
            peer.terminate()
            peer.wait()
        broker.close()


if __name__ == "__main__":
    main()
