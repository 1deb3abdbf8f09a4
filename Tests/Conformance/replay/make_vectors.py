#!/usr/bin/env python3
"""Writes Tests/Vectors/replay: base.json, an accepting ledger, and one refusing file a case. A refusing file takes the first entries of the
base ledger and adds its own; the last of them breaks the rule named. With --check nothing is written and a difference is an error.

    {"origin": ..., "entries": [hex, ...]}                                        base.json
    {"prefix": 90, "entries": [hex, ...], "rule": "F11", "severity": "violation"}    the others; the finding is at the last entry
"""

import json
import pathlib
import sys

from scenario import *
from wire import Key, fields

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Vectors/replay"


def base():
    """Everything that is allowed: exchanges, a confirmation, a refusal, a stop and its lifting, the end."""
    log = governed()
    mark = log.marks
    mark["token"] = log.token("first")
    mark["first"] = log.exchange()
    # The call for this one came in the second before the agreement came into force, the one under it with a clock that stood ten seconds behind.
    began = mark["began"] = time_of(log, mark["activate"])
    log.token("early", arrived=began - 1, expiry=began + 299 * SECOND)
    mark["early"] = log.exchange(token="early", arrived=began - 10 * SECOND)
    # The whole second counts in which a token was asked for.
    mark["second-asked"] = log.now
    mark["late"] = log.token("late", arrived=log.now + 999_999, expiry=log.now + 300 * SECOND)
    log.exchange(token="late", arrived=mark["second-asked"] - 10 * SECOND)
    child_of(log, "late", "late-child", arrived=mark["second-asked"] - 10 * SECOND)
    log.exchange(rows=0)
    # A record of which the source holds nothing that is listed.
    log.exchange(rows=1, f34=0)
    # It looked at every row that the dataset holds.
    log.exchange(f11=3, f21=200)
    began = mark["stream-began"] = log.now + SECOND
    parts = sha("a stream")[:16]
    # Its parts together are exactly the rows that one call may have.
    log.exchange(f1=parts, f3=None, rows=60, arrived=began, **STREAM)
    mark["part-1"] = log.exchange(f1=parts, f2=1, rows=40, arrived=began, **STREAM)
    # A stream may break off.
    mark["broken-off"] = log.exchange(f1=sha("a broken stream")[:16], f3=None, **STREAM)
    mark["before-confirmation"] = len(log.entries)
    log.exchange(f4=mark["first"], f18=b"\x01", f20=None)
    log.add(ACK, number(1, mark["first"]) + number(2, SERVICE) + number(3, 1) + chunk(4, records_root(log, mark["first"])) + chunk(5, thumbprint(SERVICE)))
    denial(log, agreement=mark["activate"])
    denial(log, principal=officer(DWP, "legal"), organisation=DWP, agreement=mark["activate"])
    denial(log, agreement=mark["activate"], method="Stream", **BROKEN_OFF(log))
    denial(log, method="GetAgreement")
    attempt(log)
    log.add(ATTEMPT, chunk(1, sha("look")[:16]) + number(4, officer(DWP, "asset-owner")) + chunk(5, "uc.awards") + chunk(6, log.salt()))
    log.add(FINDING, number(1, AUDITOR) + number(2, mark["first"]) + chunk(3, "SAMPLE") + number(4, 1) + chunk(5, log.salt()))
    # Under the narrow token and those that come from it leave 2 rows in 80 bytes, 1 in 40, 1 in 10, and none: 4 rows, 130 bytes, 4 calls.
    mark["narrow"] = log.token("narrow", grants=ONLY_NUMBERS, rows=6, bytes_=200, calls=6, per_call=2)
    log.exchange(token="narrow", f18=b"\x01", f20=None)
    child_of(log, "narrow", "child", rows=2, bytes_=100, calls=2)
    log.exchange(token="child", rows=1, f18=b"\x01", f20=None)
    child_of(log, "child", "grandchild", rows=1, bytes_=50, calls=1)
    log.exchange(token="grandchild", rows=1, f34=10, f18=b"\x01", f20=None)
    child_of(log, "narrow", "second service", rows=2, bytes_=100, calls=2, client=SECOND_SERVICE)
    log.exchange(rows=0, f18=b"\x01", f20=None, **OF_THE_SECOND)
    log.heartbeat(2, arrived=log.now - 119 * SECOND)
    mark["before-stop"] = len(log.entries)
    mark["suspend"] = log.step("suspend", officer(DWP, "oncall"), DWP, "oncall", "suspended")
    note = chunk(2, sha("mended"))
    log.step("resume", officer(DWP, "asset-owner"), DWP, "asset-owner", "suspended", command=note + number(3, 6))
    mark["resume"] = log.step("resume", officer(DWP, "security"), DWP, "security", "active", command=note + number(3, 5))
    mark["second"] = log.token("second")
    log.exchange(token="second", f28=mark["start"], f29=root(log.entries[: mark["start"]]))
    mark["revoke"] = log.revoke("second")
    # The broker starts again, with another token key.
    log.heartbeat(3)
    log.heartbeat(1, run=b"\x02" * 16)
    log.token("before the second key")
    old_stream = dict(token="before the second key", f1=sha("a stream under the first key")[:16], **STREAM)
    old_began = log.now + SECOND
    log.exchange(f3=None, **old_stream)
    log.add(KEY, token_key(1, "second token key"))
    log.add(KEY, token_key(2, "second token key"))
    log.add(KEY, token_key(3))
    # The last key of before may have signed it too: its call came no more than ten seconds before that one retired.
    mark["third"] = log.token("third")
    stream = dict(token="third", f1=sha("a long stream")[:16], **STREAM)
    began = mark["long-stream-began"] = log.now + SECOND
    log.exchange(f3=None, **stream)
    log.dataset(revision=2, name="uc.debts", act=2, rows=150)
    replaced = mark["replaced"] = log.now
    log.exchange(token="third", f15=2, f21=150, **DEBTS)
    for _ in range(2):
        log.now += 48 * SECOND
        log.heartbeat(2)
    # The last moment at which a call may still have found the revision before.
    log.now = replaced + 119 * SECOND
    mark["replaced-lately"] = log.exchange(token="third", f21=200, **DEBTS)
    log.heartbeat(2)
    for _ in range(12):
        log.now += 48 * SECOND
        log.heartbeat(2)
    log.add(KEY, token_key(4))
    # The call came long before its token's key was gone.
    log.exchange(f2=1, arrived=old_began, **old_stream)
    # Ten minutes of the terms and two for every act, long after the token expired.
    log.now = began + 719 * SECOND
    mark["streamed"] = log.exchange(f2=1, arrived=began, **stream)
    log.client_epoch = 1
    mark["retire"] = log.register(9, certificate_record(SERVICE), act=3, epoch=1)
    # Refused because its certificate was retired.
    denial(log)
    mark["terminate"] = log.step("terminate", officer(LEEDS, "signatory"), LEEDS, "signatory", "terminated")
    for name, withdraw in (("ISA-2026-0043", withdrawn_by_requester), ("ISA-2026-0044", withdrawn_by_owner)):
        other = beside(log, name)
        reviewed(other)
        mark[f"approved-{name}"] = len(log.entries)
        if name == "ISA-2026-0044":
            signed(other)
        mark[f"before-withdrawal-{name}"] = len(log.entries)
        mark[f"withdrawn-{name}"] = withdraw(other)
        log.now = other.now
    log.principal(2_100, LEEDS, 4)
    log.principal(2_101, LEEDS, 2, actor=2_100)
    log.register(8, delegation_record(DWP, officer(DWP, "signatory")), act=3)
    log.register(6, number(1, AUDITOR) + number(2, NAO) + number(3, 3), act=3, epoch=1)
    log.register(5, number(1, NAO) + chunk(2, "nao"), act=3, epoch=1)
    statement = sha("an order")
    log.add(
        ERASURE,
        number(1, officer(DWP, "dpo")) + number(2, DWP) + chunk(3, "RETENTION") + number(4, 1) + number(5, 2) + chunk(6, statement)
        + chunk(7, Key(officer(DWP, "dpo")).sign(b"concordat/erasure/1\0" + statement)) + chunk(8, thumbprint(officer(DWP, "dpo"))))
    mark["stop"] = log.heartbeat(3)
    log.add(SUCCESSION, chunk(1, "ledger.example/broker-2") + number(3, len(log.entries)) + chunk(4, root(log.entries)) + number(5, ADMIN) + chunk(6, "TEST"))
    return log


