//! The types of what the class of a client takes.

use serde_json::Value;

use super::{
    Client,
    text::{self, comment, key, literal, with_note},
    types,
    variants::Variants,
};
use crate::contract::{Answer, Topic, parts::Join};

/// The function for events that a client does not know.
const UNKNOWN: &str = "unknown";

impl Client<'_> {
    /// The types of what the class takes.
    pub(super) fn options(&self) -> String {
        let class = &self.names.class;
        let on = match &self.parts.sends {
            Some(sends) => self.on(sends, "  /** What the server sends to this client. */\n"),
            None => String::new(),
        };
        let code = if self.parts.closes.is_empty() {
            "number"
        } else {
            "Closed | 1000"
        };
        let topics = self.parts.topics.iter();
        let topics = topics
            .filter_map(|(name, topic)| Some(self.handlers(name, topic, topic.join.as_ref()?)));
        let topics: String = topics.collect();
        format!(
            "export interface {class}Options extends ConnectionOptions {{\n{on}  /**\n   * The server has closed the \
             connection for good: with one of its own codes, or with 1000, which says that\n   * all is done. The client \
             does not come back.\n   */\n  closed?: (code: {code}, reason: string) => void;\n}}\n\n{topics}"
        )
    }

    /// The type of what a topic takes.
    fn handlers(&self, name: &str, topic: &Topic, join: &Join) -> String {
        let Answer { ok, error } = &join.answer;
        let of = |schema| types::of(schema, &self.names, "  ");
        let snapshot = ok
            .as_ref()
            .map_or(String::new(), |ok| format!("snapshot: {}", of(ok)));
        let refused = error.as_ref().map_or(String::new(), |error| {
            let error = of(error);
            format!(
                "  /** The server has refused the topic, now or on a later connection. It is left. Without this function, it is \
                 reported. */\n  refused?: (error: {error}) => void;\n"
            )
        });
        let joined = comment(
            "  ",
            &with_note(
                "The topic is joined: at first, and on each new connection. What was published after the server\n\
                 took the snapshot follows; some of it may be in the snapshot already.",
                ok,
            ),
        );
        let on = self.on(&topic.message, "  /** What is published to the topic. */\n");
        format!(
            "{}export interface {name}Handlers {{\n{joined}  joined?: ({snapshot}) => void;\n{on}{refused}  /** The \
             topic cannot be joined, for another reason. It is left. Without this function, the error is reported. \
             */\n  failed?: (error: CallError) => void;\n}}\n\n",
            comment("", &topic.docs)
        )
    }

    /// The functions for events.
    fn on(&self, schema: &Value, docs: &str) -> String {
        let all = types::of(schema, &self.names, "    ");
        let Some(variants) = Variants::of(schema, &self.parts.schemas) else {
            return format!("{docs}  on?: {{\n    message?: (event: {all}) => void;\n  }};\n");
        };
        let tag = key(variants.tag);
        let functions = variants.all.iter().map(|(name, variant)| {
            let event = match *name {
                UNKNOWN => "unknown".to_owned(),
                name => format!("Extract<{all}, {{ {tag}: {} }}>", literal(name)),
            };
            let docs = comment("    ", &text::docs(variant));
            format!("{docs}    {}?: (event: {event}) => void;\n", key(name))
        });
        let functions: String = functions.collect();
        let unknown = match variants.all.iter().any(|(name, _)| *name == UNKNOWN) {
            true => "",
            false => {
                "    /** An event that this client does not know, since the server is newer. */\n    unknown?: (event: \
                 unknown) => void;\n"
            }
        };
        format!("{docs}  on?: {{\n{functions}{unknown}  }};\n")
    }
}
