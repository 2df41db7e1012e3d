//! Results of sends, and peers that read slowly.

use levante::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message as Theirs;

use crate::support::{Driver, TestServer, frame, on_each_driver, probe, serve, until};

/// The only open socket.
async fn only_socket(server: &TestServer) -> probe::socket::Ws {
    assert_eq!(server.log.next().await, "open");
    let mut sockets = server.server.sockets::<probe::socket::Ws>();
    assert_eq!(sockets.len(), 1);
    sockets.remove(0)
}

/// Several times the kernel buffers of both ends. A full queue cannot become empty while the peer
/// reads nothing.
const LIMIT: usize = 32 << 20;

/// Sends until there is no more room in the queue.
fn stall(ws: &probe::socket::Ws) {
    let message = vec![b'x'; 30_000];
    loop {
        match ws.send(&message[..]) {
            SendStatus::Sent(len) => assert_eq!(len, message.len()),
            SendStatus::Backpressure => {}
            SendStatus::Dropped(_) => break,
        }
    }
}

on_each_driver! {
    async fn a_stalled_reader_shows(driver: Driver) {
        let server = serve(driver, |config, server| {
            config.service(probe::socket::service().backpressure_limit(LIMIT).server(server));
        })
        .await;
        let mut stream = server.connect_raw("/probe").await;
        let ws = only_socket(&server).await;
        assert_eq!(ws.send("hello"), SendStatus::Sent(5));
        until("it to be written", || ws.buffered_amount() == 0).await;
        stall(&ws);
        // The queue may have been empty for a moment while it filled, so `drain` may have been
        // called.
        stream.write_all(&frame(0x89, b"full?")).await.unwrap();
        assert_eq!(server.log.next_but("drain").await, "ping full?");
        let buffered = ws.buffered_amount();
        assert!(buffered <= LIMIT, "{buffered} bytes are over the limit");
        assert_eq!(ws.send("x".repeat(LIMIT)), SendStatus::Dropped(DropReason::Full));
        // The queue still takes control frames, and input is still handled. `drain` is not called
        // yet.
        stream.write_all(&frame(0x89, b"still there?")).await.unwrap();
        assert_eq!(server.log.next().await, "ping still there?");
        // The peer reads on. Everything that was accepted arrives, and `drain` is called once.
        let mut read = 0;
        let mut chunk = vec![0; 1 << 16];
        while ws.buffered_amount() > 0 {
            read += stream.read(&mut chunk).await.unwrap();
        }
        assert!(read >= buffered / 2);
        assert_eq!(server.log.next().await, "drain");
        assert_eq!(ws.send("again"), SendStatus::Sent(5));
        until("it to be written", || ws.buffered_amount() == 0).await;
        assert!(server.log.is_empty());
    }

    async fn a_slow_consumer_can_be_cut_off(driver: Driver) {
        let server = serve(driver, |config, server| {
            let service = probe::socket::service().close_on_backpressure_limit(true);
            config.service(service.backpressure_limit(100_000).server(server));
        })
        .await;
        let _stream = server.connect_raw("/probe").await;
        let ws = only_socket(&server).await;
        while !ws.send(vec![0; 30_000]).is_dropped() {
            tokio::task::yield_now().await;
        }
        let entry = server.log.next_but("drain").await;
        assert!(entry.starts_with(r#"close 1006 "" SlowConsumer"#), "{entry}");
        assert_eq!(ws.buffered_amount(), 0);
        server.all_gone().await;
    }

    async fn pings_and_pongs_travel_both_ways(driver: Driver) {
        let server = serve(driver, probe::app).await;
        let mut client = server.connect("/probe").await;
        assert_eq!(server.log.next().await, "open");
        client.send("ping tick").await;
        assert_eq!(client.next().await, Theirs::Ping("tick".into()));
        client.send("pong tock").await;
        assert_eq!(server.log.next().await, "pong tick");
        assert_eq!(client.next().await, Theirs::Pong("tock".into()));
        let ws = server.server.sockets::<probe::socket::Ws>().remove(0);
        assert_eq!(ws.ping([0; 125]), SendStatus::Sent(125));
        assert_eq!(ws.ping([0; 126]), SendStatus::Dropped(DropReason::Invalid));
        assert_eq!(ws.pong([0; 126]), SendStatus::Dropped(DropReason::Invalid));
    }

    async fn a_dropped_message_tells_why(driver: Driver) {
        struct Unsendable;

        impl IntoMessage for Unsendable {
            fn into_message(self) -> Result<Message, levante::BoxError> {
                Err("on purpose".into())
            }
        }

        let server = serve(driver, |config, server| {
            config.service(probe::socket::service().backpressure_limit(LIMIT).server(server));
        })
        .await;
        let stream = server.connect_raw("/probe").await;
        let ws = only_socket(&server).await;
        let dropped = |status: SendStatus| match status {
            SendStatus::Dropped(reason) => Some(reason),
            _ => None,
        };
        assert_eq!(dropped(ws.send("taken")), None);
        assert_eq!(dropped(ws.send(Unsendable)), Some(DropReason::Invalid));
        stall(&ws);
        assert_eq!(dropped(ws.send(vec![0; 30_000])), Some(DropReason::Full));
        // 4 KiB of pings and pongs fit, and nothing reads them.
        let pings = || std::iter::repeat_with(|| ws.ping([0; 125]));
        let full = pings().map(dropped).find(Option::is_some).flatten();
        assert_eq!(full, Some(DropReason::Full));
        ws.close();
        assert_eq!(dropped(ws.send("late")), Some(DropReason::Closed));
        assert_eq!(dropped(ws.ping("late")), Some(DropReason::Closed));
        assert_eq!(dropped(ws.ping([0; 126])), Some(DropReason::Invalid));
        assert_eq!(dropped(ws.send(Unsendable)), Some(DropReason::Invalid));
        drop(stream);
        server.all_gone().await;
        assert_eq!(dropped(ws.send("much too late")), Some(DropReason::Closed));
    }

    async fn accepted_messages_are_written_before_the_close_frame(driver: Driver) {
        let server = serve(driver, probe::app).await;
        let mut client = server.connect("/probe").await;
        let ws = only_socket(&server).await;
        for number in 0..100 {
            assert!(!ws.send(format!("{number} {}", "x".repeat(5000))).is_dropped());
        }
        ws.close_with(4000, "done");
        for number in 0..100 {
            assert!(client.text().await.starts_with(&format!("{number} ")));
        }
        assert_eq!(client.closed().await, (4000, "done".into()));
    }

    async fn a_message_over_the_limit_goes_through_an_empty_queue(driver: Driver) {
        let server = serve(driver, |config, server| {
            config.service(probe::socket::service().backpressure_limit(1000).server(server));
        })
        .await;
        let mut client = server.connect("/probe").await;
        let text = "x".repeat(100_000);
        assert_eq!(client.ask(format!("echo {text}")).await, text);
    }
}
