"""Checks redaction vectors with Python's protobuf and hashlib alone. Usage: check.py vectors.jsonl"""
import hashlib
import json
import math
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
    if source is not None and all(name == "allow" for _, name in vector["rules"]):
        expected = cut(source, source_type.DESCRIPTOR, "", {path for path, _ in vector["rules"]})
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
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
