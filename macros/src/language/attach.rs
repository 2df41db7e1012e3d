//! `attach`, which is unlike all other handlers: it runs before there is a socket, its parameters
//! are extractors, and what it returns becomes the socket's data.

/// The name of the function.
pub(crate) const NAME: &str = "attach";

/// The names that it has in other libraries.
pub(crate) const ALIASES: &[&str] = &["handshake", "upgrade"];

/// The signature that messages show; `async` goes with it.
pub(crate) const ACCEPTED: &str = "`fn attach(request: HttpRequest, …) -> T`";

/// Its section of the reference.
#[cfg(test)]
pub(crate) const DOCS: &str = "\
A client asks for a connection. `attach` runs before the handshake is answered, and the value that \
it returns becomes `ws.data` in all other handlers. It has `handshake_timeout` to return.

- The parameters are extractors of actix-web, by value, as many as needed: `HttpRequest`, \
`web::Query<T>`, `web::Path<T>`, `web::Data<T>`, [`Server`], `Option<E>` or a type of your own. An \
extractor that takes the body of a request, such as `web::Json<T>`, does not compile, because a \
handshake has no body.
- `web::Path<T>` reads the parameters of the path, such as `{room}` in `/chat/{room}`, and those of \
the scopes around it. If a parameter is missing, every client gets a 404.
- It returns the data `T`, `Result<T, E>`, [`Attached<T>`](Attached) or `Result<Attached<T>, E>`, \
where `E: Into<actix_web::Error>`. [`Attached`] adds headers to the response, picks the \
subprotocol, or says when the connection expires.

An `Err` refuses the client and becomes the response. A type that only looks like a refusal does \
not compile, because the socket would open with it as its data: a response, a status or an error, \
alone or in the `Ok` of a `Result`, an `Option` and a `bool`. Data that may be missing are a \
struct with an `Option` field, or are returned in an `Attached`: `Attached<Option<T>>`.

Default: the data are `()`, and every client is accepted that `hosts` and `origins` let in.";
