#[websocket("/ws")]
mod socket {
    struct User;
    pub struct Guest;

    #[cfg(all(feature = "login", unix))]
    #[cfg(not(test))]
    fn attach(user: Login) -> User {
        User
    }

    #[cfg(feature = "guests")]
    fn attach() -> Guest {
        Guest
    }

    /// Docs stay where they are.
    #[cfg(feature = "verbose")]
    #[inline]
    fn open(ws: &Ws) {}

    #[cfg(feature = "binary")]
    fn message(ws: &Ws, bytes: &[u8]) {}

    #[cfg(not(feature = "binary"))]
    async fn message(ws: &Ws, text: &str) {}
}
