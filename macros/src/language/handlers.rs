//! The handlers, one row each.

use super::kind::{
    Given, Kind, Parameter,
    Referent::{One, Slice},
    TypeName::{Primitive, Runtime},
};

/// The handlers that the server calls with a socket.
pub(super) static HANDLERS: [Kind; 9] = [
    Kind {
        name: "open",
        parameters: &[],
    },
    Kind {
        name: "message",
        parameters: &[Parameter {
            name: "message",
            given: Given::Message,
            is_optional: false,
        }],
    },
    Kind {
        name: "close",
        parameters: &[Parameter {
            name: "reason",
            given: Given::Value(Runtime("CloseReason")),
            is_optional: true,
        }],
    },
    Kind {
        name: "drain",
        parameters: &[],
    },
    Kind {
        name: "dropped",
        parameters: &[Parameter {
            name: "message",
            given: Given::Reference {
                to: One(Runtime("Message")),
                owned: "Message",
            },
            is_optional: false,
        }],
    },
    Kind {
        name: "subscription",
        parameters: &[
            Parameter {
                name: "topic",
                given: Given::Reference {
                    to: One(Primitive("str")),
                    owned: "Topic",
                },
                is_optional: false,
            },
            Parameter {
                name: "subscribers",
                given: Given::Value(Primitive("usize")),
                is_optional: false,
            },
        ],
    },
    Kind {
        name: "ping",
        parameters: &[DATA],
    },
    Kind {
        name: "pong",
        parameters: &[DATA],
    },
    Kind {
        name: "error",
        parameters: &[Parameter {
            name: "error",
            given: Given::Value(Runtime("HandlerError")),
            is_optional: false,
        }],
    },
];

/// The payload of a ping or a pong.
const DATA: Parameter = Parameter {
    name: "data",
    given: Given::Reference {
        to: Slice(Primitive("u8")),
        owned: "Bytes",
    },
    is_optional: false,
};
