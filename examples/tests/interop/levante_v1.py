"""A client of levante.v1+json, for scripts: it calls one function at a time, and does not reconnect."""

import json
from collections import deque
from itertools import count

from websockets.sync.client import connect

PROTOCOL = "levante.v1+json"


class Refused(Exception):
    """`args[0]` is the refusal."""


class Fault(Exception):
    """The server has not understood the message, or has failed."""


class Client:
    def __init__(self, url, patience=10):
        self.socket = connect(url, subprotocols=[PROTOCOL])
        assert self.socket.subprotocol == PROTOCOL, "no typed module is there"
        self.patience, self.ids, self.early = patience, count(1), deque()

    def call(self, name, /, **data):
        return self.ask(type=name, data=data)

    def join(self, topic):
        return self.ask(join=topic)

    def leave(self, topic):
        return self.ask(leave=topic)

    def ask(self, **message):
        """Sends a message, and returns the answer. Events and publications wait for `next` meanwhile."""
        number = next(self.ids)
        self.socket.send(json.dumps({**message, "id": number}))
        while (answer := self.receive()).get("id") != number:
            self.early.append(answer)
        if "fault" in answer:
            raise Fault(answer["fault"])
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["ok"]

    def next(self):
        """The next publication with its topic, or the next event with `None`."""
        while True:
            frame = self.early.popleft() if self.early else self.receive()
            if "data" in frame and "id" not in frame:
                return frame.get("topic"), frame["data"]

    def receive(self):
        """The next message that is one of this protocol."""
        while True:
            message = self.socket.recv(timeout=self.patience)
            try:
                frame = json.loads(message) if isinstance(message, str) else None
            except ValueError:
                continue
            if isinstance(frame, dict):
                return frame
