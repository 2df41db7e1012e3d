//! The contract of a typed module: what its clients may send, and what it sends to them, as data.

mod asyncapi;
mod builder;
mod describe;
mod error;
mod lock;
mod locked;
mod names;
mod parts;
mod references;
mod schemas;
mod typescript;

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;

pub(crate) use self::parts::{Answer, Call, Close, Fields, Parts, Topic};
pub use self::{error::ContractError, lock::Break};

/// What the code that `#[websocket]` generates uses.
pub mod generated {
    pub use super::{
        builder::{Builder, Describing, Joining},
        describe::{Describe, DescribeTopic, Reported, Requires, Returned, Told, Unread},
        names::origin,
    };
}

/// The version of the form that [`Contract::to_json`] writes.
const VERSION: u64 = 1;

/// The contract of a typed module: its calls, topics, events and close codes, with their types.
///
/// The function `contract` of the module makes it. Types are described by JSON Schema, draft 7, which
/// [schemars](https://docs.rs/schemars) derives. A type that is read in another form than it is
/// written has two schemas: `Person` is what is written, and `PersonInput` what is read.
///
/// For types of other crates, such as chrono and uuid, schemars has features, which an application
/// turns on in its own `Cargo.toml`. A field with `#[serde(with = "…")]` needs
/// `#[schemars(with = "…")]` with a type that has the same form.
///
/// It is a [`Serialize`], so that a route can serve it:
///
/// ```
/// use actix_web::{Responder, get, web};
/// # mod chat {
/// #     pub fn contract() -> levante::Contract {
/// #         levante::__private::contract::Builder::new("chat", "/chat", "").finish()
/// #     }
/// # }
///
/// #[get("/chat/contract.json")]
/// async fn contract() -> impl Responder {
///     web::Json(chat::contract())
/// }
/// # assert!(chat::contract().to_json().contains("/chat"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Contract {
    parts: Parts,
}

impl Contract {
    /// The contract as JSON, with sorted keys and a line break at its end: the content of a lock.
    ///
    /// ```
    /// # mod chat {
    /// #     pub fn contract() -> levante::Contract {
    /// #         levante::__private::contract::Builder::new("chat", "/chat", "").finish()
    /// #     }
    /// # }
    /// let json = chat::contract().to_json();
    /// assert!(json.starts_with("{\n  \"levante\": 1,\n"));
    /// assert!(json.ends_with("}\n"));
    /// ```
    pub fn to_json(&self) -> String {
        // It has only strings as keys, so that nothing in it can fail.
        let mut json = serde_json::to_string_pretty(self).unwrap_or_default();
        json.push('\n');
        json
    }

    /// Reads what [`to_json`](Self::to_json) has written.
    ///
    /// # Errors
    ///
    /// [`ContractError::Version`] if another version of levante has written it in a form that this
    /// one does not know, and [`ContractError::Invalid`] if it is not a contract.
    ///
    /// ```
    /// use levante::{Contract, ContractError};
    /// # mod chat {
    /// #     pub fn contract() -> levante::Contract {
    /// #         levante::__private::contract::Builder::new("chat", "/chat", "").finish()
    /// #     }
    /// # }
    ///
    /// let contract = chat::contract();
    /// assert_eq!(Contract::from_json(&contract.to_json())?, contract);
    ///
    /// let newer = Contract::from_json(r#"{"levante": 2}"#);
    /// assert!(matches!(newer, Err(ContractError::Version { found: 2, .. })));
    /// # Ok::<(), ContractError>(())
    /// ```
    pub fn from_json(json: &str) -> Result<Self, ContractError> {
        let value: Value = serde_json::from_str(json)?;
        if let Some(found) = value.get("levante").and_then(Value::as_u64)
            && found != VERSION
        {
            return Err(ContractError::Version { found });
        }
        Ok(Self {
            parts: serde_json::from_value(value)?,
        })
    }

    /// What breaks clients that were built for `old` when they meet this contract.
    ///
    /// What clients send may gain functions, variants and optional fields. What is sent to them may
    /// gain fields, and variants that have a tag: clients hand events of an unknown type to their
    /// handler for those. Refusals may gain variants of all kinds.
    ///
    /// Names of Rust types are not part of what is sent, and may change.
    ///
    /// ```
    /// # use levante::__private::contract::Builder;
    /// # let old = Builder::new("chat", "/chat", "").finish();
    /// # let new = Builder::new("chat", "/chat/v2", "").finish();
    /// let breaks = new.breaks(&old);
    /// assert_eq!(breaks[0].to_string(), "`path` was `/chat` and is `/chat/v2`");
    /// ```
    pub fn breaks(&self, old: &Self) -> Vec<Break> {
        lock::breaks(&old.parts, &self.parts)
    }

    /// The contract as a document of [AsyncAPI 3.0](https://www.asyncapi.com), in JSON, with the title
    /// and the version of the application. Generators and viewers of AsyncAPI read it.
    ///
    /// It describes the server: it receives calls, each with its reply, and sends the rest. The socket
    /// is one channel, and each topic is another one, whose address is the pattern of its name. In
    /// fact all frames travel by the socket.
    ///
    /// Two extensions say what AsyncAPI has no words for: `x-levante-closes` has the close codes of a
    /// socket, and `x-levante-socket` the path of the socket that carries a topic.
    ///
    /// ```
    /// use actix_web::{HttpResponse, Responder, get};
    /// # mod chat {
    /// #     pub fn contract() -> levante::Contract {
    /// #         levante::__private::contract::Builder::new("chat", "/chat", "").finish()
    /// #     }
    /// # }
    ///
    /// #[get("/asyncapi.json")]
    /// async fn asyncapi() -> impl Responder {
    ///     let document = chat::contract().asyncapi("Chat", env!("CARGO_PKG_VERSION"));
    ///     HttpResponse::Ok().content_type("application/json").body(document)
    /// }
    /// # assert!(chat::contract().asyncapi("Chat", "1").contains(r#""title": "Chat""#));
    /// ```
    pub fn asyncapi(&self, title: &str, version: &str) -> String {
        let document = asyncapi::document(&self.parts, title, version);
        format!("{document:#}\n")
    }
}

/// As [`to_json`](Contract::to_json) writes it.
impl fmt::Display for Contract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json())
    }
}

impl Serialize for Contract {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.parts.serialize(serializer)
    }
}

#[cfg(test)]
mod tests;