DEBTS = dict(f14="uc.debts", f18=b"\x01", f20=None)
ONLY_NUMBERS = (("uc.awards", (1,), b"\x01"),)
OF_THE_SECOND = dict(token="second service", f7=SECOND_SERVICE, f17=thumbprint(SECOND_SERVICE))


def child_of(log, parent, name, **more):
    """A token exchanged for another, for no more than one row a call. All of them end together."""
    end = log.marks.setdefault("children-end", log.now + 200 * SECOND)
    return log.token(name, **{**dict(parent=parent, expiry=end, grants=ONLY_NUMBERS, per_call=1), **more})


def denial(log, principal=SERVICE, organisation=LEEDS, certificate=None, agreement=0, reference=0, exchange=b"", method="Query"):
    log.add(
        DENIAL,
        number(1, principal) + number(2, organisation) + number(3, 4) + chunk(4, "field_not_in_terms") + number(6, 1) + number(7, agreement)
        + number(8, reference) + text(9, exchange) + chunk(10, certificate or thumbprint(principal)) + text(11, method))


def BROKEN_OFF(log):
    """What a refusal says of the stream that the base ledger breaks off."""
    return dict(reference=log.marks["broken-off"], exchange=sha("a broken stream")[:16])


def attempt(log):
    log.add(ATTEMPT, chunk(1, sha("attempt ", log.salt())[:16]) + number(3, log.marks["activate"]) + number(4, SERVICE) + chunk(5, "uc.awards") + chunk(6, log.salt()))


def time_of(log, index):
    return dict(fields(log.entries[index]))[2]


def withdrawn_by_requester(log):
    return log.step("withdraw", officer(LEEDS, "requester"), LEEDS, "requester", "withdrawn")


def withdrawn_by_owner(log):
    return log.step("withdraw", officer(DWP, "asset-owner"), DWP, "asset-owner", "withdrawn")


def certificate_record(principal):
    return chunk(1, thumbprint(principal)) + number(2, principal) + chunk(3, Key(principal).spki) + number(4, 1_767_225_600 * SECOND) + number(5, 1_830_297_600 * SECOND)


def root(entries):
    """RFC 6962."""
    if not entries:
        return sha(b"")
    if len(entries) == 1:
        return sha(b"\0", entries[0])
    half = 1
    while half * 2 < len(entries):
        half *= 2
    return sha(b"\1", root(entries[:half]), root(entries[half:]))


def records_root(log, index):
    return dict(fields(dict(fields(log.entries[index]))[EXCHANGE]))[25]


CASES = {}


def case(rule, at="before-stop", severity="violation"):
    """A refusing case: gets a log that ends right before the entry of that mark (or after it, with a trailing +)."""

    def keep(function):
        CASES[f"{rule}-{function.__name__.replace('_', '-')}"] = (rule, at, severity, function)
        return function

    return keep


def raw(log, data):
    log.now += SECOND
    log.entries.append(data)


def retire_certificate(log):
    """The first service's: its counter rises, the second's does not."""
    log.register(9, certificate_record(SERVICE), act=3, epoch=1)


def plain(log, kind=HEARTBEAT, body=None):
    return number(1, log.now + SECOND) + number(2, log.now + SECOND) + chunk(kind, body or number(1, 2) + chunk(2, b"\x01" * 16))


# F1 to F7: the entry as such


