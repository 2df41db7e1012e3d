//! Compressed messages, with independent clients: they inflate with zlib's own window.

use actix_web::web;
use levante::prelude::*;
use tokio_tungstenite::tungstenite::Message as Theirs;

use crate::support::{
    Client, Driver, Log, TestServer,
    deflating::{Peer, noise},
    frame, on_each_driver, serve, serve_with, until,
};

/// Runs commands: the first word is the command, the rest is the message to send.
#[websocket("/squeeze", compression_threshold = 64)]
mod squeeze {
    use super::*;

    async fn attach(log: web::Data<Log>) -> Log {
        (**log).clone()
    }

    fn open(ws: &Ws) {
        ws.subscribe("t");
    }

    fn message(ws: &Ws, message: Incoming<'_>) {
        let text = message.as_text().unwrap_or_default();
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        match word {
            "send" => _ = ws.send(Compressed(rest)),
            "plain" => _ = ws.send(rest),
            "publish" => _ = ws.server().publish("t", Compressed(rest)),
            "publish-plain" => _ = ws.server().publish("t", rest),
            "latest" => {
                let policy = Policy::Latest("key");
                ws.server().publish_with("t", Compressed(rest), policy);
            }
            "close-slow" => {
                let policy = Policy::Close;
                ws.server().publish_with("t", Compressed(rest), policy);
            }
            // Under `actix_web::HttpServer` nothing is written before the handler returns.
            "burst" => {
                for number in 0..4 {
                    let sent = ws.send(Compressed(noise(number, 800)));
                    ws.data.push(format!("{sent:?}"));
                }
            }
            "publish-burst" => {
                for number in 0..4 {
                    let message = Compressed(noise(number, 800));
                    ws.server().publish("t", message);
                }
                // Too short to be compressed, unlike the messages before it.
                ws.server().publish("t", Compressed("short"));
            }
            "latest-burst" => {
                for number in 0..4 {
                    let message = Compressed(noise(number, 800));
                    let policy = Policy::Latest("key");
                    ws.server().publish_with("t", message, policy);
                    ws.send(Compressed(noise(9, 100)));
                }
            }
            _ => _ = ws.send(Compressed(message)),
        }
    }

    fn dropped(ws: &Ws, message: &Message) {
        ws.data
            .push(format!("dropped {}", message.as_bytes().len()));
    }

    fn close(ws: &Ws, reason: CloseReason) {
        ws.data
            .push(format!("close {} {:?}", reason.code, reason.by));
    }
}

/// More bytes than all kernel buffers between a socket and its peer hold.
const MORE_THAN_FITS: usize = 64 << 20;

const SHARED: Compression = Compression::Shared;

const fn dedicated(window_bits: u8) -> Compression {
    Compression::Dedicated { window_bits }
}

async fn squeezing(driver: Driver, workers: usize, compression: Compression) -> TestServer {
    serve_with(driver, workers, move |config, server| {
        let service = squeeze::service().compression(compression);
        config.service(service.server(server));
    })
    .await
}

async fn limited(
    driver: Driver,
    compression: Compression,
    limit: impl Fn(levante::Service) -> levante::Service + Clone + Send + 'static,
) -> TestServer {
    serve(driver, move |config, server| {
        let service = squeeze::service().compression(compression).server(server);
        config.service(limit(service));
    })
    .await
}

