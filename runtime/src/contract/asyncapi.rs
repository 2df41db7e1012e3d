//! A contract as a document of AsyncAPI 3.0, from the server's side: it receives calls, and sends the
//! rest.

use serde_json::{Map, Value, json};

use super::{Answer, Call, Fields, Parts, Topic};

pub(super) fn document(parts: &Parts, title: &str, version: &str) -> Value {
    let mut document = Document::new(parts);
    for (name, call) in &parts.calls {
        document.call(name, call);
    }
    if let Some(data) = &parts.sends {
        let event = frame(&["data"], json!({"data": data}));
        let message = document.message("event", "event", "", event, false);
        document.operation("event", "send", "", &message, None);
    }
    for (name, topic) in &parts.topics {
        document.topic(name, topic);
    }
    document.finish(title, version)
}

/// The document, as far as it is made. Messages and operations have the same keys. A key begins with
/// its kind, so that a function and a topic of one name do not collide.
struct Document<'p> {
    parts: &'p Parts,
    /// The key of the channel that is the socket itself.
    socket: String,
    /// The messages of the socket.
    here: Map<String, Value>,
    messages: Map<String, Value>,
    channels: Map<String, Value>,
    operations: Map<String, Value>,
}

impl<'p> Document<'p> {
    fn new(parts: &'p Parts) -> Self {
        Self {
            parts,
            socket: key("", &parts.name),
            here: Map::new(),
            messages: Map::new(),
            channels: Map::new(),
            operations: Map::new(),
        }
    }

    fn call(&mut self, name: &str, call: &Call) {
        let (key, reply) = (key("call.", name), key("reply.", name));
        let is_answered = call.answer.ok.is_some();
        let mut required = vec!["type"];
        let mut properties = json!({"type": {"const": name}});
        if let Some(data) = &call.data {
            properties["data"] = json!(data);
            if !data.required.is_empty() {
                required.push("data");
            }
        }
        if is_answered {
            properties["id"] = id();
        }
        let payload = frame(&required, properties);
        let message = self.message(&key, name, &call.docs, payload, is_answered);
        let reply = is_answered.then(|| self.reply(&reply, name, &call.answer));
        self.operation(&key, "receive", &call.docs, &message, reply);
    }

    /// A topic is a channel of its own. The frames that join and leave it are on the socket.
    fn topic(&mut self, name: &str, topic: &Topic) {
        let channel = key("topic.", name);
        let payload = json!({"topic": {"type": "string"}, "data": topic.message});
        let payload = frame(&["topic", "data"], payload);
        self.messages.insert(
            channel.clone(),
            described(name, &topic.docs, payload, false),
        );
        let message = format!("#/channels/{channel}/messages/{channel}");
        let mut object = json!({
            "address": topic.address,
            "messages": {&channel: {"$ref": format!("#/components/messages/{channel}")}},
            "parameters": parameters(&topic.address, topic.data.as_ref()),
            "x-levante-socket": self.parts.path,
        });
        annotate(&mut object, &topic.docs);
        self.channels.insert(channel.clone(), object);
        let mut operation = json!({
            "action": "send",
            "channel": {"$ref": format!("#/channels/{channel}")},
            "messages": [{"$ref": message}],
        });
        annotate(&mut operation, &topic.docs);
        self.operations.insert(channel, operation);
        let Some(join) = &topic.join else {
            return;
        };
        for (word, done, docs, answer) in [
            ("join", "joined.", join.docs.as_str(), &join.answer),
            ("leave", "left.", "", &Answer::default()),
        ] {
            let (key, reply) = (key(&format!("{word}."), name), key(done, name));
            let name = format!("{word} {name}");
            let text = json!({"type": "string", "description": topic.address});
            let payload = frame(&[word], json!({word: text, "id": id()}));
            let message = self.message(&key, &name, docs, payload, true);
            let reply = self.reply(&reply, &name, answer);
            self.operation(&key, "receive", docs, &message, Some(reply));
        }
    }

    /// Adds the answer to a message, and returns its place.
    fn reply(&mut self, key: &str, name: &str, answer: &Answer) -> String {
        let ok = answer.ok.clone().unwrap_or_else(|| json!({"type": "null"}));
        let one =
            |word: &str, schema: &Value| frame(&["id", word], json!({"id": id(), word: schema}));
        let mut all = vec![one("ok", &ok)];
        all.extend(answer.error.as_ref().map(|error| one("error", error)));
        all.push(one("fault", &json!({"type": "string"})));
        self.message(
            key,
            &format!("answer to {name}"),
            "",
            json!({"oneOf": all}),
            true,
        )
    }

    /// Adds a message of the socket, and returns its place.
    fn message(
        &mut self,
        key: &str,
        name: &str,
        docs: &str,
        payload: Value,
        has_id: bool,
    ) -> String {
        self.messages
            .insert(key.to_owned(), described(name, docs, payload, has_id));
        let reference = json!({"$ref": format!("#/components/messages/{key}")});
        self.here.insert(key.to_owned(), reference);
        format!("#/channels/{}/messages/{key}", self.socket)
    }

    /// Adds what the server does on the socket.
    fn operation(
        &mut self,
        key: &str,
        action: &str,
        docs: &str,
        message: &str,
        reply: Option<String>,
    ) {
        let channel = json!({"$ref": format!("#/channels/{}", self.socket)});
        let mut operation = json!({
            "action": action,
            "channel": channel,
            "messages": [{"$ref": message}],
        });
        annotate(&mut operation, docs);
        if let Some(reply) = reply {
            operation["reply"] = json!({"channel": channel, "messages": [{"$ref": reply}]});
        }
        self.operations.insert(key.to_owned(), operation);
    }