@case("F1")
def kind_sixteen(log): raw(log, number(1, log.now + SECOND) + number(2, log.now + SECOND) + chunk(16, b""))
@case("F1")
def denial_of_a_call_that_there_is_not(log): denial(log, method="Fetch")
@case("F1")
def denial_of_no_call(log): denial(log, method="")
@case("F1")
def unknown_step(log): log.step("bless", officer(DWP, "case-officer"), DWP, "case-officer", "active")
@case("F2")
def varint_not_minimal(log): raw(log, number(1, log.now + SECOND) + number(2, log.now + SECOND) + chunk(HEARTBEAT, b"\x08\x82\x00" + chunk(2, b"\x01" * 16)))
@case("F2")
def fields_out_of_order(log): raw(log, number(2, log.now + SECOND) + number(1, log.now + SECOND) + plain(log)[18:])
@case("F2")
def field_twice(log): raw(log, number(1, log.now + SECOND) + number(2, log.now + SECOND) + chunk(HEARTBEAT, number(1, 2) + number(1, 2) + chunk(2, b"\x01" * 16)))
@case("F2")
def field_missing(log): raw(log, number(1, log.now + SECOND) + number(2, log.now + SECOND) + chunk(HEARTBEAT, number(1, 2)))
@case("F2")
def unknown_field(log): raw(log, number(1, log.now + SECOND) + number(2, log.now + SECOND) + chunk(HEARTBEAT, number(1, 2) + chunk(2, b"\x01" * 16) + number(9, 1)))
@case("F2")
def default_written(log): raw(log, number(1, log.now + SECOND) + number(2, log.now + SECOND) + chunk(HEARTBEAT, number(1, 2) + chunk(2, b"\x01" * 16) + b"\x1a\x00"))
@case("F2")
def trailing_byte(log): raw(log, plain(log) + b"\0")
@case("F2")
def two_bodies(log): raw(log, plain(log) + chunk(HEARTBEAT, number(1, 2) + chunk(2, b"\x01" * 16)))
@case("F2")
def token_that_ends_in_the_middle_of_a_second(log): log.token("odd", expiry=log.now + 200 * SECOND + 1)
@case("F5")
def exchange_of_eleven_hundred_bytes(log): log.exchange(f12="p" * 64, f13="l" * 64, f14="d" * 64, f18=b"\xff" * 128, f19=b"\xff" * 128, f20=b"\xff" * 128, f26=log.salt(), f30=b"\1" * 64, f31=3, f32=b"\1" * 16, f33=START, f28=2, f29=log.salt(), f4=log.marks["first"])
@case("F6")
def time_goes_back(log): log.heartbeat(2, arrived=log.now - SECOND, sequenced=log.now - SECOND)
@case("F7")
def sequenced_before_it_arrived(log): log.heartbeat(2, arrived=log.now + 2 * SECOND)
@case("F7")
def sequenced_two_minutes_after_it_arrived(log): log.heartbeat(2, arrived=log.now - 119 * SECOND - 1)
@case("F7")
def dated_back_to_when_its_token_was_good(log):
    log.now += 400 * SECOND
    log.exchange(arrived=log.now - 390 * SECOND)
@case("F7", "streamed")
def stream_longer_than_the_terms_allow(log):
    log.now += 20 * SECOND
    log.exchange(token="third", arrived=log.now - 719 * SECOND - 1, **STREAM)
@case("F7", "streamed")
def query_as_long_as_a_stream(log): log.exchange(token="third", f14="uc.claims", f18=b"\x01", f20=None, arrived=log.marks["long-stream-began"])

# F8, F9: parts and references


def part(log, number_, **change):
    """One more part of the stream of the base ledger."""
    log.exchange(**{**dict(f1=sha("a stream")[:16], f2=number_, arrived=log.marks["stream-began"], **STREAM), **change})


@case("F8")
def query_without_its_end(log): log.exchange(f3=None)
@case("F8")
def match_without_its_end(log): log.exchange(f3=None, f11=3)
@case("F8")
def query_that_is_part_one(log): log.exchange(f2=1)
@case("F8", "part-1")
def query_as_the_end_of_a_stream(log): part(log, 1, f11=1)
@case("F8")
def same_part_twice(log):
    log.now += SECOND
    stream = dict(f1=sha("another stream")[:16], f3=None, arrived=log.now, **STREAM)
    log.exchange(**stream)
    log.exchange(**stream)
@case("F8")
def part_after_the_last(log): part(log, 2)
@case("F8", "part-1")
def part_left_out(log): part(log, 2)
@case("F8")
def begins_with_part_one(log): log.exchange(f2=1, **STREAM)
@case("F8", "part-1")
def part_that_arrived_later(log): part(log, 1, arrived=log.marks["stream-began"] + 1)
@case("F8", "part-1")
def part_of_another_dataset(log): part(log, 1, f14="uc.debts")
@case("F8", "part-1")
def part_for_another_purpose(log): part(log, 1, f12="fraud")
@case("F8", "part-1")
def part_under_another_token(log):
    log.token("other")
    part(log, 1, token="other")
@case("F8", "part-1")
def part_of_another_client(log):
    part(log, 1, f7=SECOND_SERVICE)
@case("F8", "streamed")
def part_that_names_another_step(log):
    log.now += SECOND
    log.exchange(token="third", f1=sha("a long stream")[:16], f2=1, f8=log.marks["resume"], arrived=log.marks["long-stream-began"], **STREAM)
@case("F9")
def refers_to_a_later_entry(log): log.exchange(f4=len(log.entries) + 5)
@case("F9")
def refers_to_a_heartbeat(log): log.exchange(f4=log.marks["start"])
@case("F9")
def denial_under_an_agreement_not_in_force(log): denial(log, agreement=log.marks["sign-2"])
@case("F9")
def denial_under_what_is_no_agreement(log): denial(log, agreement=log.marks["start"])
@case("F9")
def denial_under_a_later_entry(log): denial(log, agreement=len(log.entries))
@case("F9")
def denial_of_a_step_under_an_agreement(log): denial(log, agreement=log.marks["activate"], method="Suspend")
@case("F9")
def denial_of_a_query_after_something_left(log): denial(log, agreement=log.marks["activate"], **BROKEN_OFF(log))
@case("F9")
def denial_of_another_clients_stream(log): denial(log, principal=SECOND_SERVICE, agreement=log.marks["activate"], method="Stream", **BROKEN_OFF(log))
@case("F9")
def denial_of_a_stream_with_another_exchange_id(log): denial(log, method="Stream", reference=log.marks["broken-off"], exchange=sha("another")[:16])
@case("F9")
def denial_of_a_stream_after_what_is_no_exchange(log): denial(log, method="Stream", reference=log.marks["start"], exchange=sha("another")[:16])
@case("F9")
def confirms_a_token(log): log.add(ACK, number(1, log.marks["token"]) + number(2, SERVICE) + number(3, 1) + chunk(4, log.salt()) + chunk(5, thumbprint(SERVICE)))

