use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    Answer, Call, Close, Contract, Fields, Parts, Topic, VERSION,
    describe::{Describe, DescribeTopic},
    parts::Join,
    schemas::Schemas,
};
use crate::{call::PROTOCOL, wire::Closes};

/// Makes the contract of a module, part by part.
#[derive(Debug)]
pub struct Builder {
    parts: Parts,
    schemas: Schemas,
    /// The path of the module, as rustc has it.
    home: String,
}

impl Builder {
    /// Starts with the name of the module, the path of its route, and its docs.
    pub fn new(name: &str, path: &str, docs: &str) -> Self {
        Self {
            parts: Parts {
                levante: VERSION,
                name: name.to_owned(),
                path: path.to_owned(),
                docs: docs.to_owned(),
                protocol: PROTOCOL.to_owned(),
                calls: BTreeMap::new(),
                topics: BTreeMap::new(),
                sends: None,
                closes: BTreeMap::new(),
                schemas: BTreeMap::new(),
            },
            schemas: Schemas::new(),
            home: String::new(),
        }
    }

    /// Sets the path of the module in its crate, for the names of types that have one name.
    #[must_use]
    pub fn within(mut self, module: &str) -> Self {
        module.clone_into(&mut self.home);
        self
    }

    /// Adds an `#[on]` function.
    #[must_use]
    pub fn call(mut self, name: &str, docs: &str, describe: fn(&mut Describing<'_>)) -> Self {
        let (data, answer) = self.described(describe);
        let call = Call {
            docs: docs.to_owned(),
            data,
            answer,
        };
        self.parts.calls.insert(name.to_owned(), call);
        self
    }

    /// Adds a topic, by the name of its type, and its `#[join]` function if there is one.
    #[must_use]
    pub fn topic<T: DescribeTopic>(mut self, name: &str, join: Option<Joining<'_>>) -> Self {
        let (data, _) = self.described(T::fields);
        let join = join.map(|Joining { docs, describe }| Join {
            docs: docs.to_owned(),
            answer: self.described(describe).1,
        });
        let topic = Topic {
            address: T::ADDRESS.to_owned(),
            docs: T::DOCS.to_owned(),
            data,
            message: self.schemas.written::<T::Message>(),
            join,
        };
        self.parts.topics.insert(name.to_owned(), topic);
        self
    }

    /// Adds what `ws.send` takes.
    #[must_use]
    pub fn sends<T: Describe>(mut self) -> Self {
        self.parts.sends = Some(self.schemas.written::<T>());
        self
    }

    /// Adds the close codes.
    #[must_use]
    pub fn closes<T: Closes>(mut self) -> Self {
        let codes = T::CODES.iter().map(|&(name, code, docs)| {
            let docs = docs.to_owned();
            (name.to_owned(), Close { code, docs })
        });
        self.parts.closes.extend(codes);
        self
    }

    /// The contract, with the schemas of all types that its parts mention.
    pub fn finish(mut self) -> Contract {
        self.schemas.finish(&mut self.parts, &self.home);
        Contract { parts: self.parts }
    }

    fn described(&mut self, describe: fn(&mut Describing<'_>)) -> (Option<Fields>, Answer) {
        let mut describing = Describing {
            data: None,
            answer: Answer::default(),
            schemas: &mut self.schemas,
        };
        describe(&mut describing);
        (describing.data, describing.answer)
    }
}

/// A `#[join]` function.
#[derive(Debug)]
pub struct Joining<'d> {
    /// The docs of the function.
    pub docs: &'d str,
    /// Describes the answer.
    pub describe: fn(&mut Describing<'_>),
}

/// Describes one function, or the fields of a topic.
#[derive(Debug)]
pub struct Describing<'b> {
    data: Option<Fields>,
    answer: Answer,
    schemas: &'b mut Schemas,
}

impl Describing<'_> {
    /// Adds a parameter, or a field of a topic.
    pub fn parameter<T: Describe>(&mut self, name: &str, is_required: bool) {
        let schema = self.schemas.read::<T>();
        self.add(name, schema, is_required);
    }

    /// Adds a parameter that is a `&str`.
    pub fn text(&mut self, name: &str) {
        self.add(name, json!({"type": "string"}), true);
    }

    /// Sets what the function answers with, also if that is `()`. A function without a return type
    /// has no answer.
    pub fn ok<T: Describe>(&mut self) {
        self.answer.ok = Some(self.schemas.written::<T>());
    }

    /// Sets the typed refusal.
    pub fn error<T: Describe>(&mut self) {
        self.answer.error = Some(self.schemas.written::<T>());
    }

    fn add(&mut self, name: &str, schema: Value, is_required: bool) {
        let data = self.data.get_or_insert_default();
        data.properties.insert(name.to_owned(), schema);
        if is_required {
            data.required.push(name.to_owned());
            data.required.sort_unstable();
        }
    }
}
