"""Checks redaction vectors with Python's protobuf and hashlib alone. Usage: check.py vectors.jsonl"""
import datetime
import decimal
import hashlib
import json
import math
import re
import struct
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, unknown_fields
from google.protobuf.descriptor import FieldDescriptor as F
from google.protobuf.message import DecodeError


def load(descriptor_hex):
    """The class of the first message of a canonical descriptor set."""
    files = descriptor_pb2.FileDescriptorSet.FromString(bytes.fromhex(descriptor_hex))
    assert len(files.file) == 1, "one file"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(files.file[0])
    name = files.file[0].package + "." + files.file[0].message_type[0].name
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(name))


def value_text(field, value):
    if field.type == F.TYPE_DOUBLE:
        value = math.nan if math.isnan(value) else value + 0.0
        return "7ff8000000000000" if math.isnan(value) else struct.pack(">d", value).hex()
    if field.type == F.TYPE_FLOAT:
        value = math.nan if math.isnan(value) else value + 0.0
        return "7fc00000" if math.isnan(value) else struct.pack(">f", value).hex()
    if field.type == F.TYPE_STRING:
        return value.encode().hex()
    if field.type == F.TYPE_BYTES:
        return value.hex()
    return str(int(value))


def is_zero(field, value):
    return field.type in (F.TYPE_DOUBLE, F.TYPE_FLOAT) and value == 0


def is_map(field):
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def is_repeated(field):
    return field.is_repeated if hasattr(field, "is_repeated") else field.label == F.LABEL_REPEATED


def map_order(field):
    key = field.message_type.fields_by_number[1]
    return (lambda k: k.encode()) if key.type == F.TYPE_STRING else int


def reading(message):
    """The message as the vectors spell it."""
    out = {}
    for field, value in message.ListFields():
        if is_map(field):
            key, item = (field.message_type.fields_by_number[n] for n in (1, 2))
            order = map_order(field)
            entries = []
            for k in sorted(value.keys(), key=order):
                v = value[k]
                entries.append({"1": [value_text(key, k)], "2": [reading(v) if item.message_type is not None else value_text(item, v)]})
            out[str(field.number)] = entries
        elif is_repeated(field):
            out[str(field.number)] = [reading(v) if field.message_type is not None else value_text(field, v) for v in value]
        elif field.message_type is not None:
            out[str(field.number)] = [reading(value)]
        elif field.has_presence or not is_zero(field, value):
            out[str(field.number)] = [value_text(field, value)]
    return out


def cut(tree, descriptor, prefix, listed):
    """What a policy that only allows leaves of a reading; sub-messages in which nothing is left go too."""
    out = {}
    for number, values in tree.items():
        field = descriptor.fields_by_number[int(number)]
        path = prefix + field.name
        if field.message_type is None:
            if path in listed:
                out[number] = values
            continue
        kept = []
        for value in values:
            if is_map(field):
                if path + ".key" not in listed:
                    continue
                inner = {"1": value["1"]}
                item = field.message_type.fields_by_number[2]
                if item.message_type is None:
                    inner["2"] = value["2"]
                else:
                    inner["2"] = [cut(value["2"][0], item.message_type, path + ".value.", listed)]
            else:
                inner = cut(value, field.message_type, path + ".", listed)
            if inner:
                kept.append(inner)
        if kept:
            out[number] = kept
    return out


def unknown_count(message):
    count = len(unknown_fields.UnknownFieldSet(message))
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if is_map(field):
            if field.message_type.fields_by_number[2].message_type is not None:
                count += sum(unknown_count(v) for v in value.values())
        elif is_repeated(field):
            count += sum(unknown_count(v) for v in value)
        else:
            count += unknown_count(value)
    return count


# What each rule makes of a value, read from the reference and from nothing of ours. None: the value has no transformed form and is dropped.

def day(text):
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def number(value):
    if isinstance(value, int):
        return decimal.Decimal(value)
    digits = re.fullmatch(r"-?([0-9]+)(?:\.([0-9]+))?", value)
    return decimal.Decimal(value) if digits and len(digits[1]) + len(digits[2] or "") <= 18 else None