# F10: the agreement


@case("F10")
def names_a_heartbeat(log): log.exchange(f8=log.marks["start"])
@case("F10")
def names_a_signature(log): log.exchange(f8=log.marks["sign-2"])
@case("F10")
def names_itself(log): log.exchange(f8=len(log.entries))
@case("F10")
def other_terms_digest(log): log.exchange(f9=sha("other terms"))
@case("F10", "suspend+")
def suspended(log): log.exchange(f10=log.epochs())
@case("F10", "terminate+")
def terminated(log): log.exchange(token="third")
@case("F10")
def after_its_last_day(log): log.exchange(arrived=1_825_027_200 * SECOND, sequenced=1_825_027_200 * SECOND)
@case("F10", "early")
def arrived_before_it_came_into_force(log): log.exchange(token="early", arrived=log.marks["began"] - 10 * SECOND - 1)
@case("F10", "activate")
def activated_twice_in_words(log): log.step("activate", 0, 0, "", "signed")
@case("F10", "draft")
def terms_with_another_digest(log):
    log.terms = terms(rows_per_day=999)
    log.step("draft", officer(LEEDS, "requester"), LEEDS, "requester", "draft", new_terms=terms())

# F11, F12: what may leave, and for what


@case("F11")
def unlisted_field_released(log): log.exchange(f18=b"\x0b", f19=b"\x09")
@case("F11")
def transformed_field_released_as_it_is(log): log.exchange(f19=b"\x03", f20=None)
@case("F11")
def plain_field_transformed(log): log.exchange(f19=None, f20=b"\x03")
@case("F11")
def unlisted_field_asked(log): log.exchange(f18=b"\x0f")
@case("F11")
def released_without_being_asked(log): log.exchange(f18=b"\x02")
@case("F11")
def field_beyond_the_schema(log): log.exchange(f18=b"\x03\x01", f19=b"\x01\x01")
@case("F11")
def rows_of_which_no_field_left(log): log.exchange(f19=None, f20=None)
@case("F12")
def other_purpose(log): log.exchange(f12="fraud")
@case("F12")
def other_legal_basis(log): log.exchange(f13="DEA2017-s48")
@case("F12")
def other_operation(log): log.exchange(f11=2)
@case("F12")
def other_dataset(log): log.exchange(f14="uc.other")
@case("F12")
def revision_that_nobody_imported(log): log.exchange(f15=2)
@case("F12")
def revision_before_the_first_import(log): log.exchange(f15=None)
@case("F12", "replaced-lately")
def revision_that_was_replaced_long_before(log):
    log.now = log.marks["replaced"] + 120 * SECOND
    log.exchange(token="third", arrived=log.marks["replaced"] + 120 * SECOND + 1, **DEBTS)

# F13: who


@case("F13")
def other_consumer(log): log.exchange(f5=NAO)
@case("F13")
def other_provider(log): log.exchange(f6=LEEDS)
@case("F13")
def unknown_client(log): log.exchange(f7=99_999)
@case("F13")
def officer_as_client(log): log.exchange(f7=officer(LEEDS, "requester"))
@case("F13")
def unknown_certificate(log): log.exchange(f17=sha("no certificate"))
@case("F13")
def certificate_of_another(log): log.exchange(f17=thumbprint(ADMIN))
@case("F13")
def denial_of_another_organisations_client(log): denial(log, organisation=DWP)
@case("F13")
def denial_with_the_certificate_of_another(log): denial(log, certificate=thumbprint(SECOND_SERVICE))
@case("F13")
def denial_under_the_agreement_of_others(log): denial(log, principal=AUDITOR, organisation=NAO, agreement=log.marks["activate"])
@case("F13")
def denial_with_an_unknown_certificate(log): denial(log, certificate=sha("no certificate"))
@case("F13")
def look_by_a_stranger(log): log.add(ATTEMPT, chunk(1, sha("look")[:16]) + number(4, officer(LEEDS, "asset-owner")) + chunk(5, "uc.awards") + chunk(6, log.salt()))
@case("F13")
def look_without_the_role(log): log.add(ATTEMPT, chunk(1, sha("look")[:16]) + number(4, officer(DWP, "legal")) + chunk(5, "uc.awards") + chunk(6, log.salt()))
@case("F13", "retire+")
def retired_certificate(log): log.exchange(token="third")
@case("F13", "retire+")
def token_for_a_retired_certificate(log): log.token("fourth")

# F14 to F16: statements, approvals, advice


