#!/usr/bin/env python3
"""Replays the ledgers of Tests/Vectors/replay by the rules of Protocols/ledger-entries.md, in the standard library alone: neither the
broker's encoder nor its decision is used. The base ledger must have no finding; each other must have exactly one, at its last entry, by
the rule that the file names. Exits 1 where that is not so.

It knows the terms, the schema and the road of the vectors only as far as the rules need them."""

import base64
import collections
import hashlib
import json
import pathlib
import re
import sys

from wire import NotCanonical, chunk, fields, is_signed, number

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Vectors/replay"
PROTOCOLS = pathlib.Path(__file__).resolve().parents[3] / "Protocols/concordat/v1"
# What a refusal may be of: every call of the published protocol, with its service.
CALLS = {
    call: service
    for file in PROTOCOLS.glob("*.proto")
    for service, body in re.findall(r"^service (\w+) \{(.*?)^\}", file.read_text(), re.S | re.M)
    for call in re.findall(r"^ +rpc (\w+)", body, re.M)
}
SECOND, DAY = 1_000_000, 86_400_000_000
NAMES = "EXCHANGE DENIAL ATTEMPT ACK TOKEN STEP REGISTRY KEY ERASURE FINDING OVERSIGHT SUCCESSION HEARTBEAT".split()
KINDS = {number_ + 3: name for number_, name in enumerate(NAMES)}
ROLES = {1: "requester", 2: "case-officer", 3: "legal", 4: "dpo", 5: "security", 6: "asset-owner", 7: "siro", 8: "signatory", 9: "oncall"}
ADVISERS = ("legal", "dpo", "security")
WORDS = {"legal": (1, 2, 3), "dpo": (1, 2, 3), "security": (1, 2, 3), "asset-owner": (4, 5), "siro": (4, 5), "signatory": (6,)}

# For each body: field -> "n" number, a length in bytes, "s" printable text, "b" bytes, "m" message, "r" messages; with ! where it must be there.
SHAPES = {
    "EXCHANGE": {1: "16!", 2: "n", 3: "n", 4: "n", 5: "n!", 6: "n!", 7: "n!", 8: "n!", 9: "32!", 10: "m!", 11: "n!", 12: "s!", 13: "s!", 14: "s!", 15: "n", 16: "32!", 17: "32!", 18: "b", 19: "b", 20: "b", 21: "n", 22: "n", 23: "n", 24: "32!", 25: "32!", 26: "32", 27: "32!", 28: "n", 29: "32", 30: "64", 31: "n", 32: "16", 33: "n", 34: "n"},
    "DENIAL": {1: "n!", 2: "n", 3: "n!", 4: "s!", 5: "32", 6: "n!", 7: "n", 8: "n", 9: "16", 10: "32", 11: "s"},
    "ATTEMPT": {1: "16!", 2: "n", 3: "n", 4: "n!", 5: "s!", 6: "32!"},
    "ACK": {1: "n!", 2: "n!", 3: "n!", 4: "32!", 5: "32!"},
    "TOKEN": {1: "n!", 2: "32!", 3: "n", 4: "n!", 5: "32", 6: "n", 7: "m", 8: "32", 9: "n", 10: "s", 11: "n", 12: "s", 13: "r", 14: "m"},
    "STEP": {1: "s!", 2: "n!", 3: "s!", 4: "n", 5: "n", 6: "s", 7: "s!", 8: "b", 9: "64", 10: "32", 11: "b", 12: "32!", 13: "32", 14: "s!", 15: "n", 16: "b"},
    "REGISTRY": {1: "n!", 2: "n", 3: "s!", 4: "n", 5: "m", 6: "m", 7: "m", 8: "m", 9: "m", 10: "m", 11: "32"},
    "KEY": {1: "n!", 2: "n!", 3: "s!", 4: "b!", 5: "n", 6: "n", 7: "s", 8: "64"},
    "ERASURE": {1: "n!", 2: "n!", 3: "s!", 4: "n", 5: "n", 6: "b!", 7: "64!", 8: "32!"},
    "FINDING": {1: "n!", 2: "n", 3: "s!", 4: "n!", 5: "32!", 6: "s"},
    "OVERSIGHT": {1: "n!", 2: "n!", 3: "32!", 4: "b!", 5: "64!", 6: "32!"},
    "SUCCESSION": {1: "s", 2: "s", 3: "n", 4: "32!", 5: "n", 6: "s!"},
    "HEARTBEAT": {1: "n!", 2: "16!", 3: "s", 4: "32"},
}


