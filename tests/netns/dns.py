#!/usr/bin/env python3
"""dns.py ADDRESS ZONE READY: a name server for the laboratory. ZONE has a record a line: "NAME TYPE DATA" (A, AAAA, or SRV with
"PRIORITY WEIGHT PORT TARGET"), or "NAME TYPE drop": such a question is never answered. READY is a file that appears once it
listens."""
import ipaddress
import socket
import struct
import sys

TYPES = {"A": 1, "AAAA": 28, "SRV": 33}


def wire_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.rstrip(".").split(".") if label) + b"\0"


def wire_data(kind, words):
    if kind == "SRV":
        priority, weight, port, target = words
        return struct.pack("!HHH", int(priority), int(weight), int(port)) + wire_name(target)
    return ipaddress.ip_address(words[0]).packed


def read_zone(path):
    zone, names = {}, set()
    with open(path, encoding="ascii") as file:
        for line in file:
            name, kind, *words = line.split()
            names.add(name)
            zone.setdefault((name, TYPES[kind]), []).append(None if words == ["drop"] else wire_data(kind, words))
    return zone, names


def read_question(query):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    return ".".join(labels).lower(), struct.unpack_from("!H", query, at + 1)[0], query[12:at + 5]


def answer(query, zone, names):
    name, kind, question = read_question(query)
    records = zone.get((name, kind), [])
    if None in records:
        return None
    code = 0 if name in names else 3
    head = query[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(records), 0, 0)
    return head + question + b"".join(b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data for data in records)


def main():
    address, zone_path, ready = sys.argv[1:]
    zone, names = read_zone(zone_path)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((address, 53))
        open(ready, "w", encoding="ascii").close()
        while True:
            query, client = server.recvfrom(512)
            reply = answer(query, zone, names)
            if reply:
                server.sendto(reply, client)


if __name__ == "__main__":
    main()
