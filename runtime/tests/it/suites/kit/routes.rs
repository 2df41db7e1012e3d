//! Ordinary routes of the application under test.

use actix_web::{App, HttpResponse, web};
use levante::{Server, test};

use super::{app, obey};

async fn announce(server: Server, text: String) -> String {
    format!("{} heard", server.publish("events", text))
}

#[levante::test]
async fn a_route_reaches_the_sockets_of_its_application() {
    let app = test::app(|| {
        App::new()
            .service(obey::service())
            .route("/announce", web::post().to(announce))
    })
    .await;
    let mut client = app.connect("/obey").await;
    let response = app.post("/announce").body("hear, hear").send().await;
    assert_eq!(
        (response.status().as_u16(), response.text()),
        (200, "1 heard")
    );
    assert_eq!(client.text().await, "hear, hear");
}

#[levante::test]
async fn any_method_with_any_body() {
    async fn tell(request: actix_web::HttpRequest, body: web::Bytes) -> HttpResponse {
        let kind = request
            .headers()
            .get("content-type")
            .map(|it| it.to_str().unwrap());
        let said = format!("{} {:?} {}", request.method(), kind, body.len());
        HttpResponse::Accepted()
            .insert_header(("X-Said", "so"))
            .body(said)
    }
    let app = test::app(|| App::new().default_service(web::to(tell))).await;
    let large = vec![b'x'; 200_000];
    for (request, said) in [
        (app.get("/"), "GET None 0"),
        (app.post("/").body("four"), "POST None 4"),
        (app.post("/").body(large), "POST None 200000"),
        (
            app.put("/").json(&[1, 2]),
            r#"PUT Some("application/json") 5"#,
        ),
        (
            app.patch("/").header("Content-Type", "a/b").body("1"),
            r#"PATCH Some("a/b") 1"#,
        ),
        (app.delete("/"), "DELETE None 0"),
        (
            app.method(actix_web::http::Method::OPTIONS, "/"),
            "OPTIONS None 0",
        ),
    ] {
        let response = request.send().await;
        assert_eq!((response.status().as_u16(), response.text()), (202, said));
        assert_eq!(response.header("x-said"), Some("so"));
        assert_eq!(response.header("x-other"), None);
    }
    let head = app.method(actix_web::http::Method::HEAD, "/").send().await;
    assert_eq!((head.status().as_u16(), head.text()), (202, ""));
}

#[levante::test]
async fn a_form_is_read_as_it_was_written() {
    #[derive(serde::Deserialize, serde::Serialize)]
    struct Login {
        name: String,
        password: String,
        age: Option<u8>,
    }
    async fn log_in(login: web::Form<Login>) -> String {
        format!("{} {} {:?}", login.name, login.password, login.age)
    }
    let app = test::app(|| App::new().route("/login", web::post().to(log_in))).await;
    let login = Login {
        name: "Änn & Bob=1".into(),
        password: "a+b %20".into(),
        age: Some(7),
    };
    let response = app.post("/login").form(&login).send().await;
    assert_eq!(response.text(), "Änn & Bob=1 a+b %20 Some(7)");
    let pairs = [("name", "Ann"), ("password", "")];
    let response = app.post("/login").form(&pairs).send().await;
    assert_eq!(response.text(), "Ann  None");
    let response = app.post("/login").form(&pairs[..1]).send().await;
    assert_eq!(response.status(), 400);
}

#[levante::test]
#[should_panic = "the value cannot be written as a form"]
async fn a_number_is_no_form() {
    let app = test::app(App::new).await;
    let _ = app.post("/").form(&1);
}

#[levante::test]
async fn the_last_cookie_of_a_name_counts() {
    async fn cookies() -> HttpResponse {
        let mut response = HttpResponse::Ok();
        for cookie in [
            "session=old; Path=/",
            "session2=other",
            "session=a%20b=; HttpOnly; session3=no",
            "gone=; Max-Age=0",
            "nonsense",
        ] {
            response.append_header(("Set-Cookie", cookie));
        }
        response.finish()
    }
    let app = test::app(|| App::new().default_service(web::to(cookies))).await;
    let response = app.get("/").send().await;
    assert_eq!(response.cookie("session"), Some("a%20b="));
    assert_eq!(response.cookie("session2"), Some("other"));
    assert_eq!(response.cookie("gone"), Some(""));
    for missing in ["session3", "Session", "HttpOnly", "nonsense", ""] {
        assert_eq!(response.cookie(missing), None, "{missing:?}");
    }
}

