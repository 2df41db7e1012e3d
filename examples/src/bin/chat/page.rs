//! The page that people chat on: three files in the binary.

use actix_web::{
    HttpResponse,
    http::header::{self, ContentType},
    mime, web,
};

/// The page asks nobody but this server, and runs nothing but its own script: should a message ever
/// be taken for HTML, the browser still refuses to run what is in it.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Mounts the page at `/`.
pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/", web::get().to(html))
        .route("/page.css", web::get().to(css))
        .route("/page.js", web::get().to(script));
}

/// The page itself.
async fn html() -> HttpResponse {
    file(ContentType::html(), include_str!("page.html"))
}

/// How it looks.
async fn css() -> HttpResponse {
    file(ContentType(mime::TEXT_CSS_UTF_8), include_str!("page.css"))
}

/// What it does.
async fn script() -> HttpResponse {
    file(
        ContentType(mime::APPLICATION_JAVASCRIPT_UTF_8),
        include_str!("page.js"),
    )
}

/// A file as browsers should take it: as what it is, and not for longer than it is true.
fn file(kind: ContentType, content: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(kind)
        .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        // A page from yesterday's server would speak yesterday's protocol.
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(content)
}
