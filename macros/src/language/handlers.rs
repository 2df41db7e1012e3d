//! The handlers, one row each.

use super::kind::{
    Given, Kind, Parameter,
    Referent::{One, Slice},
    TypeName::{Primitive, Runtime},
};

/// The handlers that the server calls with a socket.
pub(super) static HANDLERS: &[Kind] = &[
    Kind {
        name: "open",
        aliases: &[
            "connect",
            "connected",
            "connection",
            "opened",
            "start",
            "started",
        ],
        parameters: &[],
        docs: "The connection is open. No other handler is called before it.\n\n\
               If it fails, the connection closes with code 1011, after `error` has been called.",
        without: "the connection opens, and nothing is called.",
    },
    Kind {
        name: "message",
        aliases: &[
            "binary", "data", "msg", "receive", "received", "recv", "text",
        ],
        parameters: &[Parameter {
            name: "message",
            given: Given::Message,
            is_optional: false,
            docs: "the payload, of any type that implements [`FromMessage`]: `&str`, `String` or \
                   `ByteString` for text, `&[u8]`, `Vec<u8>` or `Bytes` for binary messages, a \
                   `Cow`, `Box` or `Arc` of `str` or `[u8]`, [`Message`], [`Incoming`] or `Json<T>` for both, or a type of your own. A \
                   message that does not fit goes to `error` as a [`PayloadError`], or to this \
                   handler if it takes `Result<M, PayloadError>`.",
        }],
        docs: "A message of the peer has arrived.",
        without: "messages are read and forgotten.",
    },
    Kind {
        name: "close",
        aliases: &[
            "closed",
            "disconnect",
            "disconnected",
            "disconnection",
            "finished",
            "stopped",
        ],
        parameters: &[Parameter {
            name: "reason",
            given: Given::Value(Runtime("CloseReason")),
            is_optional: true,
            docs: "the code and the text of the Close frame, and who closed the connection, see \
                   [`CloseReason`].",
        }],
        docs: "The connection has ended. It is called exactly once after `open`, and no other \
               handler is called after it, except `error` if it fails. The socket has left its \
               topics, its [`ready_state`](Socket::ready_state) is `Closed`, and a message that is \
               sent now is dropped.",
        without: "nothing is called.",
    },
    Kind {
        name: "drain",
        aliases: &["drained"],
        parameters: &[],
        docs: "Everything that was queued has been written, after a message was queued under \
               backpressure or dropped. It is the moment to send more. It is not called once the \
               socket is closing.",
        without: "nothing is called.",
    },
    Kind {
        name: "dropped",
        aliases: &["drop"],
        parameters: &[Parameter {
            name: "message",
            given: Given::Reference {
                to: One(Runtime("Message")),
                owned: "Message",
            },
            is_optional: true,
            docs: "the message that this socket misses.",
        }],
        docs: "A message to this socket, sent or published, was dropped because the queue of the \
               socket is at `backpressure_limit`. To send it once more, wait for `drain`.",
        without: "only the status that [`send`](Socket::send) returns tells of a dropped message.",
    },
    Kind {
        name: "subscription",
        aliases: &["subscribe", "subscribed"],
        parameters: &[
            Parameter {
                name: "topic",
                given: Given::Reference {
                    to: One(Primitive("str")),
                    owned: "Topic",
                },
                is_optional: false,
                docs: "the topic.",
            },
            Parameter {
                name: "subscribers",
                given: Given::Value(Primitive("usize")),
                is_optional: true,
                docs: "how many sockets of this process were subscribed to the topic after the \
                       change.",
            },
        ],
        docs: "This socket has joined or left a topic. \
               [`ws.is_subscribed(topic)`](Socket::is_subscribed) tells which of the two it was, \
               unless the socket has changed it since. A socket that ends leaves its topics before \
               `close`.",
        without: "nothing is called.",
    },
    Kind {
        name: "ping",
        aliases: &[],
        parameters: &[DATA],
        docs: "The peer has sent a ping. The server answers every ping with a pong by itself.",
        without: "pings are answered, and nothing is called.",
    },
    Kind {
        name: "pong",
        aliases: &[],
        parameters: &[DATA],
        docs: "The peer has sent a pong, most often as the answer to a ping of the server.",
        without: "nothing is called.",
    },
    Kind {
        name: "error",
        aliases: &["failed", "failure"],
        parameters: &[Parameter {
            name: "error",
            given: Given::Value(Runtime("HandlerError")),
            is_optional: false,
            docs: "which handler failed, and why, see [`HandlerError`].",
        }],
        docs: "Another handler returned an error, panicked or took longer than `handler_timeout`, \
               or a message did not fit the payload of `message`. The connection stays open, \
               except after a panic, after a timeout, after any failure of `open`, and if `error` \
               itself fails: then it closes with code 1011.",
        without: "the failure is logged and the connection closes: with code 1003 after a message \
                  of the wrong kind, 1007 after a message that does not parse, and 1011 after all \
                  else.",
    },
];

/// The payload of a ping or a pong.
const DATA: Parameter = Parameter {
    name: "data",
    given: Given::Reference {
        to: Slice(Primitive("u8")),
        owned: "Bytes",
    },
    is_optional: true,
    docs: "up to 125 bytes.",
};
