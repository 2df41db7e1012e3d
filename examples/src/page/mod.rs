//! The page of an example: a few files in the binary.

use actix_web::{
    HttpResponse,
    http::header::{self, ContentType},
    mime, web,
};

/// The page talks only to this server, and runs only its own script files. If the text of a visitor is
/// ever parsed as HTML by mistake, the browser still refuses to run scripts in it.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The style that all pages share: colours, fields and buttons.
const BASE: File = ("base.css", include_str!("base.css"));

/// The name of a file, and its text.
pub type File = (&'static str, &'static str);

/// A page that links to its styles and scripts by their names. The policy forbids any other style or
/// script, also those in the HTML itself.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The page itself.
    pub html: &'static str,
    /// Its styles. It may also link to `base.css`.
    pub styles: &'static [File],
    /// Its scripts.
    pub scripts: &'static [File],
}

impl Page {
    /// Mounts the page at `/`.
    pub fn mount(self, config: &mut web::ServiceConfig) {
        mount(config, "/", ContentType::html(), self.html);
        for (name, text) in self.styles.iter().copied().chain([BASE]) {
            let kind = ContentType(mime::TEXT_CSS_UTF_8);
            mount(config, &format!("/{name}"), kind, text);
        }
        for (name, text) in self.scripts.iter().copied() {
            let kind = ContentType(mime::APPLICATION_JAVASCRIPT_UTF_8);
            mount(config, &format!("/{name}"), kind, text);
        }
    }
}

/// Serves a file.
fn mount(config: &mut web::ServiceConfig, path: &str, kind: ContentType, content: &'static str) {
    let serve = move || {
        let response = file(&kind, content);
        async { response }
    };
    config.route(path, web::get().to(serve));
}

/// A file with its exact type, which browsers do not cache.
fn file(kind: &ContentType, content: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(kind.clone())
        .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        // A page from yesterday's server would speak yesterday's protocol.
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(content)
}
