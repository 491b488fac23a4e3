#!/usr/bin/env python3
"""Makes the mongod on a port of 127.0.0.1 a one-node replica set, unless it is one already, and
waits until it is primary.

Usage: replica_set.py PORT. Speaks the wire protocol itself: no MongoDB shell is in Debian.
"""
import socket
import struct
import sys
import time

OP_MSG = 2013


def encode(document):
    """BSON of a dict of str, int and dict or list of them."""
    body = b""
    for key, value in document.items():
        name = key.encode() + b"\0"
        if isinstance(value, str):
            text = value.encode() + b"\0"
            body += b"\x02" + name + struct.pack("<i", len(text)) + text
        elif isinstance(value, int):
            body += b"\x10" + name + struct.pack("<i", value)
        elif isinstance(value, list):
            body += b"\x04" + name + encode({str(i): item for i, item in enumerate(value)})
        else:
            body += b"\x03" + name + encode(value)
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def receive(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise ConnectionError("mongod closed the connection")
        data += part
    return data


def run(port, command):
    """Sends a command to the database admin; the bytes of the reply's BSON."""
    body = struct.pack("<i", 0) + b"\0" + encode({**command, "$db": "admin"})
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(struct.pack("<iiii", 16 + len(body), 1, 0, OP_MSG) + body)
        size = struct.unpack("<i", receive(connection, 4))[0]
        return receive(connection, size - 4)[12 + 5:]


def main():
    port = int(sys.argv[1])
    members = [{"_id": 0, "host": f"127.0.0.1:{port}"}]
    reply = run(port, {"replSetInitiate": {"_id": "polystore", "members": members}})
    good = b"\x01ok\0" + struct.pack("<d", 1.0) in reply or b"AlreadyInitialized" in reply
    if not good:
        sys.exit(f"replica_set: mongod on port {port} refuses to start a replica set: {reply!r}")
    end = time.monotonic() + 60
    while b"\x08isWritablePrimary\0\x01" not in run(port, {"hello": 1}):
        if time.monotonic() > end:
            sys.exit(f"replica_set: mongod on port {port} did not become primary in 60 s")
        time.sleep(0.1)


main()
