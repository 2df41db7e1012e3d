//! Calls, joins and leaves.

use std::{any::type_name, future::Future, panic::Location};

use serde::{Serialize, de::DeserializeOwned};

use super::{
    Client, Fault,
    answer::{Answer, Members},
    receiving::Place,
};
use crate::{destination::Destination, message::Message, test::frame::Frame};

/// The ids of calls are above this number. A test may use lower ones in frames of its own.
pub(super) const IDS_BEGIN: u64 = 1_000_000;

impl<M> Client<M> {
    /// Calls an `#[on]` function, and returns what the function has returned: `R` is its return type,
    /// or one that is read from the same JSON. `data` has the other parameters, by their names; `()`
    /// stands for none.
    ///
    /// What arrives before the answer is kept, and can be taken later in its order.
    ///
    /// ```
    /// use actix_web::App;
    /// use levante::{prelude::*, test};
    /// use serde_json::json;
    ///
    /// #[websocket("/chat")]
    /// mod chat {
    ///     #[wire]
    ///     #[derive(Debug, PartialEq)]
    ///     pub enum Refused { TooLong { most: usize } }
    ///
    ///     #[on]
    ///     fn say(_ws: &Ws, text: &str) -> Result<usize, Refused> {
    ///         match text.len() {
    ///             ..=5 => Ok(text.len()),
    ///             _ => Err(Refused::TooLong { most: 5 }),
    ///         }
    ///     }
    /// }
    /// use chat::Refused;
    ///
    /// # /*
    /// #[levante::test]
    /// # */
    /// async fn a_long_text_is_refused() {
    ///     let app = test::app(|| App::new().service(chat::service())).await;
    ///     let mut ann = app.connect_to::<chat::Ws>("/chat").await;
    ///     let said: Result<usize, Refused> = ann.call("say", json!({ "text": "hello" })).await;
    ///     assert_eq!(said, Ok(5));
    ///     let said: Result<usize, Refused> = ann.call("say", json!({ "text": "a story" })).await;
    ///     assert_eq!(said, Err(Refused::TooLong { most: 5 }));
    /// }
    /// # fn main() { test::run(a_long_text_is_refused()) }
    /// ```
    ///
    /// # Panics
    ///
    /// If the answer is a fault, or is no `R`. Also if the connection ends instead, or if nothing
    /// arrives, as with [`Self::text`].
    #[track_caller]
    pub fn call<R: DeserializeOwned>(
        &mut self,
        name: &str,
        data: impl Serialize,
    ) -> impl Future<Output = R> {
        let at = Location::caller();
        let what = format!("the answer to `{name}`");
        let data = self.encode(name, data, at);
        let question = Question::new("type", name, Some(data));
        async move {
            match self.ask(question, &what, at).await {
                Ok(answer) => self.read(&answer, &what, at),
                Err(fault) => self.faulted(&fault, &what, at),
            }
        }
    }

    /// Calls an `#[on]` function, as [`Self::call`] does. Returns the fault if the server has not
    /// understood the call, or if the function has failed.
    ///
    /// ```
    /// # use levante::test::{Client, Fault};
    /// # async fn test(mut client: Client) {
    /// let sum: Result<u32, Fault> = client.try_call("add", serde_json::json!({ "a": "one" })).await;
    /// assert_eq!(sum.unwrap_err(), "`a`: invalid type: string \"one\", expected u32");
    /// # }
    /// # let _ = test;
    /// ```
    ///
    /// # Errors
    ///
    /// The fault.
    ///
    /// # Panics
    ///
    /// If the answer is no `R`. Also if the connection ends instead, or if nothing arrives, as with
    /// [`Self::text`].
    #[track_caller]
    pub fn try_call<R: DeserializeOwned>(
        &mut self,
        name: &str,
        data: impl Serialize,
    ) -> impl Future<Output = Result<R, Fault>> {
        let at = Location::caller();
        let what = format!("the answer to `{name}`");
        let data = self.encode(name, data, at);
        let question = Question::new("type", name, Some(data));
        async move {
            let answer = self.ask(question, &what, at).await?;
            Ok(self.read(&answer, &what, at))
        }
    }

