"""Checks the frames that a connection has carried; see checks.mjs."""

from turns import PARTS


def agreement(compression, offer):
    """The server's answer to an offer."""
    parameters = ["permessage-deflate"]
    for side in ["server", "client"]:
        if resets(side, compression, offer):
            parameters.append(f"{side}_no_context_takeover")
    ours, theirs = (offer.get(f"{side}_max_window_bits") for side in ["server", "client"])
    if ours:
        parameters.append(f"server_max_window_bits={ours}")
    # The answer names the client's window only if it is smaller than the largest.
    if theirs and theirs is not True and theirs < 15:
        parameters.append(f"client_max_window_bits={theirs}")
    return "; ".join(parameters)


def resets(side, compression, offer):
    return compression == "shared" or offer.get(f"{side}_no_context_takeover", False)


def check_wire(deflate, turns, compression, offer):
    """Checks that each message was compressed or plain, and had as many frames, as it should."""
    assert len(deflate.said) == len(turns)
    for sight, turn in zip(deflate.said, turns):
        expected = (not turn.said.get("plain"), PARTS if turn.said.get("in_parts") else 1)
        assert (sight.compressed, len(sight.lengths)) == expected, sight
    expected = [message for turn in turns for message in turn.heard]
    assert len(deflate.heard) == len(expected)
    for sight, message in zip(deflate.heard, expected):
        check_heard(sight, message, compression, offer)


def check_heard(sight, message, compression, offer):
    bits = offer.get("server_max_window_bits", 15)
    length = message["length"]
    [on_the_way] = sight.lengths
    if message["compressed"] is not None:
        # A publish is compressed once, for the largest window.
        is_taken = message.get("step") != "publish" or bits == 15 or length <= 1 << bits
        assert sight.compressed == (message["compressed"] and is_taken), (sight, message)
    # Compression must make a message shorter.
    assert on_the_way < length if sight.compressed else on_the_way == length
    # RFC 7692 allows a final block in a message, but not every client can continue after one.
    assert not sight.compressed or sight.start & 1 == 0, "the first block is the last"
    if message.get("repeats"):
        is_short = on_the_way < length / 20
        if resets("server", compression, offer):
            assert not is_short, "it refers to another message"
        # zlib refers back a little less far than the window.
        elif 2 * length <= 1 << bits:
            assert is_short, "it could refer to another message"
