"""A small ledger written by hand: two departments, their officers, one dataset, one agreement, a few exchanges. Every byte is
composed here from Protocols/ledger.proto, Protocols/terms.proto and descriptor.proto."""

import base64
import hashlib

from wire import Key, chunk, number, text, varint

ORIGIN = "ledger.example/broker-1"
# The verifier key of the Ed25519 key whose seed is SHA-256("replay vector log key - not secret").
VKEY = "ledger.example/broker-1+867b2a16+ASzdB53/4+IxWFUXYb1wDYenfzi+8ghamhz5SeiwbIGX"
SECOND = 1_000_000
START = 1_795_435_200 * SECOND  # 2026-11-23T12:00:00Z
DWP, LEEDS, NAO = 1, 2, 3
ADMIN, SERVICE, SECOND_SERVICE, AUDITOR = 5, 70_001, 70_002, 60_001
AGREEMENT = "ISA-2026-0042"
NOBODY = bytes(32)

ROLES = {
    "requester": 1, "case-officer": 2, "legal": 3, "dpo": 4, "security": 5, "asset-owner": 6,
    "siro": 7, "signatory": 8, "oncall": 9,
}
DECISIONS = {"no-concern": 1, "concern": 2, "must-not-proceed": 3, "approve": 4, "reject": 5, "sign": 6}
(EXCHANGE, DENIAL, ATTEMPT, ACK, TOKEN, STEP, REGISTRY, KEY, ERASURE, FINDING, OVERSIGHT, SUCCESSION, HEARTBEAT) = range(3, 16)


def sha(*parts):
    return hashlib.sha256(b"".join(part.encode() if isinstance(part, str) else part for part in parts)).digest()


def officer(organisation, role):
    return organisation * 1_000 + ROLES[role]


def thumbprint(principal):
    return sha("certificate of ", str(principal))


def delegation_record(line, principal, rows=10_000):
    body = number(1, principal) + number(2, 1_767_225_600 * SECOND) + number(3, 1_830_297_600 * SECOND) + number(4, 6)
    return body + number(5, rows) + number(8, line)


def schema():
    """A record of four optional fields: nino, amount_pence, local_authority, notes; nino is the key; people are invented."""
    names = [("nino", 9), ("amount_pence", 3), ("local_authority", 9), ("notes", 9)]
    message = chunk(1, "Record")
    for place, (name, kind) in enumerate(names):
        field = chunk(1, name) + number(3, place + 1) + number(4, 1) + number(5, kind) + varint(9 << 3) + varint(place) + number(17, 1)
        message += chunk(2, field)
    message += chunk(7, chunk(51_234, chunk(1, varint(1)) + number(2, 1)))
    for name, _ in names:
        message += chunk(8, chunk(1, "_" + name))
    return chunk(1, chunk(1, "record.proto") + chunk(2, "vectors") + chunk(4, message) + chunk(12, "proto3"))