@case("F14", "sign-2")
def signature_of_another_key(log): log.say("sign", LEEDS, "signatory", "sign", "signed", signature=Key("stranger").sign(b"concordat/decision/1\0" + log.statement("signatory", "sign")))
@case("F14", "sign-2")
def statement_for_another_log(log): log.say("sign", LEEDS, "signatory", "sign", "signed", statement=log.statement("signatory", "sign", origin="ledger.example/other"))
@case("F14", "sign-2")
def statement_on_other_terms(log): log.say("sign", LEEDS, "signatory", "sign", "signed", statement=log.statement("signatory", "sign", digest=sha("other terms")))
@case("F14", "sign-2")
def statement_of_yesterday(log): log.say("sign", LEEDS, "signatory", "sign", "signed", statement=log.statement("signatory", "sign", time=log.now - 86_400 * SECOND))
@case("F14", "advise-1-legal")
def adviser_who_approves(log): log.say("advise", DWP, "legal", "approve", "in-review")
@case("F15", "decide-2")
def signed_before_it_is_approved(log): log.say("sign", DWP, "signatory", "sign", "approved")
@case("F15", "activate")
def activated_by_a_person(log): log.step("activate", officer(DWP, "case-officer"), DWP, "case-officer", "active")
@case("F15", "sign-2")
def activated_before_all_have_signed(log): log.step("activate", 0, 0, "", "active")
@case("F15", "sign-1")
def signatory_of_no_party(log): log.say("sign", DWP, "signatory", "sign", "approved", actor=AUDITOR)
@case("F15", "take-up")
def role_not_held(log): log.step("take-up", officer(DWP, "legal"), DWP, "case-officer", "in-review", command=number(1, 1))
@case("F15", "sign-1")
def delegation_too_small(log):
    log.register(8, delegation_record(DWP, officer(DWP, "signatory")), act=3)
    log.delegation(9, officer(DWP, "signatory"), rows=999)
    log.say("sign", DWP, "signatory", "sign", "approved")
@case("F15", "advise-2-security")
def drafter_who_advises(log):
    log.role(officer(LEEDS, "requester"), "security")
    log.say("advise", LEEDS, "security", "no-concern", "in-review", actor=officer(LEEDS, "requester"))

APPROVED, SIGNED, WITHDRAWN = "approved-ISA-2026-0043", "before-withdrawal-ISA-2026-0044", "withdrawn-ISA-2026-0044+"


def beside_at(log, name):
    other = beside(log, name)
    other.epoch = 1
    return other


@case("F15", APPROVED)
def withdrawn_by_the_recipients_owner(log): beside_at(log, "ISA-2026-0043").step("withdraw", officer(LEEDS, "asset-owner"), LEEDS, "asset-owner", "withdrawn")
@case("F15", SIGNED)
def withdrawn_by_the_providers_case_officer(log): beside_at(log, "ISA-2026-0044").step("withdraw", officer(DWP, "case-officer"), DWP, "case-officer", "withdrawn")
@case("F15", SIGNED)
def withdrawn_by_the_broker(log): beside_at(log, "ISA-2026-0044").step("withdraw", 0, 0, "", "withdrawn")
@case("F15", WITHDRAWN)
def activated_after_it_was_withdrawn(log): beside_at(log, "ISA-2026-0044").step("activate", 0, 0, "", "active")
@case("F15", "decide-2")
def withdrawn_by_an_owner_before_the_boards_are_done(log): log.step("withdraw", officer(DWP, "asset-owner"), DWP, "asset-owner", "withdrawn")
@case("F15")
def withdrawn_while_in_force(log): log.step("withdraw", officer(LEEDS, "requester"), LEEDS, "requester", "withdrawn")
@case("F16", "advise-2-security")
def decided_without_all_advice(log): log.say("decide", LEEDS, "asset-owner", "approve", "in-review")
@case("F16", "decide-2")
def departure_without_a_reason(log):
    log.say("advise", LEEDS, "legal", "concern", "in-review", reason=sha("because"))
    log.say("decide", LEEDS, "asset-owner", "approve", "approved")

# F17 to F21


@case("F17")
def more_rows_than_one_call_may_have(log): log.exchange(rows=101)
@case("F17", "part-1")
def more_rows_in_the_parts_of_a_call_than_one_call_may_have(log): part(log, 1, rows=41)
@case("F17")
def more_released_than_read(log): log.exchange(f21=1)
@case("F17")
def more_rows_read_than_the_dataset_holds(log): log.exchange(f21=201)
@case("F17", "replaced-lately")
def more_rows_read_than_its_newest_revision_holds(log): log.exchange(token="third", f15=2, f21=151, **DEBTS)
@case("F17", "replaced-lately")
def more_rows_read_than_an_earlier_revision_held(log):
    log.now = log.marks["replaced"] + 118 * SECOND
    log.exchange(token="third", f21=201, **DEBTS)
@case("F17")
def bytes_without_a_row(log): log.exchange(rows=0, f34=1)
@case("F17")
def more_rows_than_a_day_may_have(log):
    for _ in range(9):
        log.exchange(rows=100)
@case("F17")
def more_bytes_than_a_day_may_have(log): log.exchange(f34=1_000_001)
@case("F17")
def more_calls_than_a_day_may_have(log):
    # Twelve calls of fifty before it, a stream being one. Another client's do not count.
    for _ in range(39):
        log.exchange(rows=1)
@case("F18", "second+")
def agreement_counter_of_before(log): log.exchange(token="second", f10=log.epochs(agreement=2))
@case("F18", "second+")
def agreement_counter_of_the_future(log): log.exchange(token="second", f10=log.epochs(agreement=4))
@case("F18", "second")
def token_with_an_old_counter(log): log.token("stale", epochs=log.epochs(agreement=2))
@case("F18", "suspend")
def counter_that_should_have_risen(log): log.step("suspend", officer(DWP, "oncall"), DWP, "oncall", "suspended", epoch=2)
@case("F18", "terminate")
def end_without_a_new_counter(log): log.step("terminate", officer(LEEDS, "signatory"), LEEDS, "signatory", "terminated", epoch=3)
@case("F18")
def certificate_retired_without_a_new_counter(log): log.register(9, certificate_record(SERVICE), act=3, epoch=0)
@case("F18", "retire+")
def second_certificate_retired_with_the_same_counter(log):
    record = chunk(1, sha("a second certificate")) + number(2, SERVICE) + certificate_record(SERVICE)[len(chunk(1, thumbprint(SERVICE)) + number(2, SERVICE)) :]
    log.register(9, record)
    log.register(9, record, act=3, epoch=1)
