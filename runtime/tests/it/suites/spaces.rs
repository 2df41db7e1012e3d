//! Which server a socket or a route gets: the service's, the application's or the global one.

use actix_web::web;
use levante::prelude::*;

use crate::{
    suites::routes::{announce, app, ask, lobby, ok},
    support::{
        Driver, on_each_driver,
        probe::{self, socket::Ws},
        serve,
    },
};

/// `attach` takes the server as a route does.
#[websocket("/attached")]
mod attached {
    use super::*;

    fn attach(server: Server) -> Server {
        server
    }

    fn open(ws: &Ws) {
        ws.send((ws.data == ws.server()).to_string());
    }
}

on_each_driver! {
    async fn a_service_may_name_another_server_than_its_application(driver: Driver) {
        let another = Server::new();
        let of_app = another.clone();
        let server = serve(driver, move |config, server| {
            app(config, server);
            config
                .service(attached::service())
                .service(attached::service().path("/another/attached").server(&of_app))
                .service(probe::socket::service().path("/another").server(&of_app));
        })
        .await;
        let mut here = server.connect("/probe").await;
        let mut there = server.connect("/another").await;
        assert_eq!(here.ask("subscribe lobby").await, "true");
        assert_eq!(there.ask("subscribe lobby").await, "true");
        assert_eq!(another.publish("lobby", "there"), 1);
        assert_eq!(ask(&server, "POST /announce", None, "here").await, ok("1"));
        assert_eq!(here.text().await, "here");
        assert_eq!(there.text().await, "there");
        assert_eq!(another.sockets::<Ws>()[0].server(), another);
        assert_eq!(server.server.sockets::<Ws>()[0].server(), server.server);
        for path in ["/attached", "/another/attached"] {
            assert_eq!(server.connect(path).await.text().await, "true");
        }
        // A route finds only sockets of its own server.
        let id = there.ask("id").await;
        assert_eq!(ask(&server, "GET /hello", Some(&id), "").await.0, 404);
    }

    async fn the_innermost_server_is_taken(driver: Driver) {
        let tenant = Server::new();
        let of_app = tenant.clone();
        let server = serve(driver, move |config, server| {
            let scope = web::scope("/tenant")
                .app_data(of_app.clone())
                .service(probe::socket::service())
                .service(announce);
            config.service(scope);
            app(config, server);
        })
        .await;
        let mut there = server.connect("/tenant/probe").await;
        assert_eq!(there.ask("subscribe lobby").await, "true");
        let mut here = lobby(&server, 1).await;
        assert_eq!((tenant.connections(), server.server.connections()), (1, 1));
        assert_eq!(ask(&server, "POST /tenant/announce", None, "there").await, ok("1"));
        assert_eq!(ask(&server, "POST /announce", None, "here").await, ok("1"));
        assert_eq!(there.text().await, "there");
        assert_eq!(here[0].0.text().await, "here");
    }

    async fn the_server_may_be_shared_data(driver: Driver) {
        let server = serve(driver, |config, server| {
            config
                .app_data(web::Data::new(server.clone()))
                .service(probe::socket::service())
                .service(announce);
        })
        .await;
        let mut clients = lobby(&server, 2).await;
        assert_eq!(server.server.connections(), 2);
        assert_eq!(ask(&server, "POST /announce", None, "hello").await, ok("2"));
        for (client, _) in &mut clients {
            assert_eq!(client.text().await, "hello");
        }
    }

    async fn an_application_that_names_no_server_has_the_global_one(driver: Driver) {
        let server = serve(driver, |config, _| {
            config.service(probe::socket::service());
        })
        .await;
        let topic = format!("global/{driver:?}");
        let mut client = server.connect("/probe").await;
        assert_eq!(client.ask(format!("subscribe {topic}")).await, "true");
        assert_eq!(server.server.connections(), 0);
        assert_eq!(Server::global().publish(&topic, "hello"), 1);
        assert_eq!(client.text().await, "hello");
        let id = client.ask("id").await.parse().unwrap();
        assert_eq!(Server::global().socket::<Ws>(id).unwrap().server(), Server::global());
    }
}
