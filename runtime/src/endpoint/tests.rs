#![cfg(feature = "test")]

use std::sync::Arc;

use actix_web::App;

use crate::{hub, link::Link, prelude::*, test};

const TAG: u32 = 0x0123_4567;

/// Its first client finds a space that joins a cluster while `attach` runs.
#[websocket("/joins")]
mod joins {
    use super::*;

    async fn attach(server: Server) {
        let link = Arc::new(Link::new(TAG.into(), 1));
        let _ = hub::join(server.space(), &link);
    }

    fn open(ws: &Ws) {
        ws.send(ws.id().to_string());
    }
}

#[levante::test]
async fn each_id_in_a_cluster_has_the_tag_of_its_node() {
    let app = test::app(|| App::new().service(joins::service())).await;
    let refused = app.try_connect("/joins").await.unwrap_err();
    assert_eq!(refused.status(), 503);
    assert_eq!(app.server().connections(), 0);
    for _ in 0..2 {
        let id: SocketId = app.connect("/joins").await.text().await.parse().unwrap();
        assert_eq!(id.tag(), TAG);
    }
}
