#!/usr/bin/env python3
"""A router advertisement (RFC 4861 section 4.2) on one interface, again and again: lwIP learns its IPv6 router from nothing else.
usage: advertise.py INTERFACE PREFIX   (a /64)"""
import socket
import struct
import sys
import time

interface, prefix = sys.argv[1:]
out = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
out.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
out.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
with open(f"/sys/class/net/{interface}/address", encoding="ascii") as address:
    mac = bytes.fromhex(address.read().strip().replace(":", ""))
message = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0)
message += struct.pack("!BB6s", 1, 1, mac)
message += struct.pack("!BBBBIII16s", 3, 4, 64, 0x80, 3600, 3600, 0, socket.inet_pton(socket.AF_INET6, prefix))
while True:
    try:
        out.sendto(message, ("ff02::1", 0, 0, socket.if_nametoindex(interface)))
    except OSError:
        pass  # the interface is not up yet
    time.sleep(0.1)
