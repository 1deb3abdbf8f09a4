"""Canonical protobuf and P-256, in the standard library alone: what the vectors of the replay are written and read with.
No protobuf library, no cryptography library, no code of the broker."""

import hashlib

# ---- protobuf


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field, value):
    return varint(field << 3) + varint(value) if value else b""


def chunk(field, value):
    body = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(body)) + body


def text(field, value):
    return chunk(field, value) if value else b""


class NotCanonical(Exception):
    pass


def fields(data):
    """[(number, value)] of canonical bytes; values are ints or bytes. Refuses what no canonical encoder writes."""
    position, last, found = 0, 0, []

    def take():
        nonlocal position
        value = shift = 0
        while True:
            if position >= len(data):
                raise NotCanonical("truncated")
            byte = data[position]
            position += 1
            if shift == 63 and byte > 1:
                raise NotCanonical("varint too long")
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                if byte == 0 and shift:
                    raise NotCanonical("varint not minimal")
                return value
            shift += 7

    while position < len(data):
        tag = take()
        field, kind = tag >> 3, tag & 7
        if field == 0 or field < last:
            raise NotCanonical("field out of order")
        last = field
        if kind == 0:
            value = take()
            if value == 0:
                raise NotCanonical("a default is written")
        elif kind == 2:
            length = take()
            if position + length > len(data):
                raise NotCanonical("length past the end")
            value = data[position : position + length]
            position += length
        else:
            raise NotCanonical("wire type")
        found.append((field, value))
    return found


# ---- P-256 (FIPS 186-4, SEC 2)

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
SPKI_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")


def _double(p):
    x, y, z = p
    if not y:
        return (0, 1, 0)
    delta, gamma = z * z % P, y * y % P
    beta = x * gamma % P
    alpha = 3 * (x - delta) * (x + delta) % P
    rx = (alpha * alpha - 8 * beta) % P
    rz = ((y + z) ** 2 - gamma - delta) % P
    return (rx, (alpha * (4 * beta - rx) - 8 * gamma * gamma) % P, rz)


def _add(p, q):
    if not p[2]:
        return q
    if not q[2]:
        return p
    z1, z2 = p[2] * p[2] % P, q[2] * q[2] % P
    u1, u2 = p[0] * z2 % P, q[0] * z1 % P
    s1, s2 = p[1] * q[2] * z2 % P, q[1] * p[2] * z1 % P
    h, r = (u2 - u1) % P, (s2 - s1) % P
    if not h:
        return _double(p) if not r else (0, 1, 0)
    h2 = h * h % P
    h3, v = h * h2 % P, u1 * h2 % P
    x = (r * r - h3 - 2 * v) % P
    return (x, (r * (v - x) - s1 * h3) % P, h * p[2] * q[2] % P)


def _multiply(scalar, point):
    result, addend = (0, 1, 0), (point[0], point[1], 1)
    while scalar:
        if scalar & 1:
            result = _add(result, addend)
        addend = _double(addend)
        scalar >>= 1
    return result


def _affine(p):
    inverse = pow(p[2], -1, P)
    return (p[0] * inverse * inverse % P, p[1] * inverse**3 % P)


class Key:
    """A key from a name; anybody can make it again, so it protects nothing."""

    def __init__(self, name):
        self.secret = int.from_bytes(hashlib.sha256(f"replay vector key {name} - not secret".encode()).digest(), "big") % N
        x, y = _affine(_multiply(self.secret, G))
        self.spki = SPKI_HEAD + x.to_bytes(32, "big") + y.to_bytes(32, "big")

    def sign(self, message):
        digest = hashlib.sha256(message).digest()
        k = int.from_bytes(hashlib.sha256(digest + self.secret.to_bytes(32, "big")).digest(), "big") % N
        r = _affine(_multiply(k, G))[0] % N
        s = pow(k, -1, N) * (int.from_bytes(digest, "big") + r * self.secret) % N
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


_seen = {}


def is_signed(spki, signature, message):
    """Whether r || s is a signature of the message by the key."""
    known = (spki, signature, message)
    if known not in _seen:
        _seen[known] = _verify(spki, signature, message)
    return _seen[known]


def _verify(spki, signature, message):
    if len(signature) != 64 or spki[:27] != SPKI_HEAD or len(spki) != 91:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    x, y = int.from_bytes(spki[27:59], "big"), int.from_bytes(spki[59:], "big")
    if not (0 < r < N and 0 < s < N) or (y * y - x**3 + 3 * x - B) % P:
        return False
    e, w = int.from_bytes(hashlib.sha256(message).digest(), "big"), pow(s, -1, N)
    point = _add(_multiply(e * w % N, G), _multiply(r * w % N, (x, y)))
    return bool(point[2]) and _affine(point)[0] % N == r
