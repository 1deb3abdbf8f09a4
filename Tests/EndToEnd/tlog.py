"""Signed notes, checkpoints and tlog-proofs, written from the C2SP texts and RFC 6962 without a line of the broker's."""
import base64
import dataclasses
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def leaf(entry):
    return hashlib.sha256(b"\x00" + entry).digest()


def parent(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclasses.dataclass
class Checkpoint:
    origin: str
    size: int
    root: bytes

    @staticmethod
    def verified(note, vkey):
        """The checkpoint of a note that carries a good Ed25519 signature by `vkey`; AssertionError otherwise."""
        name, key_id, key = vkey.split("+", 2)
        raw = base64.b64decode(key, validate=True)
        assert raw[0] == 1 and len(raw) == 33
        assert hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4].hex() == key_id
        text, signatures = note.rsplit("\n\n", 1)
        text += "\n"
        good = 0
        for line in signatures.splitlines():
            dash, signer, blob = line.split(" ")
            assert dash == "\u2014"
            blob = base64.b64decode(blob, validate=True)
            if signer == name and blob[:4].hex() == key_id:
                Ed25519PublicKey.from_public_bytes(raw[1:]).verify(blob[4:], text.encode())
                good += 1
        assert good == 1
        origin, size, root = text.splitlines()
        assert origin == name and size == str(int(size))
        return Checkpoint(origin, int(size), base64.b64decode(root, validate=True))


def verify_proof(proof, entry, vkey):
    """The index that a tlog-proof gives the entry (RFC 9162 section 2.1.3.2); AssertionError where it does not hold."""
    head, checkpoint = proof.split("\n\n", 1)
    lines = head.splitlines()
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert lines[1].startswith("index ")
    index = int(lines[1][6:])
    path = [base64.b64decode(line, validate=True) for line in lines[2:]]
    signed = Checkpoint.verified(checkpoint, vkey)
    assert index < signed.size
    fn, sn, value = index, signed.size - 1, leaf(entry)
    for sibling in path:
        assert sn != 0
        if fn & 1 or fn == sn:
            value = parent(sibling, value)
            while not fn & 1 and fn != 0:
                fn >>= 1
                sn >>= 1
        else:
            value = parent(value, sibling)
        fn >>= 1
        sn >>= 1
    assert sn == 0 and value == signed.root
    return index