@case("F18")
def principal_retired_without_a_new_counter(log): log.register(6, number(1, SERVICE) + number(2, LEEDS) + number(3, 1) + chunk(4, "leeds-cc-ctr"), act=3)
@case("F18")
def organisation_retired_without_a_new_counter(log): log.register(5, number(1, NAO) + chunk(2, "nao"), act=3)
@case("F18")
def organisation_changed_without_a_new_counter(log): log.register(5, number(1, NAO) + chunk(2, "nao"), act=2)
@case("F18", "retire+")
def counter_that_goes_back(log): log.register(6, number(1, SERVICE) + number(2, LEEDS) + number(3, 1) + chunk(4, "leeds-cc-ctr"), act=3)
@case("F18", "terminate+")
def new_version_that_starts_below_the_old_one(log):
    log.terms = terms(version=2)
    log.step("draft", officer(LEEDS, "requester"), LEEDS, "requester", "draft", new_terms=log.terms, version=2)
@case("F20")
def exchange_id_of_zeros(log): log.exchange(f1=bytes(16))
@case("F20")
def records_root_used_before(log): log.exchange(f25=records_root(log, log.marks["first"]))
@case("F20")
def repetition_with_the_records_root_of_before(log): log.exchange(f4=log.marks["first"], f25=records_root(log, log.marks["first"]))
@case("F20")
def request_commitment_of_zeros(log): log.exchange(f24=NOBODY)
@case("F20")
def subject_tag_of_zeros(log): log.exchange(f27=NOBODY)
@case("F20")
def commitment_used_before(log):
    salt = log.salt()
    log.exchange(f24=salt)
    log.exchange(f24=salt)
@case("F20")
def records_without_a_root(log): log.exchange(f25=sha(b""))
@case("F20")
def root_without_records(log): log.exchange(rows=0, f25=sha("some"))
@case("F20", "before-confirmation")
def confirmation_of_other_records(log): log.add(ACK, number(1, log.marks["first"]) + number(2, SERVICE) + number(3, 1) + chunk(4, log.salt()) + chunk(5, thumbprint(SERVICE)))
@case("F21")
def another_history_was_shown(log): log.exchange(f28=10, f29=sha("another root"))
@case("F21")
def a_later_log_was_shown(log): log.exchange(f28=len(log.entries) + 1, f29=sha("a root"))

# F23 to F28


@case("F23")
def erasure_without_a_good_signature(log): log.add(ERASURE, number(1, officer(DWP, "dpo")) + number(2, DWP) + chunk(3, "RETENTION") + number(4, 1) + chunk(6, b"order") + chunk(7, b"\1" * 64) + chunk(8, thumbprint(officer(DWP, "dpo"))))
@case("F24", severity="warning")
def silence_of_more_than_a_minute(log):
    log.heartbeat(2)
    log.now += 61 * SECOND
    log.heartbeat(2)
@case("F24")
def alive_without_a_start(log): log.heartbeat(2, run=b"\x02" * 16)
@case("F24")
def exchange_after_the_stop(log):
    log.heartbeat(3)
    log.exchange()
@case("F24")
def attempt_after_the_stop(log):
    log.heartbeat(3)
    attempt(log)
@case("F24")
def token_issued_after_the_stop(log):
    log.heartbeat(3)
    log.token("night")
@case("F26")
def token_that_was_never_issued(log): log.exchange(token="never")
@case("F26", "revoke+")
def token_after_it_was_revoked(log): log.exchange(token="second")
@case("F26")
def token_after_it_expired(log):
    log.now += 400 * SECOND
    log.exchange()
@case("F26", "revoke+")
def revoked_twice(log): log.revoke("second")
@case("F26")
def token_that_lives_eleven_minutes(log): log.token("long", expiry=log.now + 660 * SECOND)
@case("F26")
def token_that_lives_longer_than_the_terms_say(log): log.token("long", expiry=log.now + 302 * SECOND)
@case("F26")
def token_issued_twice(log): log.token("first")

# F26: what a token allows


@case("F26")
def token_for_another_version(log): log.token("wide", version=2)
@case("F26")
def token_for_another_purpose(log): log.token("wide", purpose="fraud")
@case("F26")
def token_for_a_dataset_beyond_the_terms(log): log.token("wide", grants=(("uc.other", (1,), b"\x01"),))
@case("F26")
def token_for_an_operation_beyond_the_terms(log): log.token("wide", grants=(("uc.claims", (1, 2), b"\x01"),))
@case("F26")
def token_for_fields_beyond_the_terms(log): log.token("wide", grants=(("uc.awards", (1,), b"\x07"),))
@case("F26")
def token_for_more_rows_than_the_terms_allow(log): log.token("wide", rows=1_001)
@case("F26")
def token_for_more_bytes_than_the_terms_allow(log): log.token("wide", bytes_=1_000_001)
@case("F26")
def token_for_more_calls_than_the_terms_allow(log): log.token("wide", calls=51)
@case("F26")
def token_for_more_rows_a_call_than_the_terms_allow(log): log.token("wide", per_call=101)
@case("F26")
def token_for_a_schema_that_is_not_the_terms(log):
    other = schema().replace(b"notes", b"texts")
    log.register(10, chunk(1, "uc.claims") + number(2, DWP) + chunk(3, other) + chunk(4, sha(other)) + number(5, 2) + number(6, 3), act=2)
    log.token("wide")
@case("F26")
def exchanged_for_a_wider_token(log): log.token("wider", parent="narrow", expiry=log.now + 200 * SECOND, grants=ONLY_NUMBERS, rows=7, bytes_=100, calls=3, per_call=2)
@case("F26")
def exchanged_for_a_token_with_more_fields(log): child_of(log, "narrow", "wider", rows=5, bytes_=100, calls=3, grants=(("uc.awards", (1,), b"\x03"),))
@case("F26")
def exchanged_for_a_token_with_more_datasets(log): child_of(log, "narrow", "wider", rows=5, bytes_=100, calls=3, grants=(*ONLY_NUMBERS, ("uc.claims", (1,), b"\x01")))
@case("F26")
def exchanged_for_a_token_with_more_actions(log): child_of(log, "narrow", "wider", rows=5, bytes_=100, calls=3, grants=(("uc.awards", (1, 2), b"\x01"),))
@case("F26")
def exchanged_for_a_token_with_more_bytes(log): child_of(log, "narrow", "wider", rows=5, bytes_=201, calls=3)
@case("F26")
def exchanged_for_a_token_with_more_calls(log): child_of(log, "narrow", "wider", rows=5, bytes_=100, calls=7)
@case("F26")
def exchanged_for_a_token_with_more_rows_a_call(log): child_of(log, "narrow", "wider", rows=5, bytes_=100, calls=3, per_call=3)
@case("F26")
def exchanged_for_a_token_under_another_agreement(log):
    other = beside(log, "ISA-2026-0045")
    reviewed(other)
    signed(other)
    other.step("activate", 0, 0, "", "active")
    log.now = other.now
    log.token("elsewhere", parent="first", agreement=len(log.entries) - 1, expiry=log.now + 100 * SECOND, epochs=other.epochs())
