//! What a client hears: events, and the publications of the topics that it has joined.

use std::{any::type_name, future::Future, panic::Location};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Client, answer::Members, calling::Question, receiving::Place};
use crate::{
    destination::Destination,
    handlers::Joins,
    message::Message,
    socket::{Endpoint, Socket},
    wire::{Only, WireAs},
};

/// A type with which a `#[join]` function refuses, and which [`Client::try_join`] reads.
///
/// It is implemented for all types that can be read from JSON, so for those with `#[wire]`.
///
/// ```
/// use levante::{prelude::*, test::Refusal};
///
/// #[wire]
/// pub enum Refused { Banned }
///
/// fn can_be_read<R: Refusal>() {}
/// can_be_read::<Refused>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no refusal that a client can read",
    label = "not a refusal",
    note = "a client is told the refusal of a `#[join]` function that returns `Result<T, E>`, where \
            `E` has `#[wire]`; for other functions use `join`"
)]
pub trait Refusal: DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<R: DeserializeOwned> Refusal for R {}

impl<E: Endpoint> Client<Socket<E>> {
    /// Joins a topic, and returns the answer of the `#[join]` function of the module. From now on
    /// the client hears what is published to the topic.
    ///
    /// What arrives before the answer is kept, and can be taken later in its order.
    ///
    /// ```
    /// use actix_web::App;
    /// use levante::{prelude::*, test};
    ///
    /// #[wire]
    /// #[derive(Debug, PartialEq)]
    /// pub enum RoomEvent { Opened }
    ///
    /// #[websocket("/chat")]
    /// mod chat {
    ///     use super::*;
    ///
    ///     #[topic("room/{id}", message = RoomEvent)]
    ///     pub struct Room { pub id: u32 }
    ///
    ///     #[join]
    ///     fn room(_ws: &Ws, room: &Room) -> Vec<String> {
    ///         vec![format!("{} has one person", room.id)]
    ///     }
    /// }
    /// use chat::Room;
    ///
    /// # /*
    /// #[levante::test]
    /// # */
    /// async fn a_room_is_heard() {
    ///     let app = test::app(|| App::new().service(chat::service())).await;
    ///     let mut ann = app.connect_to::<chat::Ws>("/chat").await;
    ///     assert_eq!(ann.join(Room { id: 7 }).await, ["7 has one person"]);
    ///     app.server().publish(Room { id: 7 }, RoomEvent::Opened);
    ///     assert_eq!(ann.publication(Room { id: 7 }).await, RoomEvent::Opened);
    /// }
    /// # fn main() { test::run(a_room_is_heard()) }
    /// ```
    ///
    /// # Panics
    ///
    /// If the answer is a refusal or a fault. Also if the connection ends instead, or if nothing
    /// arrives, as with [`Self::text`].
    #[track_caller]
    pub fn join<T, A, R>(&mut self, topic: T) -> impl Future<Output = A>
    where
        T: Destination,
        E: Joins<T::Kind, A, R>,
        A: DeserializeOwned,
    {
        let at = Location::caller();
        let (question, what) = topic.named(join_of);
        async move {
            match self.ask(question, &what, at).await {
                Ok(answer) => self.read(&answer, &what, at),
                Err(fault) => self.faulted(&fault, &what, at),
            }
        }
    }

    /// Joins a topic, as [`Self::join`] does. Returns the refusal if the `#[join]` function refuses.
    ///
    /// ```
    /// # use levante::{prelude::*, test::Client};
    /// # #[wire] pub struct Opened;
    /// # #[websocket("/chat")]
    /// # mod chat {
    /// #     use super::*;
    /// #     #[topic("room/{id}", message = Opened)] pub struct Room { pub id: u32 }
    /// #     #[wire] #[derive(Debug, PartialEq)] pub enum Refused { Banned }
    /// #     #[join]
    /// #     fn room(_ws: &Ws, room: &Room) -> Result<(), Refused> { Err(Refused::Banned) }
    /// # }
    /// # use chat::{Room, Refused};
    /// # async fn test(mut ann: Client<chat::Ws>) {
    /// assert_eq!(ann.try_join(Room { id: 8 }).await, Err(Refused::Banned));
    /// # }
    /// # fn main() { let _ = (test, chat::service()); }
    /// ```
    ///
    /// # Errors
    ///
    /// The refusal.
    ///
    /// # Panics
    ///
    /// If the answer is a fault. Also if the connection ends instead, or if nothing arrives, as with
    /// [`Self::text`].
    #[track_caller]
    pub fn try_join<T, A, R>(&mut self, topic: T) -> impl Future<Output = Result<A, R>>
    where
        T: Destination,
        E: Joins<T::Kind, A, R>,
        A: DeserializeOwned,
        R: Refusal,
    {
        let at = Location::caller();
        let (question, what) = topic.named(join_of);
        async move {
            match self.ask(question, &what, at).await {
                Ok(answer) => self.read(&answer, &what, at),
                Err(fault) => self.faulted(&fault, &what, at),
            }
        }
    }

