//! The echo returns every message, on either driver.

use std::io::{Read, Write};

use tokio_tungstenite::tungstenite::Message;

use crate::support::{client::Client, http, process::Example};

/// The default of `max_message_size`.
const LARGEST: usize = 16 << 20;

/// Values of `DRIVER`. The empty one means the default.
const DRIVERS: [&str; 3] = ["", "takeover", "body"];

#[tokio::test]
async fn each_message_comes_back_as_the_kind_that_it_was() {
    for driver in DRIVERS {
        let echo = Example::echo(driver);
        let mut client = Client::connect(echo.address, "/ws").await;
        for message in [
            Message::text("hello"),
            Message::text(""),
            Message::text("grüße, 世界"),
            Message::binary(vec![]),
            Message::binary(vec![0, 159, 146, 150]),
        ] {
            client.send(message.clone()).await;
            assert_eq!(client.next().await, message);
        }
    }
}

#[tokio::test]
async fn the_largest_message_comes_back_whole() {
    for driver in DRIVERS {
        let echo = Example::echo(driver);
        let mut client = Client::connect(echo.address, "/ws").await;
        let bytes: Vec<u8> = (0..LARGEST).map(|i| (i % 251) as u8).collect();
        for message in [Message::binary(bytes), Message::text("x".repeat(LARGEST))] {
            client.send(message.clone()).await;
            // `assert_eq` would print both large messages.
            assert!(client.next().await == message);
        }
    }
}

#[test]
fn a_larger_message_is_refused_before_it_is_sent() {
    for driver in DRIVERS {
        let echo = Example::echo(driver);
        let mut stream = http::upgrade(echo.address, "/ws");
        // The header of a masked binary frame, with its length in eight bytes.
        stream.write_all(&[0x82, 0x80 | 127]).unwrap();
        stream
            .write_all(&(LARGEST as u64 + 1).to_be_bytes())
            .unwrap();
        stream.write_all(&[1, 2, 3, 4]).unwrap();

        let mut close = [0; 4];
        stream.read_exact(&mut close).unwrap();
        assert_eq!(close[0], 0x88);
        assert_eq!(u16::from_be_bytes([close[2], close[3]]), 1009);
    }
}
