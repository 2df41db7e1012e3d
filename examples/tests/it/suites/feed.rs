//! The end of the feed, and its page. The tests of its prices are beside its code.

use rustix::process::Signal;

use crate::support::{client::Client, http, process::Example};

#[tokio::test]
async fn the_end_is_orderly() {
    let feed = Example::feed();
    let mut client = Client::connect(feed.address, "/feed").await;
    assert!(client.next().await.is_text());
    feed.signal(Signal::TERM);
    while !client.next().await.is_close() {}
    drop(client);
    assert_eq!(feed.exit().code(), Some(0));
}

#[test]
fn the_page_may_run_nothing_but_its_own_script() {
    let feed = Example::feed();
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/base.css", "text/css; charset=utf-8"),
        ("/page.css", "text/css; charset=utf-8"),
        ("/page.js", "application/javascript; charset=utf-8"),
        ("/chart.js", "application/javascript; charset=utf-8"),
        ("/connection.js", "application/javascript; charset=utf-8"),
    ] {
        let response = http::get(feed.address, path);
        assert_eq!(
            (response.status, response.header("content-type")),
            (200, kind)
        );
        let policy = response.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self';"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(!response.body.contains("src=\"http") && !response.body.contains("@import"));
    }
}