    /// Calls an `#[on]` function without an id, so that there is no answer. When the future
    /// completes, the function has been called.
    ///
    /// ```
    /// # use levante::test::Client;
    /// # async fn test(mut ann: Client) {
    /// ann.tell("typing", serde_json::json!({ "room": 7 })).await;
    /// # }
    /// # let _ = test;
    /// ```
    ///
    /// # Panics
    ///
    /// If the connection is over, or if `data` cannot be turned into JSON.
    #[track_caller]
    pub fn tell(&mut self, name: &str, data: impl Serialize) -> impl Future<Output = ()> {
        let at = Location::caller();
        let data = self.encode(name, data, at);
        let frame = Question::new("type", name, Some(data)).frame(None);
        async move {
            self.assert_open(at);
            self.write(&frame).await;
        }
    }

    /// Leaves a topic, and waits for the answer. A topic that the client has not joined can be left,
    /// too, which does nothing.
    ///
    /// ```
    /// # use levante::{prelude::*, test::Client};
    /// # #[wire] pub struct Opened;
    /// # #[topic("room/{id}", message = Opened)] pub struct Room { pub id: u32 }
    /// # async fn test(mut ann: Client) {
    /// ann.leave(Room { id: 7 }).await;
    /// # }
    /// # fn main() { let _ = test; }
    /// ```
    ///
    /// # Panics
    ///
    /// If the connection ends, or if nothing arrives, as with [`Self::text`].
    #[track_caller]
    pub fn leave(&mut self, topic: impl Destination) -> impl Future<Output = ()> {
        let at = Location::caller();
        let question = topic.named(|name| Question::new("leave", name, None));
        let what = topic.named(|name| format!("the answer to the leave of `{name}`"));
        async move {
            match self.ask(question, &what, at).await {
                Ok(answer) => self.read(&answer, &what, at),
                Err(fault) => self.faulted(&fault, &what, at),
            }
        }
    }

    /// Sends a frame with the next id. Returns the answer with this id.
    pub(super) async fn ask(
        &mut self,
        question: Question,
        what: &str,
        at: Place,
    ) -> Result<Answer<String>, Fault> {
        self.assert_open(at);
        self.last_id += 1;
        let id = self.last_id;
        self.write(&question.frame(Some(id))).await;
        let is_answer = |message: &Message| {
            let members = Members::of(message);
            members.is_some_and(|members| members.answers(id))
        };
        let message = self.first_message(what, is_answer, at).await;
        let answer = Members::of(&message).and_then(Members::into_answer);
        answer.unwrap_or_else(|| self.unexpected_message(at, what, message))
    }

    /// Reads what the function has returned.
    pub(super) fn read<R: DeserializeOwned>(
        &self,
        answer: &Answer<String>,
        what: &str,
        at: Place,
    ) -> R {
        answer.read().unwrap_or_else(|error| {
            let expected = type_name::<R>();
            self.fail(at, &format!("{what} is no `{expected}`: {error}"))
        })
    }

    pub(super) fn faulted(&self, fault: &Fault, what: &str, at: Place) -> ! {
        self.fail(at, &format!("{what} is a fault: {fault}"))
    }

    fn encode(&self, name: &str, data: impl Serialize, at: Place) -> String {
        serde_json::to_string(&data)
            .unwrap_or_else(|error| self.fail(at, &format!("cannot call `{name}`: {error}")))
    }
}

/// A call, join or leave.
pub(super) struct Question(String);

impl Question {
    pub(super) fn new(kind: &str, name: &str, data: Option<String>) -> Self {
        let name = serde_json::Value::from(name);
        let data = data.map_or_else(String::new, |data| format!(r#","data":{data}"#));
        Self(format!(r#""{kind}":{name}{data}"#))
    }

    /// The bytes of the frame.
    fn frame(&self, id: Option<u64>) -> Vec<u8> {
        let Self(members) = self;
        let id = id.map_or_else(String::new, |id| format!(r#","id":{id}"#));
        Frame::text(format!("{{{members}{id}}}")).bytes()
    }
}
