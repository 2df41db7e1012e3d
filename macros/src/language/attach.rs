//! `attach`, which is unlike all other handlers: it runs before there is a socket, its parameters
//! are extractors, and what it returns becomes the socket's data.

/// The name of the function.
pub(crate) const NAME: &str = "attach";

/// The signature that messages show; `async` goes with it.
pub(crate) const ACCEPTED: &str = "`fn attach(request: HttpRequest, …) -> T`";
