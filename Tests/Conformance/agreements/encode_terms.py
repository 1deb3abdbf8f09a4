#!/usr/bin/env python3
"""Canonical bytes of fixed terms, a fixed annex and a fixed statement, by Protocols/terms.proto and nothing else: no protobuf library and no
code of the broker. Prints the vector file; with --check, compares it with Tests/Vectors/agreements/terms-1.txt and exits 1 where they differ.

    Tests/Conformance/agreements/encode_terms.py > Tests/Vectors/agreements/terms-1.txt
"""

import hashlib
import pathlib
import sys


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


def packed(field, values):
    return chunk(field, b"".join(varint(value) for value in values))


def parameter(name, value):
    return chunk(1, name) + chunk(2, value)


def rule(path, transform, necessity, *parameters):
    return chunk(1, path) + chunk(2, transform) + b"".join(chunk(3, one) for one in parameters) + chunk(4, necessity)


def terms():
    dwp = chunk(1, "dwp") + chunk(2, "Department for Work and Pensions") + number(3, 1) + number(4, 1)
    leeds = chunk(1, "leeds-cc") + chunk(2, "Leeds City Council") + number(3, 2) + number(4, 1)
    purpose = (
        chunk(1, "council-tax-reduction")
        + chunk(2, "Working out council tax reduction.")
        + chunk(3, "The scheme counts earnings and deductions.")
        + chunk(4, "People get the reduction that they are due.")
        + number(12, 2)
    )
    law = (
        chunk(1, "Functions of the billing authority.")
        + chunk(2, "WRA2012-s131")
        + chunk(3, "Welfare Reform Act 2012, section 131.")
        + number(5, 5)
        + number(11, 1)
        + chunk(12, "2026-10")
    )
    assessment = chunk(1, "DPIA-77") + number(2, 1) + number(3, 1)
    schema = hashlib.sha256(b"test").digest()
    dataset = (
        chunk(1, "uc.awards")
        + chunk(2, schema)
        + packed(3, [1])
        + chunk(4, rule("award.amount_pence", "round", "The scheme counts whole pounds.", parameter("base", "100"), parameter("mode", "half_up")))
        + chunk(4, rule("nino", "allow", "To find the claim."))
        + chunk(5, chunk(1, chunk(1, "local_authority") + chunk(2, "E08000035")))
        + chunk(6, "nino")
        + chunk(9, "Universal Credit claimants")
    )
    exchange = number(1, 1) + chunk(2, "As claims change")
    limits = number(1, 100) + number(2, 10_000) + number(3, 10_000_000) + number(4, 5_000) + number(5, 300) + number(6, 600)
    security = number(1, 1) + number(3, 3) + chunk(4, "United Kingdom")
    evidence = number(1, 1) + number(2, 1)
    duties = (
        number(1, 365) + chunk(2, "End of the award") + number(3, 1) + number(5, 1) + number(7, 1) + number(8, 1) + number(11, 24) + number(12, 1)
    )
    period = chunk(1, "2026-11-01") + chunk(2, "2027-10-31") + chunk(3, "2027-06-01") + number(4, 60)
    return (
        chunk(1, "ISA-2026-0042")
        + number(2, 1)
        + chunk(5, "Council tax reduction in Leeds")
        + number(6, 2)
        + number(7, 1)
        + chunk(8, dwp)
        + chunk(8, leeds)
        + chunk(9, purpose)
        + chunk(10, law)
        + chunk(11, assessment)
        + chunk(12, dataset)
        + chunk(13, exchange)
        + chunk(14, limits)
        + chunk(15, security)
        + chunk(16, evidence)
        + chunk(17, duties)
        + chunk(18, period)
    )


def annex():
    contact = chunk(1, "dwp") + chunk(2, "security-24x7") + chunk(3, "Security operations")
    return chunk(1, contact) + chunk(3, "At any time") + chunk(4, "10.20.0.0/16") + chunk(4, "192.0.2.0/24")


def statement(terms_digest):
    return (
        chunk(1, "ledger.example/broker-1")
        + chunk(2, "ISA-2026-0042")
        + number(3, 1)
        + chunk(4, terms_digest)
        + number(5, 6)
        + number(6, 4)
        + chunk(7, hashlib.sha256(b"a note").digest())
        + number(8, 1_795_435_200_000_000)
    )


def vector():
    terms_bytes, annex_bytes = terms(), annex()
    terms_digest = hashlib.sha256(b"concordat/terms/1\0" + terms_bytes).digest()
    annex_digest = hashlib.sha256(b"concordat/annex/1\0" + bytes(range(32)) + annex_bytes).digest()
    statement_bytes = statement(terms_digest)
    return "".join(
        f"{name} {value.hex()}\n"
        for name, value in [
            ("terms", terms_bytes),
            ("terms-digest", terms_digest),
            ("annex", annex_bytes),
            ("annex-digest", annex_digest),
            ("statement", statement_bytes),
            ("signing-input", b"concordat/decision/1\0" + statement_bytes),
        ]
    )


if __name__ == "__main__":
    text = vector()
    if sys.argv[1:] == ["--check"]:
        kept = pathlib.Path(__file__).resolve().parents[2] / "Vectors/agreements/terms-1.txt"
        sys.exit(0 if kept.read_text() == text else "the vector file differs from what this program encodes")
    sys.stdout.write(text)