def terms(rows_per_day=1_000, signed_requests=False, version=1, agreement=AGREEMENT):
    party = lambda slug, name, role: chunk(8, chunk(1, slug) + chunk(2, name) + number(3, role) + number(4, 1))
    rule = lambda path, transform, why, *settings: chunk(
        4, chunk(1, path) + chunk(2, transform) + b"".join(chunk(3, chunk(1, a) + chunk(2, b)) for a, b in settings) + chunk(4, why)
    )
    purpose = chunk(1, "council-tax-reduction") + chunk(2, "Working out reductions.") + chunk(3, "No less would do.") + chunk(4, "Fairness.")
    law = chunk(1, "Functions of the authority.") + chunk(2, "WRA2012-s131") + chunk(3, "Section 131.") + number(5, 5) + number(11, 1)
    awards = (
        chunk(1, "uc.awards") + chunk(2, sha(schema())) + chunk(3, varint(1) + varint(3))
        + rule("amount_pence", "round", "Whole pounds.", ("base", "100"), ("mode", "half_up")) + rule("nino", "allow", "To find the claim.")
        + chunk(5, chunk(1, chunk(1, "local_authority") + chunk(2, "E08000035"))) + chunk(6, "nino") + chunk(8, "nino") + chunk(9, "Claimants")
    )
    claims, debts = (
        chunk(1, name) + chunk(2, sha(schema())) + chunk(3, varint(1) + varint(2)) + rule("nino", "allow", "To find the claim.")
        + chunk(6, "nino") + chunk(9, "Claimants")
        for name in ("uc.claims", "uc.debts")
    )
    limits = number(1, 100) + number(2, rows_per_day) + number(3, 1_000_000) + number(4, 50) + number(5, 300) + number(6, 600)
    duties = number(1, 365) + chunk(2, "End of the award") + number(3, 1) + number(5, 1) + number(7, 1) + number(8, 1) + number(11, 24)
    return (
        chunk(1, agreement) + number(2, version) + chunk(5, "Council tax reduction in Leeds") + number(6, 2) + number(7, 1)
        + party("dwp", "Department for Work and Pensions", 1) + party("leeds-cc", "Leeds City Council", 2)
        + chunk(9, purpose + number(12, 2)) + chunk(10, law + chunk(12, "2026-10")) + chunk(11, chunk(1, "DPIA-77") + number(2, 1) + number(3, 1))
        + chunk(12, awards) + chunk(12, claims) + chunk(12, debts) + chunk(13, number(1, 1) + chunk(2, "As claims change")) + chunk(14, limits)
        + chunk(15, number(1, 1) + number(3, 3) + chunk(4, "United Kingdom"))
        + chunk(16, number(1, 1) + number(2, 2 if signed_requests else 1)) + chunk(17, duties + number(12, 1))
        + chunk(18, chunk(1, "2026-11-01") + chunk(2, "2027-10-31") + chunk(3, "2027-06-01") + number(4, 60))
    )


def terms_digest(bytes_):
    return sha(b"concordat/terms/1\0", bytes_)


# Everything that the terms allow: dataset, actions, bit set of fields.
EVERYTHING = (("uc.awards", (1, 2), b"\x03"), ("uc.claims", (1,), b"\x01"), ("uc.debts", (1,), b"\x01"))
# What an exchange says that streams uc.claims.
STREAM = dict(f11=2, f14="uc.claims", f18=b"\x01", f20=None)


def allowance(version=1, purpose="council-tax-reduction", grants=EVERYTHING, rows=1_000, bytes_=1_000_000, calls=50, per_call=100):
    """What a token allows: fields 11 to 14 of the TOKEN entry."""
    granted = b"".join(
        chunk(13, chunk(1, dataset) + chunk(2, b"".join(varint(action) for action in actions)) + text(3, bits)) for dataset, actions, bits in grants
    )
    return number(11, version) + chunk(12, purpose) + granted + chunk(14, number(1, rows) + number(2, bytes_) + number(3, calls) + number(4, per_call))