    /// Takes the next event, and asserts that it is this one: the JSON of the two is compared. Other
    /// messages before it are kept.
    ///
    /// ```
    /// use actix_web::App;
    /// use levante::{prelude::*, test};
    ///
    /// #[websocket("/chat")]
    /// mod chat {
    ///     #[sends]
    ///     pub enum Event<'a> { Welcome { you: &'a str } }
    ///
    ///     fn open(ws: &Ws) {
    ///         ws.send(Event::Welcome { you: "Ann" });
    ///     }
    /// }
    /// use chat::Event;
    ///
    /// # /*
    /// #[levante::test]
    /// # */
    /// async fn a_client_is_welcome() {
    ///     let app = test::app(|| App::new().service(chat::service())).await;
    ///     let mut ann = app.connect_to::<chat::Ws>("/chat").await;
    ///     ann.assert_event(Event::Welcome { you: "Ann" }).await;
    /// }
    /// # fn main() { test::run(a_client_is_welcome()) }
    /// ```
    ///
    /// # Panics
    ///
    /// If the next event is another one. Also if the connection ends instead, or if no event arrives,
    /// as with [`Self::text`].
    #[track_caller]
    pub fn assert_event<S, T>(&mut self, event: T) -> impl Future<Output = ()>
    where
        E: Endpoint<Sends = Only<S>>,
        T: WireAs<S>,
    {
        let at = Location::caller();
        let expected = serde_json::to_value(event);
        async move {
            let expected = expected.unwrap_or_else(|error| {
                self.fail(at, &format!("cannot encode the event: {error}"))
            });
            let what = format!("the event {expected}");
            let came: Value = self.data(&*what, is_event, at).await;
            if came != expected {
                self.fail(at, &format!("expected {what}, but {came} came"));
            }
        }
    }
}

impl<M> Client<M> {
    /// Returns the next event, `{"data":…}`: a value that the module has sent with
    /// [`Socket::send`]. `T` is read from its JSON. Other messages before it are kept.
    ///
    /// A type with `#[sends]` can be `T` if it derives `Deserialize`. See also `assert_event`.
    ///
    /// ```
    /// # use levante::test::Client;
    /// # async fn test(mut ann: Client) {
    /// let welcome: serde_json::Value = ann.event().await;
    /// assert_eq!(welcome["type"], "welcome");
    /// # }
    /// # let _ = test;
    /// ```
    ///
    /// # Panics
    ///
    /// If the event is no `T`. Also if the connection ends instead, or if no event arrives, as with
    /// [`Self::text`].
    #[track_caller]
    pub fn event<T: DeserializeOwned>(&mut self) -> impl Future<Output = T> {
        self.data("an event", is_event, Location::caller())
    }

    /// Returns the next publication of a topic that the client hears, `{"topic":…,"data":…}`. Other
    /// messages before it are kept.
    ///
    /// ```
    /// # use levante::{prelude::*, test::Client};
    /// # #[wire] #[derive(Debug, PartialEq)] pub enum RoomEvent { Said { text: String } }
    /// # #[topic("room/{id}", message = RoomEvent)] pub struct Room { pub id: u32 }
    /// # async fn test(mut ann: Client, mut bob: Client) {
    /// ann.tell("say", serde_json::json!({ "room": 7, "text": "hi" })).await;
    /// let said = bob.publication(Room { id: 7 }).await;
    /// assert_eq!(said, RoomEvent::Said { text: "hi".into() });
    /// # }
    /// # fn main() { let _ = test; }
    /// ```
    ///
    /// # Panics
    ///
    /// If the connection ends instead, or if no publication of the topic arrives, as with
    /// [`Self::text`].
    #[track_caller]
    pub fn publication<T, D>(&mut self, topic: D) -> impl Future<Output = T>
    where
        D: Destination<Carries = Only<T>>,
        T: DeserializeOwned,
    {
        let name = topic.named(str::to_owned);
        let what = format!("a publication of `{name}`");
        let is_of_topic = move |members: &Members<'_>| {
            let topic = members.get("topic");
            topic.is_some_and(|own| serde_json::from_str(own).is_ok_and(|own: String| own == name))
        };
        self.data(what, is_of_topic, Location::caller())
    }

    /// Returns the data of the first message that fits.
    fn data<T: DeserializeOwned>(
        &mut self,
        what: impl Into<String>,
        fits: impl Fn(&Members<'_>) -> bool,
        at: Place,
    ) -> impl Future<Output = T> {
        let what = what.into();
        async move {
            let fits = |message: &Message| {
                let members = Members::of(message);
                members.is_some_and(|members| members.get("data").is_some() && fits(&members))
            };
            let message = self.first_message(&what, fits, at).await;
            let members = Members::of(&message);
            let data = members.as_ref().and_then(|members| members.get("data"));
            serde_json::from_str(data.unwrap_or_default()).unwrap_or_else(|error| {
                let expected = type_name::<T>();
                self.fail(at, &format!("{what} is no `{expected}`: {error}"))
            })
        }
    }
}

fn is_event(members: &Members<'_>) -> bool {
    members.get("topic").is_none() && members.get("id").is_none()
}

/// The frame that joins a topic, and the name of its answer in messages of panics.
fn join_of(name: &str) -> (Question, String) {
    let what = format!("the answer to the join of `{name}`");
    (Question::new("join", name, None), what)
}
