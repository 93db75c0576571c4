#!/usr/bin/env python3
"""A wire under control between the hosts of a test: it loses, delays and doubles heartbeat's datagrams, by a seed.

Runs in the network that has the switch. An nftables rule keeps the kernel from forwarding UDP 694 over IPv4; this program
takes those frames from each port of the switch and puts them into the other hosts' ports of the same switch. Everything
else goes its usual way through the kernel and is not looked at.

Every line of stdin sets the weather, for instance `loss=30 late=50 upto=300 doubled=5` (per cent, per cent, ms, per cent;
what is not named is 0), and is answered by one line with four numbers: how many datagrams were seen, lost, late and doubled
until now. The end of stdin is the end of the program.
"""
import heapq
import itertools
import random
import re
import select
import socket
import subprocess
import sys
import time

ETH_P_ALL = 0x0003
PACKET_OUTGOING = 4
PORT = re.compile(r"p(?P<node>\d+)e(?P<switch>\d+)\.(?P<start>\d+)$")
RULES = """
add table bridge wire
add chain bridge wire forward { type filter hook forward priority 0; }
flush chain bridge wire forward
add rule bridge wire forward ip protocol udp udp dport 694 drop
"""


def udp_of(frame):
    """Where the UDP header of heartbeat's datagram begins, or None for every other frame."""
    if len(frame) < 42 or frame[12:14] != b"\x08\x00" or frame[23] != socket.IPPROTO_UDP:
        return None
    if int.from_bytes(frame[20:22], "big") & 0x1FFF:
        return None  # a later fragment has no ports; the kernel forwards it
    udp = 14 + (frame[14] & 0x0F) * 4
    return udp if frame[udp + 2 : udp + 4] == (694).to_bytes(2, "big") else None


def others(port):
    """The newest port of each other host on the same switch: a host gets a new one at each start."""
    newest = {}
    for _, name in socket.if_nameindex():
        other = PORT.match(name)
        if other is None or other["switch"] != port["switch"] or other["node"] == port["node"]:
            continue
        start = int(other["start"])
        if start >= newest.get(other["node"], (0, ""))[0]:
            newest[other["node"]] = (start, name)
    return [name for _, name in newest.values()]


class Wire:
    def __init__(self, seed):
        self.dice = random.Random(seed)
        self.weather = {"loss": 0.0, "late": 0.0, "upto": 0.0, "doubled": 0.0}
        self.counts = {"seen": 0, "lost": 0, "late": 0, "doubled": 0}
        self.order = itertools.count()
        self.waiting = []
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)

    def set_weather(self, line):
        words = dict(word.split("=", 1) for word in line.split())
        self.weather = {name: float(words.get(name, 0)) for name in self.weather}

    def happens(self, what):
        return self.dice.random() * 100 < self.weather[what]

    def receive(self):
        frame, (name, _, kind, *_) = self.socket.recvfrom(65535)
        port = PORT.match(name)
        if port is None or kind == PACKET_OUTGOING:
            return
        udp = udp_of(frame)
        if udp is None:
            return
        # The sender left the checksum to a network card that is not there: 0 means none.
        frame = frame[: udp + 6] + b"\0\0" + frame[udp + 8 :]
        for target in others(port):
            self.carry(frame, target)

    def carry(self, frame, target):
        self.counts["seen"] += 1
        if self.happens("loss"):
            self.counts["lost"] += 1
            return
        copies = 1
        if self.happens("doubled"):
            self.counts["doubled"] += 1
            copies = 2
        for _ in range(copies):
            wait = 0.0
            if self.happens("late"):
                self.counts["late"] += 1
                wait = self.dice.uniform(0, self.weather["upto"]) / 1000
            heapq.heappush(self.waiting, (time.monotonic() + wait, next(self.order), frame, target))

    def deliver(self):
        while self.waiting and self.waiting[0][0] <= time.monotonic():
            _, _, frame, target = heapq.heappop(self.waiting)
            try:
                self.socket.sendto(frame, (target, 0))
            except OSError:
                pass  # the cable is out, or the host has no power: nobody is there to hear it

    def answer(self):
        print(*self.counts.values(), flush=True)

    def run(self):
        self.answer()
        while True:
            due = self.waiting[0][0] - time.monotonic() if self.waiting else None
            ready, _, _ = select.select(
                [self.socket, sys.stdin.fileno()], [], [], None if due is None else max(0.0, due)
            )
            if sys.stdin.fileno() in ready:
                line = sys.stdin.readline()
                if line == "":
                    return
                self.set_weather(line)
                self.answer()
            if self.socket in ready:
                self.receive()
            self.deliver()


subprocess.run(["nft", "-f", "-"], input=RULES, text=True, check=True)
Wire(int(sys.argv[1])).run()