class Log:
    """Entries one after another, a second apart."""

    def __init__(self, entries=(), now=START):
        self.entries, self.now, self.marks = list(entries), now, {}
        self.agreement, self.terms = AGREEMENT, terms()
        self.epoch = 0
        self.client_epoch = self.organisation_epoch = self.broker_epoch = 0
        self.fresh = 0
        self.run = b"\x01" * 16

    def add(self, kind, body, arrived=None, sequenced=None):
        self.now += SECOND
        sequenced = self.now if sequenced is None else sequenced
        self.entries.append(number(1, self.now if arrived is None else arrived) + number(2, sequenced) + chunk(kind, body))
        return len(self.entries) - 1

    def salt(self):
        self.fresh += 1
        return sha("salt ", str(len(self.entries)), " ", str(self.fresh))

    # registry

    def register(self, subject, content, actor=ADMIN, act=1, epoch=0):
        return self.add(REGISTRY, number(1, act) + number(2, actor) + chunk(3, "TEST") + number(4, epoch) + chunk(subject, content))

    def organisation(self, number_, slug, **more):
        return self.register(5, number(1, number_) + chunk(2, slug), **more)

    def principal(self, number_, organisation, kind, client="", **more):
        return self.register(6, number(1, number_) + number(2, organisation) + number(3, kind) + text(4, client), **more)

    def certificate(self, principal, **more):
        body = chunk(1, thumbprint(principal)) + number(2, principal) + chunk(3, Key(principal).spki)
        return self.register(9, body + number(4, 1_767_225_600 * SECOND) + number(5, 1_830_297_600 * SECOND), **more)

    def role(self, principal, role, **more):
        return self.register(7, number(1, principal) + chunk(2, role), **more)

    def delegation(self, line, principal, rows=10_000, **more):
        return self.register(8, delegation_record(line, principal, rows), **more)

    def dataset(self, revision=1, name="uc.awards", rows=200, **more):
        body = chunk(1, name) + number(2, DWP) + chunk(3, schema()) + chunk(4, sha(schema())) + number(5, revision) + number(6, rows)
        return self.register(10, body, **more)

    def heartbeat(self, act, run=None, **more):
        self.run = run if act == 1 and run else self.run
        run = run or self.run
        return self.add(HEARTBEAT, number(1, act) + chunk(2, run) + (chunk(3, "0.1.0") if act == 1 else b""), **more)

    # agreement

    def statement(self, role, decision, reason=b"", origin=ORIGIN, digest=None, time=None):
        return (
            chunk(1, origin) + chunk(2, self.agreement) + number(3, 1) + chunk(4, digest or terms_digest(self.terms)) + number(5, ROLES[role])
            + number(6, DECISIONS[decision]) + text(7, reason) + number(8, (self.now if time is None else time))
        )

    def step(self, transition, actor, organisation, role, state, statement=b"", signature=None, new_terms=b"", command=b"", epoch=None, version=1):
        if transition == "draft":
            self.epoch = 1
        if transition in ("activate", "suspend", "terminate", "expire"):
            self.epoch += 1
        signed = b""
        if statement:
            signature = signature or Key(actor).sign(b"concordat/decision/1\0" + statement)
            signed = chunk(8, statement) + chunk(9, signature) + chunk(10, thumbprint(actor))
        body = (
            chunk(1, self.agreement) + number(2, version) + chunk(3, transition) + number(4, actor) + number(5, organisation) + text(6, role)
            + chunk(7, "TEST") + signed + text(11, new_terms) + chunk(12, terms_digest(self.terms)) + chunk(14, state)
            + number(15, self.epoch if epoch is None else epoch) + text(16, command)
        )
        return self.add(STEP, body)

    def say(self, transition, organisation, role, decision, state, **more):
        reason = more.pop("reason", b"")
        statement = more.pop("statement", None) or self.statement(role, decision, reason)
        return self.step(transition, more.pop("actor", officer(organisation, role)), organisation, role, state, statement=statement, **more)

    # tokens and exchanges

    def epochs(self, agreement=None):
        return (
            number(1, self.epoch if agreement is None else agreement) + number(2, self.organisation_epoch) + number(3, self.client_epoch)
            + number(4, self.broker_epoch)
        )

    def token(self, name, certificate=None, agreement=None, expiry=None, epochs=None, client=SERVICE, parent=None, arrived=None, **allowed):
        end = self.now + 301 * SECOND if expiry is None else expiry
        body = (
            number(1, 2 if parent else 1) + chunk(2, sha("token ", name)) + number(3, self.marks["activate"] if agreement is None else agreement)
            + number(4, client) + chunk(5, certificate or thumbprint(client)) + number(6, end) + chunk(7, epochs or self.epochs())
            + (chunk(8, sha("token ", parent)) if parent else b"") + allowance(**allowed)
        )
        return self.add(TOKEN, body, arrived=arrived)

    def revoke(self, name, actor=SERVICE):
        return self.add(TOKEN, number(1, 3) + chunk(2, sha("token ", name)) + number(4, SERVICE) + number(9, actor) + chunk(10, "TEST"))

    def exchange(self, token="first", **change):
        rows = change.pop("rows", 2)
        times = {key: change.pop(key) for key in ("arrived", "sequenced") if key in change}
        value = {
            1: sha("exchange ", self.salt())[:16], 3: 1, 5: LEEDS, 6: DWP, 7: SERVICE, 8: self.marks["activate"],
            9: terms_digest(self.terms), 10: self.epochs(), 11: 1, 12: "council-tax-reduction", 13: "WRA2012-s131", 14: "uc.awards", 15: 1,
            16: sha("token ", token), 17: thumbprint(SERVICE), 18: b"\x03", 19: b"\x01", 20: b"\x02", 21: rows, 22: rows,
            24: self.salt(), 25: sha("records ", self.salt()) if rows else sha(b""), 27: self.salt(), 34: 40 * rows,
        }
        value.update({int(key[1:]): part for key, part in change.items()})
        body = b""
        for field in sorted(value):
            part = value[field]
            if part is not None:
                body += number(field, part) if isinstance(part, int) else text(field, part) if field != 10 else chunk(field, part)
        return self.add(EXCHANGE, body, **times)


