#!/usr/bin/env python3
"""Computes cache keys and reads envelopes as docs/cache-key.md describes them, with nothing of
polystore: if it agrees with the library on every vector, then the page says what the library does.

    cache_key.py <vectors.json>            checks that the vectors are what this program makes
    cache_key.py --write <vectors.json>    makes them anew from their inputs
"""

import hashlib
import json
import math
import struct
import sys
import unicodedata
from pathlib import Path

DOUBLES = ("temperature", "top_p", "min_p", "typical_p", "presence_penalty", "frequency_penalty",
           "repetition_penalty")  # fmt: skip
INTEGERS = ("top_k", "max_tokens", "seed")
KINDS = {"all": 0, "tenant": 1, "model": 2, "user": 3, "tag": 4}
MASK = (1 << 64) - 1


# -- the canonical form ------------------------------------------------------------------------


def nfc(value):
    return unicodedata.normalize("NFC", value)


def number(value):
    return struct.pack(">Q", value & MASK)


def text(value):
    data = nfc(value).encode()
    return number(len(data)) + data


def optional(value, encode):
    return b"\0" if value is None else b"\1" + encode(value)


def double(value):
    return struct.pack(">d", value + 0.0)


def whole(value):
    return (b"-" if value < 0 else b"+") + number(abs(value))


class Pairs(list):
    """The fields of an object, as they stand in the text."""


def refuse_constant(name):
    raise ValueError(f"{name} is not JSON")


def integer(digits):
    value = int(digits)
    if not -(1 << 63) <= value < 1 << 64:
        raise ValueError("a whole number beyond 64 bits")
    return value


def json_value(value):
    if value is None:
        return b"n"
    if isinstance(value, bool):
        return b"t" if value else b"f"
    if isinstance(value, int):
        return whole(value)
    if isinstance(value, float):
        if math.isinf(value):
            raise ValueError("a number beyond the range of a double")
        if value == math.trunc(value) and abs(value) < 1 << 64:
            return whole(int(value))
        return b"d" + double(value)
    if isinstance(value, str):
        return b"s" + text(value)
    if isinstance(value, Pairs):
        fields = sorted((nfc(name).encode(), item) for name, item in value)
        if len({name for name, _ in fields}) != len(fields):
            raise ValueError("a field name twice")
        return b"o" + number(len(fields)) + b"".join(
            number(len(name)) + name + json_value(item) for name, item in fields)  # fmt: skip
    return b"a" + number(len(value)) + b"".join(json_value(item) for item in value)


def json_text(source):
    if not source:
        return b"\0"
    return b"\1" + json_value(json.loads(
        source.removeprefix("\ufeff"), object_pairs_hook=Pairs, parse_int=integer,
        parse_constant=refuse_constant))  # fmt: skip


def canonical(request):
    parts = [text("polystore request 1"),
             optional(request["tenant"], text),
             text(request["model"]),
             text(request.get("prompt", ""))]  # fmt: skip
    messages = request.get("messages", [])
    parts.append(number(len(messages)))
    for message in messages:
        parts += [text(message.get(name, "")) for name in ("role", "content", "name")]
        parts.append(json_text(message.get("extra", "")))
    sampling = request.get("sampling", {})
    parts += [optional(sampling.get(name), double) for name in DOUBLES]
    parts += [optional(sampling.get(name), number) for name in INTEGERS]
    stop = sampling.get("stop", [])
    parts += [number(len(stop)), *map(text, stop), json_text(sampling.get("extra", ""))]
    for name in ("tools", "tool_choice", "response_format", "context"):
        parts.append(json_text(request.get(name, "")))
    parts.append(optional(request.get("user_id"), number))
    tags = sorted({nfc(tag).encode() for tag in request.get("tags", [])})
    parts.append(number(len(tags)))
    parts += [number(len(tag)) + tag for tag in tags]
    return b"".join(parts)


def key(request):
    return hashlib.sha256(canonical(request)).hexdigest()


# -- scopes and entries ------------------------------------------------------------------------


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & MASK
    return value


def tenant_part(tenant):
    return "s" if tenant is None else "n" + nfc(tenant)


def scope_name(scope):
    kind = scope["kind"]
    if kind == "all":
        return ""
    if kind == "tenant":
        return tenant_part(scope["tenant"])
    if kind == "model":
        return nfc(scope["model"])
    if kind == "user":
        return str(scope["user"])
    part = tenant_part(scope["tenant"])
    return f"{len(part.encode())}:{part}{nfc(scope['tag'])}"


def scope_hash(scope):
    return fnv1a(bytes([KINDS[scope["kind"]]]) + scope_name(scope).encode())


def scopes(request):
    tenant = request["tenant"]
    found = [{"kind": "all"}, {"kind": "tenant", "tenant": tenant},
             {"kind": "model", "model": request["model"]}]  # fmt: skip
    if request.get("user_id") is not None:
        found.append({"kind": "user", "user": request["user_id"]})
    found += [{"kind": "tag", "tenant": tenant, "tag": tag} for tag in request.get("tags", [])]
    return [f"{value:016x}" for value in sorted({scope_hash(scope) for scope in found})]


