"""permessage-deflate that can be turned off for a message, and that notes the frames that pass."""

from dataclasses import dataclass

from websockets.extensions.base import Extension
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import CONT, DATA_OPCODES


@dataclass
class Sight:
    """A message on the wire."""

    compressed: bool
    # The first byte of its payload.
    start: int | None
    # The length of the payload of each frame.
    lengths: list


class Deflate(Extension):
    """The library's extension, which notes all frames."""

    name = "permessage-deflate"

    def __init__(self, inner):
        self.inner = inner
        self.is_on = True
        self.said = []
        self.heard = []

    def encode(self, frame):
        if self.is_on:
            frame = self.inner.encode(frame)
        note(self.said, frame)
        return frame

    def decode(self, frame, *, max_size=None):
        note(self.heard, frame)
        return self.inner.decode(frame, max_size=max_size)


def note(sights, frame):
    if frame.opcode is CONT:
        sights[-1].lengths.append(len(frame.data))
    elif frame.opcode in DATA_OPCODES:
        start = frame.data[0] if frame.data else None
        sights.append(Sight(frame.rsv1, start, [len(frame.data)]))


class DeflateFactory(ClientPerMessageDeflateFactory):
    """Takes the parameters of its offer by the names of RFC 7692."""

    def process_response_params(self, params, accepted_extensions):
        return Deflate(super().process_response_params(params, accepted_extensions))
