//! Brings the connections of a workload up, and checks the first message of each byte for byte.

use std::io;

use crate::client::{Connection, Kind, Member, Service, Swarm, Target};

/// Connections that were answered, each of which sends messages of `size` bytes.
pub(super) fn echo(
    target: Target<'_>,
    connections: usize,
    in_flight: usize,
    size: usize,
) -> io::Result<Swarm> {
    let payload = text(size);
    let frame = target.to_server(Kind::Binary, &payload);
    let answer = target.to_client(Kind::Binary, &payload);

    let mut swarm = Swarm::new()?;
    for index in 0..connections {
        let mut connection = target.open(index, Service::Echo)?;
        connection.send(&frame)?;
        connection.expect(&answer)?;
        let counter = target.counter(Kind::Binary, &payload);
        swarm.add(Member::new(connection, counter, &frame, in_flight)?)?;
    }
    Ok(swarm)
}

/// Members who have all joined. Each has said something, and has received everything that was said
/// since it came.
pub(super) fn chat(
    target: Target<'_>,
    members: usize,
    messages: usize,
    size: usize,
) -> io::Result<Swarm> {
    let said = text(size);
    let frame = target.to_server(Kind::Text, &said);
    let heard = |name: &str| [name.as_bytes(), b": ", &said].concat();

    let mut connections: Vec<Connection> = Vec::with_capacity(members);
    let mut answers = Vec::with_capacity(members);
    for index in 0..members {
        // Names of one length make messages of one length.
        let name = format!("m{index:03}");
        let mut connection = target.open(index, Service::Chat(&name))?;
        let answer = target.to_client(Kind::Text, &heard(&name));
        connection.send(&frame)?;
        connection.expect(&answer)?;
        connections.push(connection);
        answers.push(answer);
    }

    let mut swarm = Swarm::new()?;
    for (index, mut connection) in connections.into_iter().enumerate() {
        for answer in &answers[index + 1..] {
            connection.expect(answer)?;
        }
        let counter = target.counter(Kind::Text, &heard("m000"));
        swarm.add(Member::new(connection, counter, &frame, messages)?)?;
    }
    Ok(swarm)
}

/// The publisher, which is the last member, and subscribers, which have all received a message of
/// it.
pub(super) fn fan_out(
    target: Target<'_>,
    subscribers: usize,
    messages: usize,
    size: usize,
) -> io::Result<Swarm> {
    let payload = text(size);
    let frame = target.to_server(Kind::Text, &payload);
    let answer = target.to_client(Kind::Text, &payload);

    let mut connections = Vec::with_capacity(subscribers);
    for index in 0..subscribers {
        connections.push(target.open(index, Service::Feed)?);
    }
    let mut publisher = target.open(subscribers, Service::Publish)?;
    publisher.send(&frame)?;

    let mut swarm = Swarm::new()?;
    let counter = || target.counter(Kind::Text, &payload);
    for mut connection in connections {
        connection.expect(&answer)?;
        swarm.add(Member::new(connection, counter(), &[], 0)?)?;
    }
    swarm.add(Member::new(publisher, counter(), &frame, messages)?)?;
    Ok(swarm)
}

/// A payload that is text, and whose bytes differ, so that one in the wrong place is noticed.
fn text(size: usize) -> Vec<u8> {
    (b'a'..=b'z').cycle().take(size).collect()
}
