"""The messages that the client sends and expects; messages.mjs makes the same."""

from functools import cache, lru_cache

# Binary messages repeat after this many bytes. No window reaches back that far.
PERIOD = 40_960


def content(message):
    """A message that is described by its `text`, or by its `length` in bytes."""
    text = message.get("text")
    if not message["binary"]:
        return lines(message["length"], message["number"]) if text is None else text
    return noise(message["length"], message["number"] % 4) if text is None else text.encode()


@lru_cache(maxsize=1)
def lines(length, number):
    """Text of `length` bytes. Different texts have much in common."""
    lines, left, row = [], length, number
    while True:
        line = f'{{"symbol":"ACME","price":{row * 7919 % 10_007},"note":"grüße, 世界"}}\n'
        size = len(line.encode())
        if size > left:
            return "".join(lines) + "x" * left
        lines.append(line)
        left -= size
        row += 1


def noise(length, seed):
    """`length` bytes, in which every other block of 64 bytes is noise."""
    return (period(seed) * (length // PERIOD + 1))[:length]


@cache
def period(seed):
    made, state = bytearray(), seed + 1
    for i in range(PERIOD):
        if i % 128 < 64:
            made.append(i % 64)
        else:
            state = (state * 1_664_525 + 1_013_904_223) % (1 << 32)
            made.append(state >> 24)
    return made
