//! The attributes inside of a module, one row each.

use syn::Ident;

/// An attribute that has a meaning inside of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// A function that clients call.
    On,
    /// A function that clients call to join a topic.
    Join,
    /// The type that the sockets of the module send.
    Sends,
    /// The close codes of the module.
    Closes,
    /// A topic that the sockets of the module hear.
    Topic,
    /// A type that is a part of messages.
    Wire,
}

struct Row {
    mark: Mark,
    name: &'static str,
    example: &'static str,
    #[cfg_attr(not(test), expect(dead_code, reason = "the reference reads it"))]
    docs: &'static str,
}

static ROWS: [Row; 6] = [
    Row {
        mark: Mark::On,
        name: "on",
        example: "#[on] fn say(ws: &Ws, text: &str, …) -> R",
        docs: "A function that clients call, by its name. Each parameter behind `ws` is a field of \
               the call with the same name: an owned type that implements `Deserialize`, or `&str`. \
               An `Option` may be absent.\n\n\
               The return type decides what the client is told: `()` answers with nothing, `T` with \
               a value, and `Result<T, E>` with a value or a refusal if `E` is a type with \
               `#[wire]`. Another error of a `Result` goes to the `error` handler, and the client \
               is told that there was one.",
    },
    Row {
        mark: Mark::Join,
        name: "join",
        example: "#[join] fn room(ws: &Ws, room: &Room) -> R",
        docs: "Decides whether this client may join this topic, and returns what the client is told \
               first, as `#[on]` does. After `Ok`, or a value that is no `Result`, the socket is \
               subscribed. A topic without such a function cannot be joined by clients.",
    },
    Row {
        mark: Mark::Sends,
        name: "sends",
        example: "#[sends] enum Event { Welcome { name: String } }",
        docs: "The one type that [`ws.send`](Socket::send) takes in this module. It is made a type \
               of messages, as by `#[wire]`. Without it, a module with `#[on]` or `#[join]` sends \
               nothing but answers and publications.",
    },
    Row {
        mark: Mark::Closes,
        name: "closes",
        example: "#[closes] enum Bye { Kicked = 4001 }",
        docs: "The codes, from 4000 to 4999, with which [`ws.close_with`](Socket::close_with) ends a \
               connection of this module.",
    },
    Row {
        mark: Mark::Topic,
        name: "topic",
        example: "#[topic(\"room/{id}\", message = RoomEvent)] struct Room { id: u32 }",
        docs: "A topic that the sockets of this module may subscribe to, and the type of its \
               messages. `#[topic] use super::Room;` declares a topic that is defined elsewhere.",
    },
    Row {
        mark: Mark::Wire,
        name: "wire",
        example: "#[wire] enum RoomEvent { Said { text: String } }",
        docs: "A type that is a part of messages. It implements serde's `Serialize` and \
               `Deserialize`.",
    },
];

impl Mark {
    /// All attributes, in the order in which messages and the reference list them.
    #[cfg(test)]
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|row| row.mark)
    }

    /// The attribute with this name.
    pub(crate) fn named(name: &Ident) -> Option<Self> {
        ROWS.iter().find(|row| name == row.name).map(|row| row.mark)
    }

    /// The name of the attribute.
    pub(crate) fn name(self) -> &'static str {
        self.row().name
    }

    /// What it goes on, as messages show it.
    pub(crate) fn example(self) -> &'static str {
        self.row().example
    }

    /// What it means, in Markdown.
    #[cfg(test)]
    pub(crate) fn docs(self) -> &'static str {
        self.row().docs
    }

    /// Whether the attribute goes on a function, which `#[websocket]` itself calls.
    pub(crate) fn is_function(self) -> bool {
        matches!(self, Self::On | Self::Join)
    }

    fn row(self) -> &'static Row {
        let [on, join, sends, closes, topic, wire] = &ROWS;
        match self {
            Self::On => on,
            Self::Join => join,
            Self::Sends => sends,
            Self::Closes => closes,
            Self::Topic => topic,
            Self::Wire => wire,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attribute_is_found_by_its_name() {
        for mark in Mark::all() {
            assert_eq!(mark.row().mark, mark);
            let name: Ident = syn::parse_str(mark.name()).unwrap();
            assert_eq!(Mark::named(&name), Some(mark));
            assert!(mark.example().starts_with(&format!("#[{name}")));
        }
        let other: Ident = syn::parse_str("test").unwrap();
        assert_eq!(Mark::named(&other), None);
    }
}