on_each_driver! {
    async fn what_is_agreed_on_is_said(driver: Driver) {
        let browser = "permessage-deflate; client_max_window_bits";
        let narrow = "permessage-deflate; server_max_window_bits=8";
        for (compression, offer, expected) in [
            (Compression::Off, browser, None),
            (SHARED, "permessage-bzip2", None),
            (SHARED, "permessage-deflate; unknown", None),
            (
                SHARED,
                browser,
                Some("permessage-deflate; server_no_context_takeover; client_no_context_takeover"),
            ),
            (dedicated(10), browser, Some("permessage-deflate; client_max_window_bits=10")),
            (dedicated(10), narrow, Some(narrow)),
            // A window size out of range becomes the nearest valid one.
            (dedicated(0), browser, Some("permessage-deflate; client_max_window_bits=9")),
            (dedicated(99), browser, Some("permessage-deflate")),
        ] {
            let server = squeezing(driver, 1, compression).await;
            let mut peer = Peer::connect(&server, "/squeeze", offer).await;
            assert_eq!(peer.agreed.as_deref(), expected, "{compression:?} {offer}");
            // Messages come back with every agreement.
            let text = "hello hello ".repeat(20);
            peer.send(0x81, text.as_bytes()).await;
            let heard = peer.hear().await;
            assert_eq!(heard.text(), text);
            assert_eq!(heard.compressed, expected.is_some());
        }
    }

    async fn any_mixture_of_messages_can_be_inflated(driver: Driver) {
        for compression in [SHARED, dedicated(9), dedicated(12), dedicated(15)] {
            for offer in [
                "permessage-deflate",
                "permessage-deflate; client_max_window_bits; server_no_context_takeover",
                "permessage-deflate; server_max_window_bits=8; client_max_window_bits=9",
                "permessage-deflate; server_max_window_bits=9; client_no_context_takeover",
                "permessage-deflate; server_max_window_bits=11; client_max_window_bits=10",
                "",
            ] {
                let server = squeezing(driver, 1, compression).await;
                let mut peer = Peer::connect(&server, "/squeeze", offer).await;
                for number in 0..60 {
                    let word = ["send", "publish", "plain", "latest", "publish-plain", "send"]
                        [number * 7 % 6];
                    let len = [10, 64, 100, 700, 3000, 40_000, 200, 80][number * 5 % 8];
                    // Each message repeats much of the others.
                    let text = format!("{word} {number} {}", noise(number % 3, len));
                    match number % 4 {
                        0 => peer.send(0x81, text.as_bytes()).await,
                        _ => peer.say(0x1, text.as_bytes()).await,
                    }
                    let expected = &text[word.len() + 1..];
                    assert_eq!(peer.hear().await.text(), expected, "{compression:?} {offer}");
                }
            }
        }
    }

    async fn a_publish_reaches_each_in_the_form_that_it_takes(driver: Driver) {
        for workers in [1, 4] {
            for compression in [SHARED, dedicated(12)] {
                let server = squeezing(driver, workers, compression).await;
                let mut peers = Vec::new();
                for _ in 0..3 {
                    for offer in [
                        "permessage-deflate",
                        "permessage-deflate; server_max_window_bits=9",
                        "",
                    ] {
                        peers.push((offer, Peer::connect(&server, "/squeeze", offer).await));
                    }
                }
                let mut client: Client = server.connect("/squeeze").await;
                until("everybody to listen", || server.server.subscriber_count("t") == 10).await;
                for (len, in_small_window) in [(512, true), (513, false)] {
                    let text = "x".repeat(len);
                    assert_eq!(server.server.publish("t", Compressed(&text)), 10);
                    for (offer, peer) in &mut peers {
                        let heard = peer.hear().await;
                        assert_eq!(heard.text(), text);
                        let takes = offer.ends_with("deflate")
                            || offer.ends_with('9') && in_small_window;
                        assert_eq!(heard.compressed, takes, "{offer} {len}");
                    }
                    assert_eq!(client.text().await, text);
                }
            }
        }
    }

    async fn small_messages_and_such_that_do_not_become_shorter_are_plain(driver: Driver) {
        for compression in [SHARED, dedicated(15)] {
            let server = squeezing(driver, 1, compression).await;
            let mut peer = Peer::connect(&server, "/squeeze", "permessage-deflate").await;
            for word in ["send", "publish", "plain"] {
                for (len, compressed) in [(0, false), (63, false), (64, true), (65, true)] {
                    let text = "y".repeat(len);
                    peer.say(0x1, format!("{word} {text}").as_bytes()).await;
                    let heard = peer.hear().await;
                    assert_eq!(heard.text(), text);
                    assert_eq!(heard.compressed, compressed && word != "plain", "{word} {len}");
                }
            }
            let mut bytes: Vec<u8> = (0..=255).collect();
            peer.send(0x82, &bytes).await;
            let heard = peer.hear().await;
            assert_eq!((heard.compressed, &heard.payload), (false, &bytes));
            // The history does not contain messages that were sent plain.
            bytes.extend_from_within(..);
            peer.send(0x82, &bytes).await;
            let heard = peer.hear().await;
            assert_eq!((heard.compressed, &heard.payload), (true, &bytes));
        }
    }

    async fn context_makes_similar_messages_short(driver: Driver) {
        let server = squeezing(driver, 1, dedicated(12)).await;
        let mut peer = Peer::connect(&server, "/squeeze", "permessage-deflate").await;
        let text = noise(1, 400);
        let mut lengths = Vec::new();
        for word in ["send", "send", "plain", "send", "publish", "send", "send"] {
            peer.say(0x1, format!("{word} {text}").as_bytes()).await;
            let heard = peer.hear().await;
            assert_eq!(heard.text(), text);
            lengths.push(heard.len);
        }
        let is_short = lengths.iter().map(|len| *len < 100).collect::<Vec<_>>();
        // A publish is compressed without history, and so is the message that follows it.
        assert_eq!(is_short, [false, true, false, true, false, false, true], "{lengths:?}");
    }

    async fn messages_in_parts_and_empty_ones_arrive(driver: Driver) {
        let server = squeezing(driver, 1, dedicated(15)).await;
        let mut peer = Peer::connect(&server, "/squeeze", "permessage-deflate").await;
        let text = format!("hello {}", noise(1, 3000));
        let payload = peer.deflate(text.as_bytes());
        let (first, rest) = payload.split_at(100);
        let (second, third) = rest.split_at(1);
        peer.send(0x41, first).await;
        peer.send(0x89, b"between").await;
        peer.send(0x00, second).await;
        peer.send(0x80, third).await;
        assert_eq!(peer.frame().await, (0x8a, b"between".to_vec()));
        assert_eq!(peer.hear().await.text(), text);
        // An empty message; an empty message in two frames; a message that ends with a final block.
        peer.send(0xc1, &[0]).await;
        assert_eq!(peer.hear().await.text(), "");
        peer.send(0x41, &[]).await;
        peer.send(0x80, &[0]).await;
        assert_eq!(peer.hear().await.text(), "");
        peer.send(0xc1, &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00]).await;
        assert_eq!(peer.hear().await.text(), "Hello");
    }

    async fn a_message_must_fit_the_limit_inflated(driver: Driver) {
        for compression in [SHARED, dedicated(15)] {
            let server = limited(driver, compression, |s| s.max_message_size(1000)).await;
            for (len, code) in [(999, None), (1000, None), (1001, Some(1009)), (16 << 20, Some(1009))] {
                let mut peer = Peer::connect(&server, "/squeeze", "permessage-deflate").await;
                peer.say(0x1, "x".repeat(len).as_bytes()).await;
                match code {
                    None => assert_eq!(peer.hear().await.payload.len(), len),
                    Some(code) => assert_eq!(peer.closed().await, code, "{len}"),
                }
            }
            // The limit also holds for the compressed bytes.
            for (len, code) in [(1000, 1007), (1001, 1009)] {
                let mut peer = Peer::connect(&server, "/squeeze", "permessage-deflate").await;
                peer.send(0xc2, &vec![0xff; len]).await;
                assert_eq!(peer.closed().await, code, "{len}");
            }
        }
    }

    async fn what_is_wrong_ends_the_connection(driver: Driver) {
        let server = squeezing(driver, 1, dedicated(15)).await;
        let offer = "permessage-deflate";
        let not_utf8 = Peer::connect(&server, "/squeeze", offer).await.deflate(b"\xff\xfe");
        let cases: [(&str, Vec<u8>, u16); 8] = [
            (offer, frame(0xc1, &[0x06]), 1007),
            (offer, frame(0xc1, &[]), 1007),
            (offer, frame(0xc2, &[0xf2, 0x48]), 1007),
            (offer, frame(0xc1, &not_utf8), 1007),
            (offer, [frame(0x41, &[0]), frame(0xc0, &[0])].concat(), 1002),
            (offer, frame(0xc9, b""), 1002),
            (offer, frame(0xa1, b""), 1002),
            ("", frame(0xc1, &[0]), 1002),
        ];
        for (offer, bytes, code) in cases {
            let mut peer = Peer::connect(&server, "/squeeze", offer).await;
            peer.write(&bytes).await;
            assert_eq!(peer.closed().await, code, "{bytes:x?}");
        }
        // A binary message need not be UTF-8.
        let mut peer = Peer::connect(&server, "/squeeze", offer).await;
        peer.send(0xc2, &not_utf8).await;
        assert_eq!(peer.hear().await.payload, b"\xff\xfe");
    }

    async fn dropped_is_told_what_was_to_be_sent(driver: Driver) {
        for compression in [SHARED, dedicated(15)] {
            // 800 bytes of this noise compress to some 500.
            let server = limited(driver, compression, |s| s.backpressure_limit(1200)).await;
            let mut peer = Peer::connect(&server, "/squeeze", "permessage-deflate").await;
            peer.say(0x1, b"burst").await;
            // Under `actix_web::HttpServer` nothing is written before the handler returns.
            let taken = if matches!(driver, Driver::Body) { 2 } else { 4 };
            for number in 0..4 {
                let sent = if number < taken { "Sent(800)" } else { "Dropped(Full)" };
                let entry = server.log.next().await;
                let is_taken = entry == "Backpressure" && number < taken;
                assert!(entry == sent || is_taken, "{entry}");
            }
            if taken < 4 {
                // The limit leaves room to keep one dropped message for the handler.
                assert_eq!(server.log.next().await, "dropped 800");
            }
            for number in 0..taken {
                assert_eq!(peer.hear().await.text(), noise(number, 800));
            }
            // The history does not contain dropped messages.
            for number in [3, 2, 1] {
                let text = noise(number, 800);
                peer.say(0x1, format!("send {text}").as_bytes()).await;
                assert_eq!(peer.hear().await.text(), text);
            }
        }
    }

    async fn what_is_published_at_once_may_be_more_than_the_limit(driver: Driver) {
        for compression in [SHARED, dedicated(15)] {
            for offer in ["permessage-deflate", "permessage-deflate; server_max_window_bits=9", ""] {
                // The limit holds two compressed messages of some 500 bytes, or one plain message
                // of 800.
                let server = limited(driver, compression, |s| s.backpressure_limit(1200)).await;
                let mut peer = Peer::connect(&server, "/squeeze", offer).await;
                peer.say(0x1, b"publish-burst").await;
                for number in 0..4 {
                    let heard = peer.hear().await;
                    assert_eq!(heard.text(), noise(number, 800), "{offer}");
                    assert_eq!(heard.compressed, offer.ends_with("deflate"), "{offer}");
                }
                let heard = peer.hear().await;
                assert_eq!((heard.text(), heard.compressed), ("short", false));
                let text = noise(0, 700);
                peer.say(0x1, format!("send {text}").as_bytes()).await;
                assert_eq!(peer.hear().await.text(), text);
            }
        }
    }

    async fn what_is_replaced_while_it_waits_is_not_referred_to(driver: Driver) {
        for compression in [SHARED, dedicated(15)] {
            let server = limited(driver, compression, |s| s.backpressure_limit(3000)).await;
            let mut peer = Peer::connect(&server, "/squeeze", "permessage-deflate").await;
            peer.say(0x1, b"latest-burst").await;
            peer.say(0x1, b"send the end, which is long enough to be compressed: the end, the end").await;
            let mut heard = Vec::new();
            loop {
                let text = peer.hear().await.text().to_owned();
                if text.starts_with("the end") {
                    break;
                }
                heard.push(text);
            }
            assert_eq!(heard.iter().filter(|text| **text == noise(9, 100)).count(), 4);
            let latest = heard.iter().rev().find(|text| text.len() == 800);
            assert_eq!(latest, Some(&noise(3, 800)));
        }
    }

    async fn a_slow_subscriber_is_cut_off_if_the_publisher_says_so(driver: Driver) {
        let server = limited(driver, SHARED, |s| s.backpressure_limit(1000)).await;
        let mut slow = Peer::connect(&server, "/squeeze", "permessage-deflate").await;
        slow.say(0x1, format!("close-slow {}", "room ".repeat(20)).as_bytes()).await;
        assert!(slow.hear().await.compressed);
        let ws = server.server.sockets::<squeeze::Ws>().remove(0);
        assert!(!ws.send(vec![0; MORE_THAN_FITS]).is_dropped());
        // This answer shows that the worker has had a turn. In it, the write found no more room.
        let mut other = server.connect("/squeeze").await;
        assert_eq!(other.ask("plain hello").await, "hello");
        let message = Compressed(noise(2, 1500));
        server.server.publish_with("t", message, Policy::Close);
        let entry = server.log.next_but("dropped 1500").await;
        assert_eq!(entry, "close 1006 SlowConsumer");
    }

    async fn others_get_what_is_compressed_as_it_is(driver: Driver) {
        let server = squeezing(driver, 1, SHARED).await;
        let mut client = server.connect("/squeeze").await;
        let text = "z".repeat(10_000);
        assert_eq!(client.ask(format!("send {text}")).await, text);
        assert_eq!(client.ask(format!("publish {text}")).await, text);
        client.send_binary(vec![7; 10_000]).await;
        assert_eq!(client.next().await, Theirs::Binary(vec![7; 10_000].into()));
    }
}
