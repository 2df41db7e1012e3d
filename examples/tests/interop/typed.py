"""levante_v1.py visits a typed module on each server:

    PYTHONPATH=site python3 typed.py ws://127.0.0.1:8080/chat ws://127.0.0.1:8081/chat …
"""

import sys

from websockets.exceptions import ConnectionClosed

from levante_v1 import Client, Fault, Refused


def failure(kind, act, *args, **data):
    """The exception that an action raises."""
    try:
        raise AssertionError(f"{act.__name__} has returned {act(*args, **data)}")
    except kind as error:
        return error


def visit(url):
    ann, bob = Client(f"{url}?name=Ann"), Client(f"{url}?name=Bob")
    assert ann.next() == (None, {"type": "welcome", "you": "Ann"})

    for client in [ann, bob]:
        assert client.join("room/50%25 %2F half") == ["the rules of 50% / half"]
    assert failure(Refused, bob.join, "room/cellar").args == ({"type": "not_in_room"},)
    assert "garden" in str(failure(Fault, bob.join, "garden/1"))

    attic = {"room": "50% / half", "text": "hi"}
    assert ann.call("say", **attic, times=2) == 2
    said = ("room/50%25 %2F half", {"type": "said", "from": "Ann", "text": "hihi"})
    assert ann.next() == said
    assert bob.next() == (None, {"type": "welcome", "you": "Bob"})
    assert bob.next() == said

    assert failure(Refused, ann.call, "say", **attic, times=20).args == ({"type": "too_long", "most": 20},)
    assert "text" in str(failure(Fault, ann.call, "say", room="attic"))
    assert "shout" in str(failure(Fault, ann.call, "shout"))

    assert bob.leave("room/50%25 %2F half") is None
    assert ann.call("say", **attic) == 1
    assert ann.next()[1]["text"] == "hi"
    assert failure(Refused, bob.call, "say", **attic).args == ({"type": "not_in_room"},)
    assert not bob.early

    end = failure(ConnectionClosed, ann.call, "done").rcvd
    assert (end.code, end.reason) == (4001, "see you")
    bob.socket.close()


for url in sys.argv[1:]:
    visit(url)
print("passed")
