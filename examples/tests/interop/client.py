"""websockets on Python talks to each server:

    PYTHONPATH=site python3 client.py shared ws://127.0.0.1:8080/ws ws://127.0.0.1:8081/shared/obey …
"""

import sys
from itertools import product

from websockets.sync.client import connect

from checks import agreement, check_wire
from deflate import DeflateFactory
from messages import content
from turns import CASES, echoes, largest, obeys, servers, split

# How long to wait for steps that should be quick, in seconds.
PATIENCE = 60

# Turns off features that the test does not need, or that `Deflate` replaces.
OPTIONS = {"compression": None, "max_size": None, "proxy": None, "open_timeout": PATIENCE, "ping_interval": None}


def talk(url, compression, offer, turns):
    """Takes all turns on one connection."""
    with connect(url, extensions=[DeflateFactory(**offer)], **OPTIONS) as socket:
        agreed = socket.response.headers["Sec-WebSocket-Extensions"]
        assert agreed == agreement(compression, offer), agreed
        [deflate] = socket.protocol.extensions
        for turn in turns:
            deflate.is_on = not turn.said.get("plain")
            say(socket, turn.said)
            for expected in turn.heard:
                # The failure does not show the messages, because they may be long.
                assert socket.recv(timeout=PATIENCE) == content(expected), str(turn)[:200]
    check_wire(deflate, turns, compression, offer)


def say(socket, message):
    whole = content(message)
    if not message.get("in_parts"):
        socket.send(whole)
    elif message["binary"]:
        socket.send(split(whole))
    else:
        socket.send(split(whole.encode()), text=True)


for number, (compression, echo, obey) in enumerate(servers(sys.argv[1:])):
    first, *_ = CASES["offers"]
    talk(echo, compression, first, [*echoes(CASES["lengths"]), largest(number)])
    for offer in CASES["offers"]:
        talk(echo, compression, offer, echoes(CASES["fewLengths"]))
    for offer, length in product(CASES["mixedOffers"], CASES["mixedLengths"]):
        talk(obey, compression, offer, obeys(length))
print("passed")
