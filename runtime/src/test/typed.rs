//! Clients that know the module to which they are connected.

use std::{any::type_name, future::Future, panic::Location};

use super::{app::TestApp, client::Client, request::Request};
use crate::{call::PROTOCOL, handlers::Mount, socket::Socket};

/// The socket type of a module, such as `chat::Ws`, for [`TestApp::connect_to`].
///
/// It is implemented for the sockets of all modules, and sealed.
///
/// ```
/// use levante::test::{Client, TestApp, TypedSocket};
///
/// async fn two<M: TypedSocket>(app: &TestApp, path: &str) -> [Client<M>; 2] {
///     [app.connect_to::<M>(path).await, app.connect_to::<M>(path).await]
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the socket of a module",
    label = "not a `Ws`",
    note = "name the `Ws` of a module with `#[websocket]`: `app.connect_to::<chat::Ws>(\"/chat\")`"
)]
pub trait TypedSocket: Sealed {
    /// Whether the module speaks `levante.v1+json`.
    #[doc(hidden)]
    const IS_TYPED: bool;
}

impl<E: Mount> TypedSocket for Socket<E> {
    const IS_TYPED: bool = E::TYPED.is_some();
}

/// Prevents other crates from implementing [`TypedSocket`].
pub trait Sealed {}

impl<E: Mount> Sealed for Socket<E> {}

impl TestApp {
    /// Opens a WebSocket of a typed module. The path may have a query. See
    /// [`Request::connect_to`].
    ///
    /// ```
    /// use actix_web::App;
    /// use levante::{prelude::*, test};
    ///
    /// #[websocket("/sums")]
    /// mod sums {
    ///     #[on]
    ///     fn add(_ws: &Ws, a: u32, b: u32) -> u32 {
    ///         a + b
    ///     }
    /// }
    ///
    /// # /*
    /// #[levante::test]
    /// # */
    /// async fn one_and_two_are_three() {
    ///     let app = test::app(|| App::new().service(sums::service())).await;
    ///     let mut client = app.connect_to::<sums::Ws>("/sums").await;
    ///     let sum: u32 = client.call("add", serde_json::json!({ "a": 1, "b": 2 })).await;
    ///     assert_eq!(sum, 3);
    /// }
    /// # fn main() { test::run(one_and_two_are_three()) }
    /// ```
    ///
    /// # Panics
    ///
    /// As [`Self::connect`]. Also if `M` is the socket of a plain module, or if the endpoint at the
    /// path does not agree on `levante.v1+json`.
    #[track_caller]
    pub fn connect_to<M: TypedSocket>(
        &self,
        path: &str,
    ) -> impl Future<Output = Client<M>> + use<M> {
        self.request(path).connect_to()
    }
}

impl Request {
    /// Opens a WebSocket of a typed module, as [`Self::connect`] does, and offers the subprotocol
    /// `levante.v1+json`, as a client does that was generated from the contract. The result knows
    /// which topics can be joined, and what the module sends.
    ///
    /// ```
    /// # use levante::{prelude::*, test::TestApp};
    /// # #[websocket("/chat")]
    /// # mod chat {
    /// #     #[sends]
    /// #     pub enum Event { Welcome }
    /// #     fn open(ws: &Ws) { ws.send(Event::Welcome); }
    /// # }
    /// # async fn test(app: TestApp) {
    /// let request = app.request("/chat").cookie("session", "a9f1");
    /// let mut client = request.connect_to::<chat::Ws>().await;
    /// client.assert_event(chat::Event::Welcome).await;
    /// # }
    /// # fn main() { let _ = (test, chat::service()); }
    /// ```
    ///
    /// # Panics
    ///
    /// As [`Self::connect`]. Also if `M` is the socket of a plain module, or if the endpoint at the
    /// path does not agree on `levante.v1+json`.
    #[track_caller]
    pub fn connect_to<M: TypedSocket>(self) -> impl Future<Output = Client<M>> {
        let at = Location::caller();
        let module = type_name::<M>();
        assert!(
            M::IS_TYPED,
            "{at}: `{module}` is the socket of a plain module: use `connect`"
        );
        let connected = self.protocols([PROTOCOL]).connect_at::<M>(at);
        async move {
            let client = connected.await;
            let agreed = client.protocol();
            assert!(
                agreed == Some(PROTOCOL),
                "{at}: the endpoint has not agreed on `{PROTOCOL}`, but on {agreed:?}: is it `{module}`?"
            );
            client
        }
    }
}
