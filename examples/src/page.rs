//! The page of an example: three files in the binary.

use actix_web::{
    HttpResponse,
    http::header::{self, ContentType},
    mime, web,
};

/// The page asks only this server, and runs only the script in a file of its own: should something
/// that a person wrote ever be taken for HTML, the browser still refuses to run what is in it.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A page that links to its style as `page.css` and to its script as `page.js`. The policy forbids
/// any other style or script, also those in the HTML itself.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The page itself.
    pub html: &'static str,
    /// How it looks.
    pub css: &'static str,
    /// What it does.
    pub script: &'static str,
}

impl Page {
    /// Mounts the page at `/`.
    pub fn mount(self, config: &mut web::ServiceConfig) {
        let css = ContentType(mime::TEXT_CSS_UTF_8);
        let script = ContentType(mime::APPLICATION_JAVASCRIPT_UTF_8);
        for (path, kind, content) in [
            ("/", ContentType::html(), self.html),
            ("/page.css", css, self.css),
            ("/page.js", script, self.script),
        ] {
            let serve = move || {
                let response = file(&kind, content);
                async { response }
            };
            config.route(path, web::get().to(serve));
        }
    }
}

/// A file that browsers take as what it is, and ask for again each time.
fn file(kind: &ContentType, content: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(kind.clone())
        .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        // A page from yesterday's server would speak yesterday's protocol.
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(content)
}
