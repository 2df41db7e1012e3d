use super::*;
use crate::cluster::subject::{Carries, Style, Subject, Subjects};

/// Names of 1 byte to 64 KiB, with all kinds of characters.
fn names() -> Vec<String> {
    let mut names: Vec<String> = (0..=0x24f_u32)
        .filter_map(char::from_u32)
        .map(String::from)
        .collect();
    names.extend(
        [
            "",
            " ",
            "*",
            ">",
            "a.b",
            "a..b",
            ".",
            "a b\r\nPUB x 0\r\n",
            "größe/猫/🦀",
            "$SYS.>",
        ]
        .map(String::from),
    );
    // The longest names that are a token, and the shortest that are a hash.
    names.extend((510..515).map(|len| "a".repeat(len)));
    names.extend((169..173).map(|len| "/".repeat(len)));
    names.extend(["a", "/", "猫"].map(|it| it.repeat((64 << 10) / it.len())));
    names
}

#[actix_web::test]
async fn a_topic_of_any_name_has_a_subject_of_its_own() {
    if is_missing("nats-server") {
        return;
    }
    // Pedantic servers, and subjects that are near the limit of a line.
    let server = server("");
    let (mut here, mut there) = (session(&server, "").await, session(&server, "").await);
    let subjects = Subjects::new(Style::Nats, &"p".repeat(64)).unwrap();
    let names = names();
    let written: Vec<Box<str>> = names
        .iter()
        .map(|name| subjects.text(Subject::Topic(name)))
        .collect();
    assert!(
        names
            .iter()
            .any(|name| subjects.carries(name) == Carries::Hash)
    );
    let own = [
        subjects.text(Subject::Control),
        subjects.text(Subject::Node(u32::MAX)),
    ];
    let all: Vec<&str> = written.iter().chain(&own).map(|it| &**it).collect();
    there.subscribe(&all).await.unwrap();
    for subject in all {
        here.publish(subject, subject.as_bytes()).await.unwrap();
        // Each subject is heard once, and under its own name.
        let message = there.message().await;
        assert_eq!(
            (&*message.subject, &*message.payload),
            (subject.as_bytes(), subject.as_bytes())
        );
    }
}