@case("F26", "late+")
def exchanged_before_the_token_it_came_from_was_asked_for(log): child_of(log, "late", "early-child", arrived=log.marks["second-asked"] - 10 * SECOND - 1)
@case("F26")
def exchanged_for_a_token_that_was_revoked(log):
    log.revoke("first")
    child_of(log, "first", "orphan", rows=1, bytes_=100, calls=1)
@case("F26")
def exchanged_more_than_three_times(log):
    child_of(log, "grandchild", "third generation", rows=1, bytes_=50, calls=1)
    child_of(log, "third generation", "fourth generation", rows=1, bytes_=50, calls=1)
@case("F26")
def exchanged_for_a_token_whose_holder_has_lost_a_certificate(log):
    retire_certificate(log)
    child_of(log, "narrow", "orphan", rows=1, bytes_=100, calls=1, client=SECOND_SERVICE, epochs=log.epochs())
@case("F26")
def token_that_came_from_a_revoked_one(log):
    log.revoke("narrow")
    log.exchange(token="grandchild", rows=0, f18=b"\x01", f20=None)
@case("F26")
def token_that_came_from_one_whose_holder_has_lost_a_certificate(log):
    retire_certificate(log)
    log.exchange(rows=0, f18=b"\x01", f20=None, **OF_THE_SECOND)
@case("F26")
def more_rows_than_the_token_it_came_from_allows(log):
    child_of(log, "narrow", "big child", rows=6, bytes_=200, calls=3)
    for _ in range(3):
        log.exchange(token="big child", rows=1, f34=1, f18=b"\x01", f20=None)
@case("F26")
def more_bytes_than_the_token_it_came_from_allows(log):
    child_of(log, "narrow", "big child", rows=1, bytes_=200, calls=1)
    log.exchange(token="big child", rows=1, f34=71, f18=b"\x01", f20=None)
@case("F26")
def more_calls_than_the_token_it_came_from_allows(log):
    child_of(log, "narrow", "big child", rows=1, bytes_=200, calls=6)
    for _ in range(3):
        log.exchange(token="big child", rows=0, f18=b"\x01", f20=None)
@case("F26")
def arrived_before_its_token_was_asked_for(log): log.exchange(token="late", arrived=log.marks["second-asked"] - 10 * SECOND - 1)
@case("F26")
def exchanged_for_a_token_that_was_never_issued(log): log.token("orphan", parent="never")
@case("F26")
def exchanged_for_a_longer_token(log): log.token("longer", parent="narrow", expiry=log.now + 600 * SECOND, grants=ONLY_NUMBERS, rows=5, bytes_=100, calls=3, per_call=2)
@case("F26")
def dataset_that_the_token_does_not_allow(log): log.exchange(token="narrow", rows=1, f34=1, f14="uc.claims", f18=b"\x01", f20=None)
@case("F26")
def operation_that_the_token_does_not_allow(log): log.exchange(token="narrow", rows=1, f34=1, f11=3, f18=b"\x01", f20=None)
@case("F26")
def field_that_the_token_does_not_allow(log): log.exchange(token="narrow", rows=1, f34=1)
@case("F26")
def more_rows_in_one_call_than_the_token_allows(log): log.exchange(token="narrow", rows=3, f34=10, f18=b"\x01", f20=None)
@case("F26")
def more_rows_in_the_parts_of_a_call_than_the_token_allows(log):
    log.token("small", grants=(("uc.claims", (1,), b"\x01"),), per_call=3)
    stream = dict(token="small", f1=sha("another stream")[:16], arrived=log.now + SECOND, **STREAM)
    log.exchange(f3=None, **stream)
    log.exchange(f2=1, **stream)
@case("F26")
def more_rows_than_the_token_allows(log):
    log.exchange(token="narrow", f34=1, f18=b"\x01", f20=None)
    log.exchange(token="narrow", f34=1, f18=b"\x01", f20=None)
@case("F26")
def more_bytes_than_the_token_allows(log): log.exchange(token="narrow", rows=1, f34=71, f18=b"\x01", f20=None)
@case("F26")
def more_calls_than_the_token_allows(log):
    for _ in range(3):
        log.exchange(token="narrow", rows=0, f18=b"\x01", f20=None, f34=0)
@case("F27")
def organisation_added_by_an_officer(log): log.organisation(9, "hmrc", actor=officer(DWP, "case-officer"))
@case("F27")
def organisation_added_by_nobody(log): log.organisation(9, "hmrc", actor=0)
@case("F27", "start+")
def organisation_added_by_nobody_right_after_the_start(log): log.organisation(LEEDS, "leeds-cc", actor=0)
@case("F27", "start")
def organisation_added_by_nobody_after_a_refusal(log):
    log.add(DENIAL, number(1, ADMIN) + number(2, DWP) + number(3, 1) + chunk(4, "REQUEST_INVALID") + number(6, 1) + chunk(11, "AddOrganisation"))
    log.organisation(LEEDS, "leeds-cc", actor=0)
@case("F27")
def key_announced_by_an_auditor(log): log.add(KEY, token_key(1, "second token key", actor=AUDITOR))
@case("F27")
def auditor_made_by_another_organisations_administrator(log):
    log.principal(2_100, LEEDS, 4)
    log.principal(2_101, LEEDS, 3, actor=2_100)
