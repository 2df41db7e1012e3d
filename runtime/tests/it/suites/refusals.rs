//! What a peer receives when its connection is refused or ended by force, and which layer sends it.

use actix_web::{
    Error, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::StatusCode,
    middleware::{Next, from_fn},
    web,
};
use levante::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Driver, frame, on_each_driver, probe, serve, soon, until, upgrade_request};

/// Replaces the endpoint's 101 by a refusal.
async fn veto(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let response = next.call(request).await?;
    assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
    let (request, response) = response.into_parts();
    // This also drops the endpoint's body.
    drop(response);
    Ok(ServiceResponse::new(
        request,
        HttpResponse::Forbidden().finish(),
    ))
}

fn vetoed(config: &mut web::ServiceConfig, server: &Server) {
    let scope = web::scope("/vetoed").wrap(from_fn(veto));
    config.service(scope.service(probe::socket::service().server(server)));
}

on_each_driver! {
    async fn a_middleware_may_answer_in_place_of_the_endpoint(driver: Driver) {
        let server = serve(driver, vetoed).await;
        let response = server.raw(&upgrade_request("/vetoed/probe")).await;
        assert!(response.starts_with("HTTP/1.1 403 "), "{response}");
        until("nothing to be left", || server.server.connections() == 0).await;
        assert!(server.log.is_empty(), "neither `open` nor `close` was called");
    }

    async fn a_violation_by_a_peer_that_goes_on_sending_does_not_reset_the_stream(driver: Driver) {
        let server = serve(driver, probe::app).await;
        // A frame with a reserved opcode, and more bytes than the kernel buffers.
        let violation = [&[0x83, 0x80][..], &vec![0; 16 << 20]].concat();
        for _ in 0..2 {
            let (mut stream, mut sink) = server.connect_raw("/probe").await.into_split();
            assert_eq!(server.log.next().await, "open");
            let bytes = [frame(0x81, b"echo hello"), violation.clone()].concat();
            let write = soon("room", sink.write_all(&bytes));
            let mut seen = Vec::new();
            let read = async {
                while !seen.windows(4).any(|window| window[0] == 0x88 && window[2..] == [3, 0xEA]) {
                    assert!(stream.read_buf(&mut seen).await.unwrap() > 0, "{seen:?}");
                }
            };
            let (written, ()) = tokio::join!(write, soon("the Close frame", read));
            written.unwrap();
            assert!(seen.starts_with(b"\x81\x05hello"), "{seen:?}");
            // The stream ends without a reset.
            soon("the end", stream.read_to_end(&mut seen)).await.unwrap();
            drop((stream, sink));
            let entry = server.log.next().await;
            assert!(entry.starts_with("close 1002"), "{entry}");
            server.all_gone().await;
        }
    }
}
