//! The means of the tests: brokers that end and come back, and wires that do what they are told.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

use crate::support::{
    cluster::{
        broker::{Broker, Kind},
        until,
        wire::{Mode, Wire},
        with_each,
    },
    process::PATIENCE,
};

with_each! {
    a_broker_comes_back_on_its_address
}

async fn a_broker_comes_back_on_its_address(kind: Kind) {
    let mut broker = Broker::start(kind);
    for _ in 0..2 {
        let before = broker.subscriptions();
        let mut listener = broker.listen("somewhere");
        until("the subscription counts", async || {
            broker.subscriptions() == before + 1
        })
        .await;
        // Those that have found out that it listens are gone.
        until("one client is there", async || broker.clients() == 1).await;
        broker.publish("somewhere", b"\0\r\n\xff");
        assert_eq!(listener.next(), b"\0\r\n\xff");
        broker.freeze();
        broker.thaw();
        broker.publish("somewhere", b"");
        assert_eq!(listener.next(), b"");
        broker.restart();
    }
    broker.kill();
    assert!(TcpStream::connect(broker.address).is_err());
}

/// A wire and its two ends.
fn laid() -> (Wire, TcpStream, TcpStream, TcpListener) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let wire = Wire::to(listener.local_addr().unwrap());
    let node = TcpStream::connect(wire.address).unwrap();
    let (broker, _) = listener.accept().unwrap();
    for end in [&node, &broker] {
        end.set_read_timeout(Some(PATIENCE)).unwrap();
    }
    (wire, node, broker, listener)
}

fn passes(from: &mut TcpStream, to: &mut TcpStream, text: &[u8]) {
    from.write_all(text).unwrap();
    let mut read = vec![0; text.len()];
    to.read_exact(&mut read).unwrap();
    assert_eq!(read, text);
}

/// Nothing has arrived, and nothing will soon.
fn is_silent(stream: &mut TcpStream) -> bool {
    stream
        .set_read_timeout(Some(Duration::from_millis(50)))
        .unwrap();
    let read = stream.read(&mut [0; 1]);
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    matches!(read, Err(error) if error.kind() == ErrorKind::WouldBlock)
}

#[test]
fn a_wire_passes_bytes_and_ends_until_it_is_told_otherwise() {
    let (wire, mut node, mut broker, _listener) = laid();
    passes(&mut node, &mut broker, b"up");
    passes(&mut broker, &mut node, b"down");

    wire.set(Mode::Stall);
    node.write_all(b"late").unwrap();
    assert!(is_silent(&mut broker));
    wire.set(Mode::StallDown);
    let mut read = [0; 4];
    broker.read_exact(&mut read).unwrap();
    assert_eq!(&read, b"late");
    broker.write_all(b"later").unwrap();
    assert!(is_silent(&mut node));
    wire.set(Mode::Delay(Duration::from_millis(1)));
    let mut read = [0; 5];
    node.read_exact(&mut read).unwrap();
    assert_eq!(&read, b"later");
    passes(&mut node, &mut broker, b"in order");

    drop(node);
    assert_eq!(broker.read(&mut [0; 1]).unwrap(), 0);
    assert_eq!(wire.accepted(), 1);
}

#[test]
fn a_wire_that_swallows_leaves_both_ends_alone_until_it_is_mended() {
    let (wire, mut node, mut broker, listener) = laid();
    wire.set(Mode::Swallow);
    node.write_all(b"gone").unwrap();
    assert!(is_silent(&mut broker));
    let mut another = TcpStream::connect(wire.address).unwrap();
    another.set_read_timeout(Some(PATIENCE)).unwrap();
    another.write_all(b"hello?").unwrap();
    assert!(is_silent(&mut another));

    wire.set(Mode::Pass);
    for end in [&mut node, &mut broker, &mut another] {
        let error = end.read(&mut [0; 1]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    }
    let mut node = TcpStream::connect(wire.address).unwrap();
    let (mut broker, _) = listener.accept().unwrap();
    passes(&mut node, &mut broker, b"back");

    wire.reset();
    let error = broker.read(&mut [0; 1]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn a_wire_is_as_slow_and_as_short_as_it_is_told() {
    let (wire, mut node, mut broker, listener) = laid();
    wire.set(Mode::Limit(40_000));
    let begun = Instant::now();
    let sent = vec![7; 12_000];
    let sending = thread::spawn(move || {
        node.write_all(&sent).unwrap();
        node
    });
    broker.read_exact(&mut vec![0; 12_000]).unwrap();
    // Six portions, with at least five rests between them.
    assert!(begun.elapsed() >= Duration::from_millis(250));
    drop(sending.join().unwrap());

    wire.set(Mode::Truncate(3));
    let mut node = TcpStream::connect(wire.address).unwrap();
    let (mut broker, _) = listener.accept().unwrap();
    broker.write_all(b"cut off").unwrap();
    let mut read = Vec::new();
    node.read_to_end(&mut read).unwrap();
    assert_eq!(read, b"cut");

    wire.set(Mode::Refuse);
    let mut node = TcpStream::connect(wire.address).unwrap();
    assert!(node.read(&mut [0; 1]).is_err());
}
