//! The page of an example: three files in the binary.

use actix_web::{
    HttpResponse,
    http::header::{self, ContentType},
    mime, web,
};

/// The page talks only to this server, and runs only its own script file. If the text of a visitor is
/// ever parsed as HTML by mistake, the browser still refuses to run scripts in it.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A page that links to its style as `page.css` and to its script as `page.js`. The policy forbids
/// any other style or script, also those in the HTML itself.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The page itself.
    pub html: &'static str,
    /// Its style.
    pub css: &'static str,
    /// Its script.
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