class Broken(Exception):
    pass


def need(condition, rule):
    if not condition:
        raise Broken(rule)


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def single(data):
    """Fields by number, each at most once."""
    return gathered(data, ())


def gathered(data, repeated):
    """The same, where these may come several times: a tuple of what they hold."""
    value = {}
    for key, part in fields(data):
        if key in value and key not in repeated:
            raise NotCanonical("a field comes twice")
        value[key] = value.get(key, ()) + (part,) if key in repeated else part
    return value


def shaped(body, shape):
    value = gathered(body, [key for key, kind in shape.items() if kind == "r"])
    for key, part in value.items():
        if shape.get(key) == "r":
            continue
        kind = shape.get(key, "").rstrip("!")
        if not kind or isinstance(part, int) != (kind == "n"):
            raise NotCanonical("unknown field or wrong type")
        if kind.isdigit() and len(part) != int(kind) or kind in "sb" and not part:
            raise NotCanonical("wrong length, or a default is written")
        if kind == "s" and not all(0x21 <= byte <= 0x7E for byte in part):
            raise NotCanonical("not a name")
    for key, kind in shape.items():
        if kind.endswith("!") and key not in value:
            raise NotCanonical("a field is missing")
    return value


def bits(data):
    return {8 * place + bit for place, byte in enumerate(data) for bit in range(8) if byte >> bit & 1}


def root(entries):
    if len(entries) < 2:
        return sha(b"\0", entries[0]) if entries else sha()
    half = 1
    while half * 2 < len(entries):
        half *= 2
    return sha(b"\1", root(entries[:half]), root(entries[half:]))


class DatasetTerms:
    def __init__(self, data):
        rules = [dict((k, v) for k, v in fields(value) if k in (1, 2)) for key, value in fields(data) if key == 4]
        self.rules = {rule[1].decode(): rule[2].decode() for rule in rules}
        plain = {key: value for key, value in fields(data) if key in (1, 2, 3)}
        self.name, self.schema, self.operations = plain[1].decode(), plain[2], tuple(plain[3])

    def leaves(self, every):
        """Places of the leaves that leave as they are, and changed."""
        plain = {place for place, leaf in enumerate(every) if self.rules.get(leaf) == "allow"}
        return plain, {place for place, leaf in enumerate(every) if self.rules.get(leaf, "drop") not in ("allow", "drop", "null")}


class Allowance:
    """What a token allows: fields 11 to 14 of a TOKEN entry."""

    def __init__(self, e):
        if not (e.get(11) and e.get(12) and e.get(13) and e.get(14)):
            raise NotCanonical("a token that does not say what it allows")
        self.version, self.purpose, self.grants = e[11], e[12].decode(), {}
        for data in e[13]:
            grant = shaped(data, {1: "s!", 2: "b!", 3: "b"})
            name, actions, leaves = grant[1].decode(), list(grant[2]), grant.get(3, b"")
            if self.grants and name <= max(self.grants) or actions != sorted(set(actions)) or not set(actions) <= {1, 2, 3, 4} or leaves[-1:] == b"\0":
                raise NotCanonical("grants or actions out of order")
            self.grants[name] = (set(actions), bits(leaves))
        limits = shaped(e[14], {1: "n!", 2: "n!", 3: "n!", 4: "n!"})
        self.rows, self.bytes, self.calls, self.per_call = (limits[key] for key in (1, 2, 3, 4))

    def bounds(self):
        return self.rows, self.bytes, self.calls, self.per_call


ACTION = {1: 1, 2: 1, 3: 2}  # by operation: queries and streams read, matches query


def is_within(bounds, others):
    return all(one <= other for one, other in zip(bounds, others))


class Terms:
    def __init__(self, data):
        top, parties, self.datasets = {}, {}, {}
        for key, value in fields(data):
            if key == 8:
                party = dict(fields(value))
                parties[party[1].decode()] = "provider" if party[3] == 1 else "recipient"
            elif key == 12:
                named = DatasetTerms(value)
                self.datasets[named.name] = named
            else:
                top[key] = value
        limits, period = dict(fields(top[14])), dict(fields(top[18]))
        self.parties, self.digest = parties, sha(b"concordat/terms/1\0", data)
        self.version = top[2]
        self.purpose, self.gateway = dict(fields(top[9]))[1].decode(), dict(fields(top[10]))[2].decode()
        self.per_call, self.per_day, self.bytes_per_day, self.calls_per_day = (limits[key] for key in (1, 2, 3, 4))
        self.life, self.stream = limits[5], limits[6]
        self.start, self.end = (moment(period[key].decode()) for key in (1, 2))
        self.end += DAY