def period(value, rule, today):
    date = day(value)
    if date is None:
        return None
    first = {
        "month": lambda: date.replace(day=1),
        "quarter": lambda: date.replace(month=(date.month + 2) // 3 * 3 - 2, day=1),
        "year": lambda: date.replace(month=1, day=1),
        "tax_year": lambda: max(d for d in (datetime.date(y, 4, 6) for y in (date.year, max(date.year - 1, 1))) if d <= date),
        "fin_year": lambda: max(d for d in (datetime.date(y, 4, 1) for y in (date.year, max(date.year - 1, 1))) if d <= date),
    }[rule["unit"]]()
    if rule["shape"] == "first_day":
        return first.isoformat()
    year = f"{first.year:04}"
    return {"month": f"{year}-{first.month:02}", "quarter": f"{year}-Q{(first.month + 2) // 3}", "year": year}.get(
        rule["unit"], f"{year}-{(first.year + 1) % 100:02}")


def coded(value, rule, today):
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return min(max(value, float(rule.get("lo", "-inf"))), float(rule.get("hi", "inf"))) + 0.0
    given = number(value)
    if given is None:
        return None
    labels = rule["labels"].split(",") if "labels" in rule else []
    result = given
    if "lo" in rule and given <= decimal.Decimal(rule["lo"]):
        if labels:
            return labels[0]
        result = decimal.Decimal(rule["lo"])
    elif "hi" in rule and given >= decimal.Decimal(rule["hi"]):
        if labels:
            return labels[-1]
        result = decimal.Decimal(rule["hi"])
    if isinstance(value, int) and not labels:
        return int(result)
    return f"{abs(result) if result == 0 else result:f}"


def outcome(value, rule, today):
    wanted = rule["value"].split(",") if rule["op"] == "in" else [rule["value"]]
    if rule["as"] == "text":
        known = {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value
    elif rule["as"] == "number":
        known, wanted = number(value), [decimal.Decimal(w) for w in wanted]
    else:
        known = day(value)
        if rule["as"] == "date":
            wanted = [today if w == "exchange_date" else day(w) for w in wanted]
        else:
            end = today if rule["ref"] == "exchange_date" else day(rule["ref"])
            if known is not None:
                known = None if known > end else end.year - known.year - ((end.month, end.day) < (known.month, known.day))
            wanted = [int(w) for w in wanted]
    if known is None:
        return None
    return {
        "eq": lambda: known == wanted[0], "ne": lambda: known != wanted[0], "lt": lambda: known < wanted[0], "le": lambda: known <= wanted[0],
        "gt": lambda: known > wanted[0], "ge": lambda: known >= wanted[0], "in": lambda: known in wanted,
    }[rule["op"]]()


def truncated(value, rule, today):
    return value[: int(rule["max"])] if rule["side"] == "first" else value[-int(rule["max"]):]


TRANSFORMS = {"date-generalise": period, "top-bottom-code": coded, "predicate": outcome, "truncate": truncated}


def typed(field, text):
    if field.type == F.TYPE_STRING:
        return bytes.fromhex(text).decode()
    if field.type == F.TYPE_DOUBLE:
        return struct.unpack(">d", bytes.fromhex(text))[0]
    if field.type == F.TYPE_BOOL:
        return text == "1"
    if field.type == F.TYPE_ENUM:
        return field.enum_type.values_by_number[int(text)].name
    return int(text)


def spelled(field, value):
    """A value as a reading of the released field spells it."""
    if field.type == F.TYPE_ENUM:
        value = field.enum_type.values_by_name[value].number
    if field.type in (F.TYPE_BOOL, F.TYPE_ENUM) or isinstance(value, int):
        return str(int(value))
    return value_text(field, value)


def at(tree, descriptor, path):
    """The field of a path and its values in a reading; None where the path goes through a list."""
    *above, last = path.split(".")
    for name in above:
        field = descriptor.fields_by_name.get(name)
        if field is None or field.message_type is None or is_repeated(field):
            return None
        tree = tree.get(str(field.number), [{}])[0]
        descriptor = field.message_type
    field = descriptor.fields_by_name.get(last)
    return None if field is None else (field, tree.get(str(field.number), []))


def expected_values(source_field, values, target_field, name, rule, today):
    if name == "exists":
        return ["1" if values else "0"]
    if name == "constant":
        value = rule["value"] == "true" if source_field.type == F.TYPE_BOOL else rule["value"]
        if source_field.type not in (F.TYPE_BOOL, F.TYPE_ENUM, F.TYPE_STRING):
            value = int(value)
        return [spelled(target_field, value)] * (len(values) if rule["only_if_present"] == "true" else 1)
    outputs = [TRANSFORMS[name](typed(source_field, value), rule, today) for value in values]
    keeps = target_field.has_presence or is_repeated(target_field)
    return [spelled(target_field, o) for o in outputs if o is not None and (keeps or o not in ("", 0))]


def wrong_values(vector, source, source_type, got, output_type):
    """Compares every field of the transforms that are known here; counts them in `compared`."""
    today = datetime.date.fromisoformat(vector["exchange_date"])
    for path, name, rule in vector["rules"]:
        if name not in TRANSFORMS and name not in ("exists", "constant"):
            continue
        before, after = at(source, source_type.DESCRIPTOR, path), at(got, output_type.DESCRIPTOR, path)
        if before is None or after is None:
            continue
        wanted = expected_values(*before, after[0], name, rule, today)
        compared[name] = compared.get(name, 0) + 1
        if after[1] != wanted:
            yield f"{path}: {name} {rule} of {before[1]} is {wanted}, the release says {after[1]}"


compared = {}


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def top_level(data):
    """The bytes of each field of a record, tags included."""
    fields, at = {}, 0
    while at < len(data):
        start = at
        tag, at = varint(data, at)
        kind = tag & 7
        if kind == 0:
            _, at = varint(data, at)
        elif kind == 2:
            length, at = varint(data, at)
            at += length
        else:
            at += {1: 8, 5: 4}[kind]
        fields[tag >> 3] = fields.get(tag >> 3, b"") + data[start:at]
    return fields


def commitment(released, opening):
    """The record commitment of the ledger's Privacy chapter, evidence level `field`."""
    fields = top_level(released)

    def digest(salt, number):
        return hashlib.sha256(b"concordat/field/1\0" + bytes.fromhex(salt) + struct.pack(">I", number) + fields.get(number, b"")).digest()

    outer = b"concordat/record/1\0"
    for number, disposition, salt, source in opening:
        outer += struct.pack(">IB", number, disposition)
        if disposition == 1:
            outer += digest(salt, number)
        elif disposition == 2:
            outer += bytes.fromhex(source) + digest(salt, number)
    return hashlib.sha256(outer).hexdigest()


def problems(vector):
    source_type = load(vector["source_schema"])
    if hashlib.sha256(bytes.fromhex(vector["source_schema"])).hexdigest() != vector["schema_digest"]:
        yield "the schema digest is not the SHA-256 of the descriptor set"
    source = None
    if "source_reading" in vector:
        try:
            source = reading(source_type.FromString(bytes.fromhex(vector["record"])))
        except DecodeError as error:
            # Python refuses a message for one bad string even where a later value replaces it; we go by the value that counts.
            if "UTF-8" not in str(error):
                yield f"Python cannot read the source record: {error}"
        else:
            if source != vector["source_reading"]:
                yield f"Python reads the source as {source}, the oracle as {vector['source_reading']}"
    if "released" not in vector:
        return
    released = bytes.fromhex(vector["released"])
    output_type = load(vector["output_schema"])
    message = output_type.FromString(released)
    got = reading(message)
    if got != vector["released_reading"]:
        yield f"Python reads the release as {got}, the oracle as {vector['released_reading']}"
    if unknown_count(message):
        yield "the release holds unknown fields"
    if source is not None:
        yield from wrong_values(vector, source, source_type, got, output_type)
    if source is not None and all(name == "allow" for _, name, _ in vector["rules"]):
        expected = cut(source, source_type.DESCRIPTOR, "", {path for path, _, _ in vector["rules"]})
        if got != expected:
            yield f"the listed leaves are {expected}, the release says {got}"
    if commitment(released, vector["opening"]) != vector["commitment"]:
        yield "the commitment is not that of the released bytes"


def main(path):
    passed = failed = 0
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            found = list(problems(json.loads(line)))
            for problem in found:
                print(f"vector {number}: {problem}")
            passed, failed = passed + (not found), failed + bool(found)
    print("fields compared with Python's own transforms: " + ", ".join(f"{name} {count}" for name, count in sorted(compared.items())))
    idle = sorted({"constant", "exists", *TRANSFORMS} - set(compared))
    if idle:
        print(f"no vector has a field of {', '.join(idle)}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or idle or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
