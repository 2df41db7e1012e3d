"""The turns of a conversation with the servers; see turns.mjs."""

import json
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from messages import lines

CASES = json.loads(Path(__file__).with_name("cases.json").read_text())

# How many parts a message `in_parts` has.
PARTS = 5


@dataclass
class Turn:
    said: dict
    heard: list


def servers(words):
    """The servers that a command line names: compression, echo, obeying server."""
    return list(zip(words[0::3], words[1::3], words[2::3]))


def echoes(lengths):
    """Echoes of messages of these lengths, of either kind, compressed and plain, whole and in parts."""
    kinds = product(lengths, [False, True], [False, True], [False, True])
    return [echo(*kind, number) for number, kind in enumerate(kinds)]


def largest(number):
    """An echo of the largest message, in another form for each server."""
    return echo(CASES["largest"], number % 2 == 1, number >= 2, number % 3 == 0, number)


def echo(length, binary, plain, in_parts, number):
    message = {"binary": binary, "length": length, "number": number}
    # Below the threshold nothing is compressed. In between it depends on the earlier messages.
    compressed = False if length < 64 else True if length >= 500 else None
    said = {**message, "plain": plain, "in_parts": in_parts}
    return Turn(said, [{**message, "compressed": compressed}])


def obeys(length):
    """Lets a server perform each sequence, first in one message, then step by step. All messages
    have nearly the same text of `length` bytes, alternately as text and as binary."""
    rest = lines(length, 1)
    sequences = [sequence.split() for sequence in CASES["sequences"]]
    orders = [order for steps in sequences for order in [steps, *([step] for step in steps)]]
    turns, is_subscribed = [], False
    for i, steps in enumerate(orders):
        binary, heard = i % 2 == 1, []
        for number, step in enumerate(steps):
            if step.endswith("subscribe"):
                is_subscribed = step == "subscribe"
            elif is_subscribed or step.startswith("send"):
                heard.append(answer(number, step, rest, binary, heard))
        turns.append(Turn({"binary": binary, "text": f"{' '.join(steps)}\n{rest}"}, heard))
    return turns


def answer(number, step, rest, binary, before):
    text = f"{number} {step}\n{rest}"
    return {
        "binary": binary,
        "text": text,
        "length": len(text.encode()),
        "compressed": not step.endswith("plain"),
        "step": step,
        "repeats": step == "send" and [it["step"] for it in before[-1:]] == ["send"],
    }


def split(whole):
    """The parts of a message without the last, empty one, which the library adds."""
    third = len(whole) // 3
    ends = [0, 0, third, third + 1, len(whole)]
    return [whole[start:end] for start, end in zip(ends, ends[1:])]
