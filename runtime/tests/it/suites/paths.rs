//! Paths on which the router panics, but which the attribute accepts: it has no regex engine.

use actix_web::{App, test::init_service, web};
use levante::prelude::*;

#[websocket("/rooms/{id:[z-a]}")]
mod no_range {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

#[websocket("/rooms")]
mod rooms {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

#[actix_web::test]
#[should_panic = "the path `/rooms/{id:[z-a]}` of the socket `it::suites::paths::no_range` is no \
                  pattern: Wrong path pattern"]
async fn a_regex_that_the_router_refuses_names_its_module() {
    init_service(App::new().service(no_range::service())).await;
}

#[actix_web::test]
#[should_panic = "the path `/{id}/{id}` of the socket `it::suites::paths::rooms` is no pattern"]
async fn a_path_at_run_time_that_the_router_refuses_names_its_module() {
    let service = rooms::service().path("/{id}/{id}");
    init_service(App::new().service(web::scope("/api").service(service))).await;
}