    fn finish(mut self, title: &str, version: &str) -> Value {
        let protocol = &self.parts.protocol;
        let mut socket = json!({
            "address": address(&self.parts.path),
            "messages": self.here,
            "parameters": parameters(&self.parts.path, None),
            "bindings": {"ws": {
                "method": "GET",
                "headers": {
                    "type": "object",
                    "properties": {"Sec-WebSocket-Protocol": {"const": protocol}},
                },
                "bindingVersion": "0.1.0",
            }},
            "x-levante-closes": self.parts.closes,
        });
        annotate(&mut socket, &self.parts.docs);
        self.channels.insert(self.socket, socket);
        let mut document = json!({
            "asyncapi": "3.0.0",
            "info": {"title": title, "version": version},
            "defaultContentType": "application/json",
            "channels": self.channels,
            "operations": self.operations,
            "components": {"messages": self.messages, "schemas": self.parts.schemas},
        });
        document.sort_all_objects();
        document
    }
}

/// A message with its name and docs. With an id it says which answer belongs to which call.
fn described(name: &str, docs: &str, payload: Value, has_id: bool) -> Value {
    let mut message = json!({"name": name, "title": name, "payload": payload});
    if has_id {
        message["correlationId"] = json!({"location": "$message.payload#/id"});
    }
    annotate(&mut message, docs);
    message
}

/// Adds docs to a message, a channel or an operation.
fn annotate(object: &mut Value, docs: &str) {
    if let Some(summary) = docs.lines().next().filter(|line| !line.is_empty()) {
        object["summary"] = json!(summary);
        object["description"] = json!(docs);
    }
}

fn frame(required: &[&str], properties: Value) -> Value {
    json!({"type": "object", "required": required, "properties": properties})
}

fn id() -> Value {
    json!({"type": "integer", "minimum": 0, "maximum": 9_007_199_254_740_991_u64})
}

/// A pattern of actix without the regular expressions of its parameters.
fn address(pattern: &str) -> String {
    let mut address = String::with_capacity(pattern.len());
    for (before, parameter) in pieces(pattern) {
        address.push_str(before);
        if let Some((name, _)) = parameter {
            address.push_str(&format!("{{{name}}}"));
        }
    }
    address
}

/// The parameters of a pattern, with what is known about their types. AsyncAPI has no schemas here.
fn parameters(pattern: &str, fields: Option<&Fields>) -> Value {
    let mut parameters = Map::new();
    for (name, expression) in pieces(pattern).filter_map(|(_, parameter)| parameter) {
        let schema = fields.and_then(|fields| fields.properties.get(name));
        let mut parameter = Map::new();
        let docs = schema.and_then(|schema| schema.get("description"));
        let kind = schema.and_then(|schema| schema.get("type"));
        let description = match (docs.and_then(Value::as_str), kind.and_then(Value::as_str)) {
            (Some(docs), _) => Some(docs.to_owned()),
            (None, Some(kind)) => Some(kind.to_owned()),
            (None, None) => expression.map(|expression| format!("matches `{expression}`")),
        };
        if let Some(description) = description {
            parameter.insert("description".to_owned(), json!(description));
        }
        parameters.insert(name.to_owned(), Value::Object(parameter));
    }
    Value::Object(parameters)
}

/// A parameter: its name, and its regular expression.
type Parameter<'p> = (&'p str, Option<&'p str>);

/// A pattern as texts, each with the parameter that follows it. A regular expression may have braces.
fn pieces(pattern: &str) -> impl Iterator<Item = (&str, Option<Parameter<'_>>)> {
    let mut rest = Some(pattern);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let Some((before, parameter)) = text.split_once('{') else {
            return Some((text, None));
        };
        let mut depth = 1_usize;
        let end = parameter.find(|letter| {
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        let Some(end) = end else {
            return Some((text, None));
        };
        rest = Some(&parameter[end + 1..]);
        let inner = &parameter[..end];
        let parameter = match inner.split_once(':') {
            Some((name, expression)) => (name, Some(expression)),
            None => (inner, None),
        };
        Some((before, Some(parameter)))
    })
}

/// A key of AsyncAPI: ASCII letters, digits, `_` and `.`. Another letter is written as its number
/// between dots. A name of Rust has no dots, so that no two names have one key.
fn key(kind: &str, name: &str) -> String {
    let mut key = kind.to_owned();
    for letter in name.chars() {
        if letter.is_ascii_alphanumeric() || letter == '_' {
            key.push(letter);
        } else {
            key.push_str(&format!(".{:x}.", u32::from(letter)));
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{address, key, parameters};

    #[test]
    fn an_address_has_no_regular_expressions() {
        assert_eq!(address("/a"), "/a");
        assert_eq!(address(r"/a/{id:\d{3}}/{tail:.*}"), "/a/{id}/{tail}");
        assert_eq!(address("/a/{open"), "/a/{open");
        let found = parameters(r"/a/{id:\d{3}}/{b}", None);
        assert_eq!(
            found,
            json!({"id": {"description": r"matches `\d{3}`"}, "b": {}})
        );
    }

    #[test]
    fn a_key_has_letters_of_ascii_only() {
        assert_eq!(key("call.", "say_it2"), "call.say_it2");
        assert_eq!(key("", "größe"), "gr.f6..df.e");
    }
}