#[levante::test]
async fn a_response_that_asks_for_an_upgrade_has_its_body() {
    let app = test::app(|| App::new().service(obey::service())).await;
    let response = app.get("/obey").send().await;
    assert_eq!(response.status(), 426);
    let length = response.text().len().to_string();
    assert_ne!(length, "0");
    assert_eq!(response.header("Content-Length"), Some(&*length));
    // A refused handshake is read by the same rules.
    let refused = app.request("/obey").without_header("Upgrade");
    let refused = refused.try_connect().await.unwrap_err();
    assert_eq!(refused.text(), response.text());
    let head = app.method(actix_web::http::Method::HEAD, "/obey").send();
    assert_eq!(head.await.text(), "");
}

#[levante::test]
async fn the_status_says_whether_there_is_a_body() {
    async fn with_length(status: web::Path<u16>) -> HttpResponse {
        let status = actix_web::http::StatusCode::from_u16(*status).unwrap();
        HttpResponse::build(status).body("body")
    }
    let app = test::app(|| App::new().route("/{status}", web::get().to(with_length))).await;
    for (path, body) in [
        ("/200", "body"),
        ("/204", ""),
        ("/205", "body"),
        ("/304", ""),
        ("/400", "body"),
        ("/426", "body"),
    ] {
        let response = app.get(path).send().await;
        assert_eq!(response.text(), body, "{path}");
    }
}

#[levante::test]
async fn an_interim_response_is_skipped() {
    async fn length(body: web::Bytes) -> String {
        body.len().to_string()
    }
    let app = test::app(|| App::new().route("/", web::post().to(length))).await;
    let request = app.post("/").header("Expect", "100-continue").body("four");
    let response = request.send().await;
    assert_eq!((response.status().as_u16(), response.text()), (200, "4"));
}

#[levante::test]
async fn a_response_may_be_streamed() {
    async fn stream() -> HttpResponse {
        let chunks = ["one", "two"].map(|chunk| Ok::<_, actix_web::Error>(web::Bytes::from(chunk)));
        HttpResponse::Ok().streaming(futures_util::stream::iter(chunks))
    }
    async fn json() -> web::Json<[u8; 2]> {
        web::Json([1, 2])
    }
    let app = test::app(|| {
        App::new()
            .route("/stream", web::get().to(stream))
            .route("/json", web::get().to(json))
    })
    .await;
    let response = app.get("/stream").send().await;
    assert_eq!(response.body(), "onetwo");
    assert_eq!(app.get("/json").send().await.json::<[u8; 2]>(), [1, 2]);
    assert_eq!(app.get("/nowhere").send().await.status(), 404);
}

#[levante::test]
async fn the_space_of_a_test_is_the_global_one_on_its_thread() {
    let global = Server::global();
    let app = app().await;
    assert_eq!(app.server(), global);
    let mut client = app.connect("/obey").await;
    assert_eq!(client.socket::<obey::Ws>().server(), global);
    assert_eq!(Server::global().publish("events", "global"), 1);
    assert_eq!(client.text().await, "global");
    // Applications of the same test share the space, like applications of one process.
    let other = super::app().await;
    let mut neighbour = other.connect("/obey").await;
    assert_eq!(other.server().publish("events", "both"), 2);
    assert_eq!(client.text().await, "both");
    assert_eq!(neighbour.text().await, "both");
    // Other threads and other tests have other spaces.
    let elsewhere = std::thread::spawn(Server::global).join().unwrap();
    assert_ne!(elsewhere, global);
    let of_other_test = std::thread::spawn(|| test::run(async { Server::global() }));
    let of_other_test = of_other_test.join().unwrap();
    assert!(of_other_test != global && of_other_test != elsewhere);
}

#[test]
fn the_global_space_is_back_after_a_test() {
    let before = Server::global();
    test::run(async { assert_ne!(Server::global(), before) });
    assert_eq!(Server::global(), before);
}

#[levante::test]
async fn a_service_may_have_a_space_of_its_own() {
    let server = Server::new();
    let of_app = server.clone();
    let app = move || App::new().service(obey::service().server(&of_app));
    let app = test::app(app).await;
    let client = app.connect("/obey").await;
    assert_eq!((app.server().connections(), server.connections()), (0, 1));
    assert_eq!(client.socket::<obey::Ws>().server(), server);
}

#[levante::test]
#[should_panic = "the body does not parse"]
async fn a_body_that_is_no_json_is_told() {
    app().await.get("/nowhere").send().await.json::<u8>();
}