def entry_key(digest, epochs):
    if not epochs:
        return digest
    data = text("polystore entry 1") + bytes.fromhex(digest) + number(len(epochs))
    for scope, epoch in epochs:
        data += number(int(scope, 16)) + number(epoch)
    return hashlib.sha256(data).hexdigest()


# -- envelopes ---------------------------------------------------------------------------------

P1, P2, P3, P4, P5 = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9,
                      0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)  # fmt: skip


def rotate(value, bits):
    return (value << bits | value >> 64 - bits) & MASK


def xxh64(data):
    """XXH64 with seed 0, as xxHash's specification has it."""

    def step(lane, word):
        return rotate((lane + word * P2) & MASK, 31) * P1 & MASK

    position = 0
    if len(data) >= 32:
        lanes = [P1 + P2 & MASK, P2, 0, -P1 & MASK]
        while position + 32 <= len(data):
            words = struct.unpack_from("<4Q", data, position)
            lanes = [step(lane, word) for lane, word in zip(lanes, words)]
            position += 32
        value = sum(rotate(lane, bits) for lane, bits in zip(lanes, (1, 7, 12, 18))) & MASK
        for lane in lanes:
            value = ((value ^ step(0, lane)) * P1 + P4) & MASK
    else:
        value = P5
    value = value + len(data) & MASK
    while position + 8 <= len(data):
        word = step(0, struct.unpack_from("<Q", data, position)[0])
        value = (rotate(value ^ word, 27) * P1 + P4) & MASK
        position += 8
    if position + 4 <= len(data):
        word = struct.unpack_from("<I", data, position)[0]
        value = (rotate(value ^ word * P1 & MASK, 23) * P2 + P3) & MASK
        position += 4
    for byte in data[position:]:
        value = rotate(value ^ byte * P5 & MASK, 11) * P1 & MASK
    value = (value ^ value >> 33) * P2 & MASK
    value = (value ^ value >> 29) * P3 & MASK
    return value ^ value >> 32


def varint(value):
    data = b""
    while value >= 0x80:
        data += bytes([value & 0x7F | 0x80])
        value >>= 7
    return data + bytes([value])


def envelope(fields):
    failure = fields.get("failure")
    content_id = bytes.fromhex(fields.get("content_id", ""))
    hashes = fields["scopes"]
    data = b"\xf5pse" + bytes([1, (failure is not None) | (bool(content_id) << 2), 0, len(hashes)])
    data += number(fields["filled_at"]) + number(fields["stale_for"]) + number(fields["epoch"])
    data += b"".join(number(int(value, 16)) for value in hashes)
    if failure is not None:
        data += bytes([failure])
    else:
        output = fields["text"].encode()
        data += number(fields["prompt_tokens"]) + number(fields["completion_tokens"])
        data += number(fields["latency_us"]) + content_id
        reason = fields["finish_reason"].encode()
        data += bytes([len(reason)]) + reason
        ends = fields["chunk_ends"]
        data += varint(len(ends))
        data += b"".join(varint(end - before) for before, end in zip([0, *ends], ends))
        data += number(len(output)) + output
    return (data + number(xxh64(data))).hex()


# -- the vectors -------------------------------------------------------------------------------


def fill(vectors):
    """Computes everything that is not an input."""
    for vector in vectors["requests"]:
        request = vector["request"]
        vector["canonical"] = canonical(request).hex()
        vector["key"] = key(request)
        vector["scopes"] = scopes(request)
    for vector in vectors["scopes"]:
        vector["name"] = scope_name(vector["scope"])
        vector["hash"] = f"{scope_hash(vector['scope']):016x}"
    for vector in vectors["entry_keys"]:
        vector["entry_key"] = entry_key(vector["key"], vector["epochs"])
    for vector in vectors["envelopes"]:
        vector["bytes"] = envelope(vector["envelope"])


def refused(source):
    try:
        json_text(source)
    except ValueError:
        return True
    return False


def faults(vectors):
    found = []
    made = json.loads(json.dumps(vectors))
    fill(made)
    for kind, items in made.items():
        for i, item in enumerate(items):
            if item != vectors[kind][i]:
                found.append(f"{kind}[{i}] ({item.get('about', '')}) is {vectors[kind][i]}, not {item}")
    by_key = {}
    for vector in vectors["requests"]:
        by_key.setdefault(vector["key"], set()).add(vector["same"])
    if len(by_key) != len({vector["same"] for vector in vectors["requests"]}):
        found.append("requests of one name have different keys, or of different names the same")
    found += [f"this JSON should be refused: {source}" for source in vectors["refused_json"]
              if not refused(source)]  # fmt: skip
    return found


def main():
    write = sys.argv[1:2] == ["--write"]
    if len(sys.argv) != (3 if write else 2):
        sys.exit(__doc__)
    path = Path(sys.argv[-1])
    vectors = json.loads(path.read_text(encoding="utf-8"))
    if write:
        fill(vectors)
        path.write_text(json.dumps(vectors, indent=1) + "\n", encoding="utf-8")
    found = faults(vectors)
    for fault in found:
        print(fault)
    count = sum(len(items) for items in vectors.values())
    print(f"{count} vectors, {len(found)} faults")
    sys.exit(1 if found or count == 0 else 0)


if __name__ == "__main__":
    main()