def moment(date):
    import datetime

    return int(datetime.datetime.fromisoformat(date).replace(tzinfo=datetime.timezone.utc).timestamp()) * SECOND


class Replay:
    def __init__(self, origin):
        self.origin, self.entries, self.findings, self.last, self.ended, self.open = origin, [], [], 0, False, True
        self.organisations, self.principals, self.certificates, self.delegations, self.used_lines = {}, {}, {}, {}, set()
        self.datasets, self.tokens, self.steps, self.exchanges, self.progress, self.used = {}, {}, {}, {}, {}, set()
        self.usage, self.run, self.broker_epoch, self.has_ledger_key, self.agreements = collections.Counter(), None, 0, False, {}
        self.token_keys, self.replaced, self.exchange_ids = {}, {}, {}

    def consume(self, data):
        index = len(self.entries)
        try:
            kind, body, arrived, sequenced = self.read(data)
        except NotCanonical:
            self.findings.append((index, "F2", "violation"))
        except Broken as broken:
            self.findings.append((index, str(broken), "violation"))
        else:
            if sequenced < self.last:
                self.findings.append((index, "F6", "violation"))
            if sequenced < arrived or sequenced > arrived + self.longest_wait(kind, body):
                self.findings.append((index, "F7", "violation"))
            if self.ended:
                self.findings.append((index, "D13", "violation"))
            self.last = max(self.last, sequenced)
            # Only `init` writes without a name, and it writes nothing else than these.
            self.open = self.open and kind in ("REGISTRY", "KEY", "SUCCESSION")
            try:
                warning = getattr(self, kind.lower())(index, body, arrived, sequenced)
                if warning:
                    self.findings.append((index, warning, "warning"))
            except Broken as broken:
                self.findings.append((index, str(broken), "violation"))
        self.entries.append(data)

    def read(self, data):
        found = fields(data)
        times = {key: value for key, value in found if key in (1, 2)}
        bodies = [(key, value) for key, value in found if key > 2]
        if len(times) + len(bodies) != len(found) or not all(isinstance(value, int) for value in times.values()) or len(bodies) != 1:
            raise NotCanonical("not one body between two times")
        number_, body = bodies[0]
        need(number_ in KINDS, "F1")
        kind = KINDS[number_]
        value = shaped(body, SHAPES[kind])
        need(kind != "EXCHANGE" or len(data) <= 1_024, "F5")
        return kind, value, times.get(1, 0), times.get(2, 0)

    def longest_wait(self, kind, body):
        """An act's own two minutes; a stream's parts arrived when the stream began."""
        stream = kind == "EXCHANGE" and body[11] == 2 and body[8] in self.steps
        return 120 * SECOND + (self.agreements[self.steps[body[8]][0]]["terms"].stream * SECOND if stream else 0)

    # who is who

    def active(self, principal):
        known = self.principals.get(principal)
        return known if known and known["active"] and self.organisations[known["organisation"]]["active"] else None

    def certificate(self, thumbprint, principal, at):
        known = self.certificates.get(thumbprint)
        need(known and known["principal"] == principal and known["active"] and known["from"] <= at <= known["until"], "F13")
        return known

    def administers(self, actor, organisation):
        if actor == 0:
            return self.open
        known = self.active(actor)
        operator = next((key for key, value in self.organisations.items() if value["operator"]), None)
        return bool(known) and known["kind"] == 4 and known["organisation"] in (operator, organisation)

    # entries, one method a kind

    def registry(self, index, e, arrived, at):
        subject = next((key for key in (5, 6, 7, 8, 9, 10) if key in e), None)
        record, act, actor, epoch = dict(fields(e[subject])), e[1], e.get(2, 0), e.get(4, 0)
        if subject == 5:
            need(self.administers(actor, None), "F27")
            if act == 1:
                taken = record[1] in self.organisations or any(o["slug"] == record[2] for o in self.organisations.values())
                need(not taken, "F27")
                self.organisations[record[1]] = {"slug": record[2], "epoch": epoch, "active": True, "operator": not self.organisations}
            else:
                known = self.organisations.get(record[1])
                need(known and known["active"], "F27")
                need(epoch > known["epoch"], "F18")
                known["epoch"], known["active"] = epoch, act != 3
        elif subject == 6:
            # An auditor reads everything, so only the operator's administrators make one.
            need(self.administers(actor, None if record[3] == 3 and act == 1 else record[2]), "F27")
            known = self.principals.get(record[1])
            if act == 1:
                need(known is None and self.organisations.get(record[2], {}).get("active"), "F27")
                need((record[3] == 1) == (4 in record), "F27")
                self.principals[record[1]] = {"organisation": record[2], "kind": record[3], "epoch": epoch, "active": True, "roles": set()}
            else:
                need(known and known["active"], "F27")
                need(epoch > known["epoch"], "F18")
                known["epoch"], known["active"] = epoch, act != 3
        elif subject == 7:
            known = self.active(record[1])
            need(known and known["kind"] == 2 and self.administers(actor, known["organisation"]), "F27")
            role = record[2].decode()
            need(role in ROLES.values() and (role in known["roles"]) == (act == 3), "F27")
            (known["roles"].add if act == 1 else known["roles"].remove)(role)
        elif subject == 8:
            known = self.active(record[1])
            need(known and self.administers(actor, known["organisation"]), "F27")
            if act == 1:
                need(record[8] not in self.used_lines and "signatory" in known["roles"] and record[2] < record[3], "F27")
                self.used_lines.add(record[8])
                self.delegations[record[8]] = record
            else:
                need(self.delegations.get(record[8]) == record, "F27")
                del self.delegations[record[8]]
        elif subject == 9:
            known = self.active(record[2])
            need(known and self.administers(actor, known["organisation"]), "F27")
            if act == 1:
                need(record[1] not in self.certificates, "F27")
                self.certificates[record[1]] = {"principal": record[2], "key": record[3], "from": record[4], "until": record[5], "active": True}
            else:
                need(self.certificates.get(record[1], {}).get("active"), "F27")
                need(epoch > known["epoch"], "F18")
                self.certificates[record[1]]["active"], known["epoch"] = False, epoch
        else:
            known = self.active(actor)
            owns = known and known["organisation"] == record[2] and "asset-owner" in known["roles"]
            need(owns or self.administers(actor, record[2]), "F27")
            need((record[1].decode() in self.datasets) == (act != 1), "F27")
            need(sha(record[3]) == record[4], "F2")
            leaves = []
            for key, value in fields(dict(fields(dict(fields(record[3]))[1]))[4]):
                if key == 2:
                    leaves.append(dict(fields_with_zero(value))[1].decode())
            if act != 1 and (old := self.datasets[record[1].decode()])["revision"] != record.get(5, 0):
                self.replaced[record[1].decode(), old["revision"]] = at, old["rows"]
            self.datasets[record[1].decode()] = {"revision": record.get(5, 0), "rows": record.get(6, 0), "owner": record[2], "schema": record[4], "leaves": leaves}

    def key(self, index, e, arrived, at):
        need(e.get(6, 0) >= self.broker_epoch, "F18")
        self.broker_epoch = e.get(6, 0)
        if e.get(5):
            need(self.administers(e[5], None), "F27")
        if e[1] == 1:
            need(e.get(7, b"").decode() == self.origin and base64.b64decode(e[3].split(b"+", 2)[2])[1:] == e[4], "F28")
            # The vectors have no second key that the first one signed.
            need(not self.has_ledger_key and 8 not in e and e[2] == 2, "F28")
            self.has_ledger_key = True
        else:
            x, y = (base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (e[4][27:59], e[4][59:]))
            name = base64.urlsafe_b64encode(sha(f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'.encode())).rstrip(b"=")
            need(e[3] == name, "F28")
            # Announced 1, in use 2, retiring 3, gone 4; out of use in an emergency 5.
            before = self.token_keys.get(name, (None,))[0]
            need(e[2] in {None: (1, 2), 1: (2, 4, 5), 2: (3, 5), 3: (4, 5), 4: (), 5: ()}[before], "F28")
            self.token_keys[name] = e[2], at

    def heartbeat(self, index, e, arrived, at):
        if e[1] == 1:
            self.run = (e[2], at)
            return None
        need(self.run and self.run[0] == e[2], "F24")
        silence = at // SECOND - self.run[1] // SECOND
        self.run = (e[2], at) if e[1] == 2 else None
        return "F24" if silence > 60 else None

    # the agreement: the part of the lifecycle that the vectors walk

    def officer(self, e):
        known = self.active(e.get(4, 0))
        role = e.get(6, b"").decode()
        need(known and known["kind"] == 2 and known["organisation"] == e.get(5) and role in known["roles"], "F15")
        return known, role

    def party(self, organisation, terms):
        return terms.parties.get(self.organisations[organisation]["slug"].decode())

    def step(self, index, e, arrived, at):
        name, a = e[3].decode(), self.agreements.get(e[1])
        steps = "withdraw draft submit take-up advise decide sign activate suspend resume terminate".split()
        need(name in steps, "F1")
        terms = Terms(e[11]) if 11 in e else a and a["terms"]
        need(11 not in e or terms.digest == e[12], "F10")
        side = role = None
        if name != "activate" or e.get(4):  # every other step of the vectors is a person's
            _, role = self.officer(e)
            side = self.party(e[5], terms)
            need(side, "F15")
        word = self.word(e, terms, role, at) if 8 in e else None
        phase = a["phase"] if a else None
        if name == "draft":
            # Its counter begins at 1; that of a new version would have to begin above the old one's.
            need(a is None or e[2] == a["version"], "F18")
            need(a is None and side == "recipient" and role in ("requester", "case-officer"), "F15")
            a = self.agreements[e[1]] = {"terms": terms, "version": e[2], "phase": "draft", "epoch": 1, "drafters": {e[4]}, "said": {}, "stops": {}, "consents": {}, "at": 0}
        elif name == "submit":
            need(phase == "draft" and side == "recipient" and role == "requester", "F15")
            need(all(self.datasets.get(n, {}).get("schema") == d.schema for n, d in terms.datasets.items()), "F10")
            a["phase"] = "submitted"
        elif name == "take-up":
            need(phase == "submitted" and side == "provider" and role == "case-officer", "F15")
            a["phase"] = "in-review"
        elif name in ("advise", "decide", "sign"):
            need(phase == ("approved" if name == "sign" else "in-review"), "F15")
            need(e[4] not in a["drafters"], "F15")
            need(role in {"advise": ADVISERS, "decide": ("asset-owner",), "sign": ("signatory",)}[name], "F15")
            said = a["said"].setdefault(e[5], {})
            if name == "decide":
                need(all(adviser in said for adviser in ADVISERS), "F16")
                need(all(said[adviser][0] == 1 for adviser in ADVISERS) or word[1], "F16")
            if name == "sign":
                covers = [d for d in self.delegations.values() if d[1] == e[4] and d[2] <= at < d[3] and d.get(5, 0) >= terms.per_day]
                need(covers, "F15")
            said[role] = word
            everyone = [a["said"].get(key, {}) for key, o in self.organisations.items() if o["slug"].decode() in terms.parties]
            if name == "decide" and all("asset-owner" in one for one in everyone):
                a["phase"] = "approved"
            if name == "sign" and all("signatory" in one for one in everyone):
                a["phase"] = "signed"
        elif name == "withdraw":
            early, late = phase in ("draft", "submitted", "returned"), phase in ("approved", "signed")
            asks, decides = (side, role) == ("recipient", "requester"), (side, role) == ("provider", "asset-owner")
            need(early and asks or late and (asks or decides), "F15")
            a["phase"] = "withdrawn"
        elif name == "activate":
            need(phase == "signed" and not e.get(4), "F15")
            a["phase"], a["epoch"], a["at"] = "active", a["epoch"] + 1, at
        elif name == "suspend":
            need(phase == "active" and role in ("oncall", "case-officer", "asset-owner"), "F15")
            a["phase"], a["epoch"], a["stops"] = "suspended", a["epoch"] + 1, {e[5]: e[4]}
        elif name == "resume":
            need(phase == "suspended" and role in ("asset-owner", "security") and e[4] != a["stops"].get(e[5]), "F15")
            a["consents"][role] = e[4]
            if len(a["consents"]) == 2:
                a["phase"], a["consents"] = "active", {}
        else:
            need(phase in ("active", "suspended") and role == "signatory", "F15")
            a["phase"], a["epoch"] = "terminated", a["epoch"] + 1
        self.steps[index] = (e[1], a["phase"])
        need(a["phase"] == e[14].decode(), "F10")
        need(a["epoch"] == e.get(15, 0), "F18")
        need(a["terms"].digest == e[12], "F10")

    def word(self, e, terms, role, at):
        certificate = self.certificate(e[10], e[4], at)
        statement = dict(fields(e[8]))
        need(statement[1].decode() == self.origin and statement[2] == e[1] and statement[3] == e[2] and statement[4] == terms.digest, "F14")
        need(ROLES[statement[5]] == role and statement[6] in WORDS[role] and at - 600 * SECOND <= statement[8] <= at + 60 * SECOND, "F14")
        need(is_signed(certificate["key"], e[9], b"concordat/decision/1\0" + e[8]), "F14")
        return statement[6], statement.get(7)

    def in_force(self, named, index, at):
        name, phase = self.steps.get(named, (None, None))
        need(named < index and phase == "active", "F10")
        a = self.agreements[name]
        need(a["phase"] == "active" and a["terms"].start <= at < a["terms"].end, "F10")
        return a

    # tokens and exchanges

    def epochs(self, client, a):
        known = self.principals[client]
        current = (a["epoch"], self.organisations[known["organisation"]]["epoch"], known["epoch"], self.broker_epoch)
        return b"".join(number(place + 1, value) for place, value in enumerate(current))

    def token(self, index, e, arrived, at):
        need(e.get(6, 0) % SECOND == 0, "F2")
        need(self.run, "F24")
        if e[1] == 3:
            token, actor = self.tokens.get(e[2]), self.active(e.get(9, 0))
            need(token and token["client"] == e[4] and not token["revoked"], "F26")
            need(e[9] == e[4] or self.administers(e[9], self.principals[e[4]]["organisation"]), "F27")
            token["revoked"] = True
            return
        allowed = Allowance(e)
        if e[1] == 2:
            parent = self.tokens.get(e[8])
            need(parent and at < parent["expiry"] and e[6] <= parent["expiry"], "F26")
            need(parent["asked"] <= arrived + 10 * SECOND, "F26")
            need(self.stands(e[8]), "F26")
            self.need_key(parent, arrived)
            need(len(self.line(e[8])) <= 3, "F26")
            need(e[3] in self.steps and self.steps[e[3]][0] == parent["agreement"], "F26")
            need((allowed.version, allowed.purpose) == (parent["allowed"].version, parent["allowed"].purpose), "F26")
            need(all(n in parent["allowed"].grants for n in allowed.grants), "F26")
            need(all(x <= y for n in allowed.grants for x, y in zip(allowed.grants[n], parent["allowed"].grants[n])), "F26")
            need(is_within(allowed.bounds(), parent["allowed"].bounds()), "F26")
        need(e[2] not in self.tokens, "F26")
        need(2 in [act for act, _ in self.token_keys.values()], "F28")
        client = self.active(e[4])
        need(client and client["kind"] == 1, "F13")
        self.certificate(e[5], e[4], at)
        a = self.in_force(e[3], index, at)
        need(self.party(client["organisation"], a["terms"]) == "recipient", "F13")
        need(e[7] == self.epochs(e[4], a), "F18")
        need(at < e[6] <= arrived // SECOND * SECOND + min(600, a["terms"].life) * SECOND, "F26")
        self.within_terms(allowed, a["terms"])
        self.tokens[e[2]] = {
            "client": e[4], "certificate": e[5], "expiry": e[6], "epochs": e[7], "revoked": False, "allowed": allowed, "used": [0, 0, 0],
            "parent": e.get(8), "agreement": self.steps[e[3]][0], "asked": arrived // SECOND * SECOND,
            "signers": [name for name, (act, since) in self.token_keys.items() if act == 2 or act == 3 and since >= arrived - 10 * SECOND]}

    def need_key(self, token, arrived):
        """Not every key that may have signed it was gone two minutes before the call."""
        last = [self.token_keys[name] for name in token["signers"]]
        need(any(act < 4 for act, _ in last) or arrived <= max(since for _, since in last) + 120 * SECOND, "F28")

    def line(self, token):
        """The names of a token and of those that it came from, the issued one last."""
        return [token, *self.line(self.tokens[token]["parent"])] if token else []

    def stands(self, token):
        every = [self.tokens[one] for one in self.line(token)]
        return all(not one["revoked"] and one["epochs"] == self.epochs(one["client"], self.agreements[one["agreement"]]) for one in every)

    def within_terms(self, allowed, terms):
        need(allowed.version == terms.version and allowed.purpose == terms.purpose, "F26")
        for name, (actions, leaves) in allowed.grants.items():
            named, known = terms.datasets.get(name), self.datasets.get(name)
            need(named and known and known["schema"] == named.schema, "F26")
            need(actions <= {ACTION[operation] for operation in named.operations}, "F26")
            need(leaves <= set().union(*named.leaves(known["leaves"])), "F26")
        need(is_within(allowed.bounds(), (terms.per_day, terms.bytes_per_day, terms.calls_per_day, terms.per_call)), "F26")

    def exchange(self, index, e, arrived, at):
        need(self.run, "F24")
        need(any(e[1]), "F20")
        self.exchanges[index], self.exchange_ids[index] = (e[7], e[25]), e[1]
        if 4 in e:
            need(e[4] < index and e[4] in self.exchanges and self.exchanges[e[4]][0] == e[7], "F9")
        before, part = self.progress.get(e[1]), e.get(2, 0)
        # Client, agreement, operation, purpose, dataset and token; only a stream has several entries.
        common = (arrived, *(e[key] for key in (7, 8, 11, 12, 14, 16)))
        # The parts are one call, and what bounds the rows of a call bounds them together.
        rows = e.get(22, 0) + (before[3] if before else 0)
        self.progress[e[1]] = (part, bool(e.get(3)), before[2] if before else common, rows)
        need(part == 0 if before is None else not before[1] and part == before[0] + 1 and before[2] == common, "F8")
        need(e[11] == 2 or part == 0 and e.get(3), "F8")
        for value in filter(None, (e[24], e[27], e.get(26))):
            need(any(value) and value not in self.used, "F20")
            self.used.add(value)
        need(any(e[25]) and (e[25] == sha()) == (e.get(22, 0) == 0), "F20")
        need(e[25] == sha() or e[25] not in self.used, "F20")
        self.used.add(e[25])
        if 28 in e:
            need(e[28] <= index and root(self.entries[: e[28]]) == e[29], "F21")
        a = self.in_force(e[8], index, at)
        terms = a["terms"]
        need(e[9] == terms.digest and arrived >= a["at"] - 10 * SECOND, "F10")
        dataset = terms.datasets.get(e[14].decode())
        need((e[12].decode(), e[13].decode()) == (terms.purpose, terms.gateway) and dataset and e[11] in dataset.operations, "F12")
        for organisation, side in ((e[5], "recipient"), (e[6], "provider")):
            need(self.organisations.get(organisation, {}).get("active") and self.party(organisation, terms) == side, "F13")
        client = self.active(e[7])
        need(client and client["kind"] == 1 and client["organisation"] == e[5], "F13")
        self.certificate(e[17], e[7], at)
        need(e[10] == self.epochs(e[7], a), "F18")
        token = self.tokens.get(e[16])
        need(token and not token["revoked"] and token["client"] == e[7] and token["certificate"] == e[17], "F26")
        need(token["asked"] - 10 * SECOND <= arrived < token["expiry"], "F26")
        need(token["epochs"] == e[10] and token["agreement"] == self.steps[e[8]][0] and self.stands(e[16]), "F26")
        self.need_key(token, arrived)
        # The newest revision, or one replaced no more than two minutes before the call.
        revision, newest = e.get(15, 0), self.datasets[dataset.name]
        end, held = (arrived, newest["rows"]) if revision == newest["revision"] else self.replaced.get((dataset.name, revision), (-DAY, 0))
        need(arrived <= end + 120 * SECOND, "F12")
        need(e.get(21, 0) <= held, "F17")
        plain, changed = dataset.leaves(self.datasets[dataset.name]["leaves"])
        asked, released, transformed = (bits(e.get(key, b"")) for key in (18, 19, 20))
        need(released <= plain and transformed <= changed and asked <= plain | changed and released | transformed <= asked, "F11")
        need(released | transformed or not e.get(22, 0), "F11")
        allowed = token["allowed"]
        need(allowed.purpose == terms.purpose and dataset.name in allowed.grants, "F26")
        actions, granted = allowed.grants[dataset.name]
        need(ACTION[e[11]] in actions and asked <= granted, "F26")
        day = (e[7], self.steps[e[8]][0], at // DAY)
        self.usage[day, "rows"] += e.get(22, 0)
        self.usage[day, "bytes"] += e.get(34, 0)
        self.usage[day, "calls"] += part == 0
        need(e.get(22, 0) + e.get(23, 0) <= e.get(21, 0) and rows <= terms.per_call, "F17")
        need(e.get(22, 0) or not e.get(34, 0), "F17")
        need(self.usage[day, "rows"] <= terms.per_day and self.usage[day, "bytes"] <= terms.bytes_per_day, "F17")
        need(self.usage[day, "calls"] <= terms.calls_per_day, "F17")
        for name in self.line(e[16]):
            token = self.tokens[name]
            token["used"] = [token["used"][0] + e.get(22, 0), token["used"][1] + e.get(34, 0), token["used"][2] + (part == 0)]
            need(is_within((*token["used"], rows), token["allowed"].bounds()), "F26")

    def attempt(self, index, e, arrived, at):
        need(self.run, "F24")
        need(any(e[6]), "F20")
        known = self.active(e[4])
        need(known, "F13")
        if 3 in e:
            need(e[5].decode() in self.in_force(e[3], index, at)["terms"].datasets, "F12")
        else:
            owner = self.datasets.get(e[5].decode(), {}).get("owner")
            need(known["organisation"] == owner and "asset-owner" in known["roles"], "F13")

    def ack(self, index, e, arrived, at):
        need(e[1] < index and e[1] in self.exchanges and self.exchanges[e[1]][0] == e[2], "F9")
        self.certificate(e[5], e[2], at)
        need(e[3] != 1 or self.exchanges[e[1]][1] == e[4], "F20")

    def denial(self, index, e, arrived, at):
        need(e[1] in self.principals and self.principals[e[1]]["organisation"] == e.get(2), "F13")
        need(10 not in e or self.certificates.get(e[10], {}).get("principal") == e[1], "F13")
        method = e.get(11, b"").decode()
        need(method in CALLS, "F1")
        # Only a call for records is under an agreement, and only a stream is refused after something left.
        need(7 not in e or CALLS[method] == "ExchangeService", "F9")
        need(not {8, 9} & e.keys() or method == "Stream", "F9")
        if 7 in e:
            name, phase = self.steps.get(e[7], (None, None))
            need(e[7] < index and phase == "active", "F9")
            need(self.organisations[e[2]]["slug"].decode() in self.agreements[name]["terms"].parties, "F13")
        if 8 in e:
            need(e[8] < index and self.exchanges.get(e[8], (None,))[0] == e[1] and self.exchange_ids[e[8]] == e.get(9), "F9")

    def finding(self, index, e, arrived, at):
        known = self.active(e[1])
        need(known and known["kind"] == 3, "F27")
        need(e.get(2, 0) < index, "F9")

    def erasure(self, index, e, arrived, at):
        need(self.active(e[1]), "F27")
        certificate = self.certificate(e[8], e[1], arrived)
        need(is_signed(certificate["key"], e[7], b"concordat/erasure/1\0" + e[6]), "F23")

    def oversight(self, index, e, arrived, at):
        need(e[2] in self.exchanges, "F9")

    def succession(self, index, e, arrived, at):
        self.ended = self.ended or 1 in e
        need((1 in e) != (2 in e) and (2 not in e or index == 0), "D13")


def fields_with_zero(data):
    """A descriptor says `oneof_index` 0 in words, which canonical bytes of ours never do."""
    position, found = 0, []
    while position < len(data):
        tag, position = _varint(data, position)
        value, position = _varint(data, position)
        if tag & 7 == 2:
            value, position = data[position : position + value], position + value
        found.append((tag >> 3, value))
    return found


def _varint(data, position):
    value = shift = 0
    while True:
        byte = data[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return value, position


def replay(origin, entries):
    run = Replay(origin)
    for entry in entries:
        run.consume(entry)
    return run.findings


def main():
    base = json.loads((FOLDER / "base.json").read_text())
    entries = [bytes.fromhex(entry) for entry in base["entries"]]
    failures = []
    if found := replay(base["origin"], entries):
        failures.append(f"base.json: {found}")
    cases = sorted(path for path in FOLDER.glob("*.json") if path.name != "base.json")
    for path in cases:
        case = json.loads(path.read_text())
        ledger = entries[: case["prefix"]] + [bytes.fromhex(entry) for entry in case["entries"]]
        found = replay(base["origin"], ledger)
        if found != [(len(ledger) - 1, case["rule"], case["severity"])]:
            failures.append(f"{path.name}: found {found}")
    print("\n".join(failures) or f"{len(cases) + 1} ledgers, as they should be")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
