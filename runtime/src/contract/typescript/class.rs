//! The class of a client: a method for each call, and for each topic that clients may join.

use serde_json::Value;

use super::{
    Client, names,
    text::{comment, key, literal, with_note},
    types,
    variants::Variants,
};
use crate::contract::{Answer, Call, Fields, Topic, parts::Join};

impl Client<'_> {
    pub(super) fn class(&self) -> String {
        let class = &self.names.class;
        let codes = if self.parts.closes.is_empty() {
            ""
        } else {
            ", Object.values(Closed)"
        };
        let url = self.language.typed(": LevanteUrl");
        let options = self.language.typed(&format!(": {class}Options")).to_owned();
        let kinds = self
            .parts
            .sends
            .as_ref()
            .map_or("undefined".to_owned(), |it| self.kinds(it));
        let void = self.language.typed(": void");
        let docs = match self.parts.docs.trim() {
            "" => format!("A client of {}.", self.parts.path),
            docs => docs.to_owned(),
        };
        let calls = self
            .parts
            .calls
            .iter()
            .map(|(name, call)| self.call(name, call));
        let topics = self.parts.topics.iter();
        let topics =
            topics.filter_map(|(name, topic)| Some(self.join(name, topic, topic.join.as_ref()?)));
        let methods: String = calls.chain(topics).collect();
        format!(
            "{}export class {class} {{\n  #link;\n\n  /**\n   * Connects, and connects again when the connection is lost. \
             A function as `url` is called before each attempt, so\n   * that it can give a fresh token.\n   */\n  \
             constructor(url{url}, options{options} = {{}}) {{\n    this.#link = new LevanteLink(url, options, \
             {kinds}{codes});\n  }}\n\n{methods}  /** Connects at once if the client waits, and checks a connection that is \
             open. */\n  reconnect(){void} {{\n    this.#link.reconnect();\n  }}\n\n  /** Closes the connection for good. \
             Calls without an answer reject. */\n  close(){void} {{\n    this.#link.close();\n  }}\n}}\n\n",
            comment("", &docs)
        )
    }

    fn call(&self, name: &str, call: &Call) -> String {
        let Answer { ok, error } = &call.answer;
        let (parameter, argument) = match &call.data {
            Some(data) => (self.parameter("data", data), ", data"),
            None => (String::new(), ""),
        };
        let of = |schema| types::of(schema, &self.names, "  ");
        let (returned, body) = match (ok, error) {
            (None, None) => (
                "void".to_owned(),
                format!("this.#link.tell({}{argument})", literal(name)),
            ),
            (ok, error) => {
                let ok = ok.as_ref().map_or("null".to_owned(), of);
                let argument = if argument.is_empty() {
                    ", undefined"
                } else {
                    argument
                };
                let returned = match error {
                    Some(error) => format!("Promise<Result<{ok}, {}>>", of(error)),
                    None => format!("Promise<{ok}>"),
                };
                let refuses = error.is_some();
                let name = literal(name);
                (
                    returned,
                    format!("return this.#link.ask({name}{argument}, {refuses})"),
                )
            }
        };
        let method = key(&self.names.calls[name]);
        let returned = format!(": {returned}");
        let returned = self.language.typed(&returned);
        let docs = comment("  ", &with_note(&call.docs, ok.iter().chain(error)));
        format!("{docs}  {method}({parameter}){returned} {{\n    {body};\n  }}\n\n")
    }

    fn join(&self, name: &str, topic: &Topic, join: &Join) -> String {
        let parameter = match &topic.data {
            Some(data) => self.parameter("topic", data) + ", ",
            None => String::new(),
        };
        let handlers = format!(": {name}Handlers");
        let handlers = self.language.typed(&handlers);
        let address = address(&topic.address);
        let kinds = self.kinds(&topic.message);
        let method = key(&self.names.joins[name]);
        let docs = match join.docs.trim() {
            "" => &topic.docs,
            docs => docs,
        };
        format!(
            "{}  {method}({parameter}handlers{handlers} = {{}}){} {{\n    return this.#link.join({address}, handlers, \
             {kinds});\n  }}\n\n",
            comment("  ", docs),
            self.language.typed(": JoinedTopic")
        )
    }

    /// The parameter that has fields. It may be left out if all of them may.
    fn parameter(&self, name: &str, fields: &Fields) -> String {
        let typed = format!(": {}", types::of_fields(fields, &self.names));
        let default = if fields.required.is_empty() {
            " = {}"
        } else {
            ""
        };
        format!("{name}{}{default}", self.language.typed(&typed))
    }

    /// The names of the variants, for the client at run time.
    fn kinds(&self, schema: &Value) -> String {
        let Some(variants) = Variants::of(schema, &self.parts.schemas) else {
            return "undefined".to_owned();
        };
        let names: Vec<_> = variants.all.iter().map(|(name, _)| literal(name)).collect();
        let tag = literal(variants.tag);
        format!("{{ tag: {tag}, variants: [{}] }}", names.join(", "))
    }
}

/// `room/{id}` as a template.
fn address(pattern: &str) -> String {
    let mut template = String::from("LevanteLink.topic`");
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        let (field, tail) = after.split_once('}').unwrap_or((after, ""));
        template.push_str(&escaped(before));
        let value = match names::is_identifier(field) {
            true => format!(".{field}"),
            false => format!("[{}]", literal(field)),
        };
        let field = literal(field);
        template.push_str(&format!("${{[{field}, topic{value}]}}"));
        rest = tail;
    }
    template.push_str(&escaped(rest));
    template.push('`');
    template
}

/// A text as a part of a template.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('`', "\\`")
        .replace('$', "\\$")
}
