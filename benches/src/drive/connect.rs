//! Opens the connections of a workload, and checks the first message of each byte for byte.

use std::io;

use super::payload;
use crate::client::{Connection, Kind, Member, Service, Swarm, Target};

/// Connections that send messages of `size` bytes. Each has already received an answer.
pub(super) fn echo(
    target: Target<'_>,
    connections: usize,
    in_flight: usize,
    size: usize,
) -> io::Result<Swarm> {
    let payload = text(target, size);
    let frame = target.to_server(Kind::Binary, &payload)?;

    let mut swarm = Swarm::new()?;
    for index in 0..connections {
        let mut connection = target.open(index, Service::Echo)?;
        connection.send(&frame)?;
        let length = target.expect(&mut connection, Kind::Binary, &payload)?;
        let counter = target.counter(&connection, Kind::Binary, length..=length);
        swarm.add(Member::new(connection, counter, &frame, in_flight)?)?;
    }
    Ok(swarm)
}

/// Members who have all joined. Each has sent a message, and has received all messages since it
/// joined.
pub(super) fn chat(
    target: Target<'_>,
    members: usize,
    messages: usize,
    size: usize,
) -> io::Result<Swarm> {
    let said = text(target, size);
    let frame = target.to_server(Kind::Text, &said)?;
    // Names of one length make messages of one length. Compressed messages may differ by a few
    // bytes.
    let heard = |member: usize| [format!("m{member:03}: ").as_bytes(), &said].concat();
    let (mut shortest, mut longest) = (usize::MAX, 0);

    let mut connections: Vec<Connection> = Vec::with_capacity(members);
    for index in 0..members {
        let name = format!("m{index:03}");
        let mut connection = target.open(index, Service::Chat(&name))?;
        connection.send(&frame)?;
        let length = target.expect(&mut connection, Kind::Text, &heard(index))?;
        shortest = shortest.min(length);
        longest = longest.max(length);
        connections.push(connection);
    }

    let mut swarm = Swarm::new()?;
    for (index, mut connection) in connections.into_iter().enumerate() {
        for other in index + 1..members {
            target.expect(&mut connection, Kind::Text, &heard(other))?;
        }
        let counter = target.counter(&connection, Kind::Text, shortest..=longest);
        swarm.add(Member::new(connection, counter, &frame, messages)?)?;
    }
    Ok(swarm)
}

/// Subscribers, and the publisher as the last member. Every subscriber has received a message from
/// it.
pub(super) fn fan_out(
    target: Target<'_>,
    subscribers: usize,
    messages: usize,
    size: usize,
) -> io::Result<Swarm> {
    let payload = text(target, size);
    let frame = target.to_server(Kind::Text, &payload)?;

    let mut connections = Vec::with_capacity(subscribers);
    for index in 0..subscribers {
        connections.push(target.open(index, Service::Feed)?);
    }
    let mut publisher = target.open(subscribers, Service::Publish)?;
    publisher.send(&frame)?;

    let mut swarm = Swarm::new()?;
    for mut connection in connections {
        let length = target.expect(&mut connection, Kind::Text, &payload)?;
        let counter = target.counter(&connection, Kind::Text, length..=length);
        swarm.add(Member::new(connection, counter, &[], 0)?)?;
    }
    // The publisher receives nothing.
    let counter = target.counter(&publisher, Kind::Text, size..=size);
    swarm.add(Member::new(publisher, counter, &frame, messages)?)?;
    Ok(swarm)
}

fn text(target: Target<'_>, size: usize) -> Vec<u8> {
    match target.compresses {
        true => payload::json(size),
        false => payload::letters(size),
    }
}