def token_key(act, name="token", actor=0):
    """A KEY entry's body for a token key. Its name is its thumbprint, RFC 7638."""
    spki = Key(name).spki
    x, y = (base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (spki[27:59], spki[59:]))
    kid = base64.urlsafe_b64encode(sha(f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}')).rstrip(b"=").decode()
    return number(1, 2) + number(2, act) + chunk(3, kid) + chunk(4, spki) + number(5, actor)


def founded():
    """A log with everybody registered and a dataset in the catalogue."""
    log = Log()
    raw = base64.b64decode(VKEY.split("+", 2)[2])[1:]
    log.add(KEY, number(1, 1) + number(2, 2) + chunk(3, VKEY) + chunk(4, raw) + chunk(7, ORIGIN))
    log.add(KEY, token_key(2))
    log.organisation(DWP, "dwp", actor=0)
    log.principal(ADMIN, DWP, 4, actor=0)
    log.certificate(ADMIN, actor=0)
    log.marks["start"] = log.heartbeat(1)
    log.organisation(LEEDS, "leeds-cc")
    log.organisation(NAO, "nao")
    for organisation in (DWP, LEEDS):
        for role in ROLES:
            if (organisation, role) in ((DWP, "requester"), (LEEDS, "case-officer"), (LEEDS, "oncall")):
                continue
            log.principal(officer(organisation, role), organisation, 2)
            log.role(officer(organisation, role), role)
            log.certificate(officer(organisation, role))
            if role == "signatory":
                log.delegation(organisation, officer(organisation, role))
    log.principal(SERVICE, LEEDS, 1, "leeds-cc-ctr")
    log.marks["service-certificate"] = log.certificate(SERVICE)
    log.principal(SECOND_SERVICE, LEEDS, 1, "leeds-cc-housing")
    log.certificate(SECOND_SERVICE)
    log.principal(AUDITOR, NAO, 3)
    log.certificate(AUDITOR)
    log.dataset()
    log.dataset(name="uc.claims")
    log.dataset(name="uc.debts")
    return log


def reviewed(log):
    """The agreement that the log speaks of, from its draft to the last decision; where each of its steps stands."""
    mark = log.marks
    mark["draft"] = log.step("draft", officer(LEEDS, "requester"), LEEDS, "requester", "draft", new_terms=log.terms)
    mark["submit"] = log.step("submit", officer(LEEDS, "requester"), LEEDS, "requester", "submitted")
    mark["take-up"] = log.step("take-up", officer(DWP, "case-officer"), DWP, "case-officer", "in-review", command=number(1, 1))
    for organisation in (DWP, LEEDS):
        for role in ("legal", "dpo", "security"):
            mark[f"advise-{organisation}-{role}"] = log.say("advise", organisation, role, "no-concern", "in-review")
    mark["decide-1"] = log.say("decide", DWP, "asset-owner", "approve", "in-review")
    mark["decide-2"] = log.say("decide", LEEDS, "asset-owner", "approve", "approved")


def signed(log):
    log.marks["sign-1"] = log.say("sign", DWP, "signatory", "sign", "approved")
    log.marks["sign-2"] = log.say("sign", LEEDS, "signatory", "sign", "signed")


def governed(log=None):
    """The same with one agreement in force."""
    log = log or founded()
    log.heartbeat(2)
    reviewed(log)
    signed(log)
    log.marks["activate"] = log.step("activate", 0, 0, "", "active")
    return log


def beside(log, name):
    """Another agreement of the same terms, with marks of its own."""
    other = Log(log.entries, log.now)
    other.entries, other.agreement, other.terms = log.entries, name, terms(agreement=name)
    return other