@case("F27")
def auditor_made_by_an_officer_of_the_operator(log): log.principal(1_101, DWP, 3, actor=officer(DWP, "asset-owner"))
@case("F27")
def delegation_ended_that_is_not_as_it_stands(log): log.register(8, delegation_record(DWP, officer(DWP, "signatory"), rows=9_999), act=3)
@case("F27")
def delegation_of_another_ended(log): log.register(8, delegation_record(DWP, officer(LEEDS, "signatory")), act=3)
@case("F27")
def delegation_ended_twice(log):
    log.register(8, delegation_record(DWP, officer(DWP, "signatory")), act=3)
    log.register(8, delegation_record(DWP, officer(DWP, "signatory")), act=3)
@case("F27")
def number_taken(log): log.organisation(LEEDS, "hmrc")
@case("F27")
def dataset_of_another_organisation(log): log.dataset(revision=2, act=2, actor=officer(LEEDS, "asset-owner"))
@case("F27")
def certificate_enrolled_twice(log): log.certificate(AUDITOR)
@case("F27")
def finding_by_an_officer(log): log.add(FINDING, number(1, officer(DWP, "legal")) + chunk(3, "SAMPLE") + number(4, 1) + chunk(5, log.salt()))
@case("F27", "revoke")
def token_revoked_by_a_stranger(log): log.revoke("second", actor=officer(DWP, "case-officer"))
@case("F28")
def ledger_key_that_the_old_one_did_not_name(log):
    import base64

    log.add(KEY, number(1, 1) + number(2, 2) + chunk(3, VKEY) + chunk(4, base64.b64decode(VKEY.split("+", 2)[2])[1:]) + chunk(7, ORIGIN) + chunk(8, b"\1" * 64))
@case("F28")
def token_key_under_another_name(log): log.add(KEY, number(1, 2) + number(2, 1) + chunk(3, "A" * 43) + chunk(4, Key("token").spki))
@case("F28")
def token_under_a_key_that_is_only_announced(log):
    log.add(KEY, token_key(3))
    log.add(KEY, token_key(1, "second token key"))
    log.token("unsigned")
@case("F28")
def token_after_its_key_is_gone(log):
    log.add(KEY, token_key(3))
    log.add(KEY, token_key(4))
    log.token("unsigned")
def first_key_gone(log):
    """A second key comes, the first one goes, and two minutes pass in which calls may have found it still. Tells when they are over."""
    for body in (token_key(1, "second token key"), token_key(2, "second token key"), token_key(3), token_key(4)):
        log.add(KEY, body)
    end = log.now + 120 * SECOND
    for _ in range(2):
        log.now += 48 * SECOND
        log.heartbeat(2)
    log.now = end
    return end


@case("F28")
def used_after_the_key_that_signed_it_was_gone(log):
    # The narrow token was signed by the first key alone. One call still found that key.
    end = first_key_gone(log)
    log.exchange(token="narrow", rows=0, arrived=end, f18=b"\x01", f20=None)
    log.exchange(token="narrow", rows=0, arrived=end + 1, f18=b"\x01", f20=None)
@case("F28")
def exchanged_after_the_key_that_signed_it_was_gone(log):
    end = first_key_gone(log)
    child_of(log, "narrow", "last child", arrived=end, rows=1, bytes_=10, calls=1)
    child_of(log, "narrow", "orphan", arrived=end + 1, rows=1, bytes_=10, calls=1)
@case("F28")
def stream_that_began_after_its_key_was_gone(log):
    end = first_key_gone(log)
    log.exchange(f3=None, arrived=end + 1, **STREAM)
@case("F28")
def token_key_gone_while_it_is_in_use(log): log.add(KEY, token_key(4))
@case("F28")
def token_key_in_use_twice(log): log.add(KEY, token_key(2))
@case("F28")
def token_key_that_comes_back(log):
    log.add(KEY, token_key(3))
    log.add(KEY, token_key(2))
@case("F28")
def token_key_that_begins_as_gone(log): log.add(KEY, token_key(4, "second token key"))
@case("D13", "stop+")
def entry_after_the_end(log):
    log.add(SUCCESSION, chunk(1, "ledger.example/broker-2") + number(3, 1) + chunk(4, log.salt()) + chunk(6, "TEST"))
    log.heartbeat(1, run=b"\x03" * 16)


def replayed_to(whole, mark):
    """A log that stands right before that mark, or after it, with the counters of that place."""
    end = whole.marks[mark.rstrip("+")] + (mark.endswith("+")) if mark != "before-stop" else whole.marks[mark]
    log = Log(whole.entries[:end], dict(fields(whole.entries[end - 1]))[2])
    log.marks = whole.marks
    log.epoch = 0 if end <= whole.marks["draft"] else 1 if end <= whole.marks["activate"] else 2 if end <= whole.marks["suspend"] else 3
    log.epoch += end > whole.marks["terminate"]
    log.client_epoch = int(end > whole.marks["retire"])
    log.fresh = 1_000
    return log


def files():
    whole = base()
    yield "base.json", {"origin": ORIGIN, "entries": [entry.hex() for entry in whole.entries]}
    for name, (rule, at, severity, function) in CASES.items():
        log = replayed_to(whole, at)
        prefix = len(log.entries)
        function(log)
        yield name + ".json", {"prefix": prefix, "entries": [e.hex() for e in log.entries[prefix:]], "rule": rule, "severity": severity}


def main():
    check = sys.argv[1:] == ["--check"]
    wanted = {name: json.dumps(content, indent=0) + "\n" for name, content in files()}
    if check:
        kept = {path.name: path.read_text() for path in FOLDER.glob("*.json")}
        sys.exit(0 if kept == wanted else "the vectors in Tests/Vectors/replay are not what this program writes")
    for name, content in wanted.items():
        (FOLDER / name).write_text(content)
    print(len(wanted), "files")


if __name__ == "__main__":
    main()
