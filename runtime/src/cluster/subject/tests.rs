use proptest::prelude::*;

use super::*;

fn redis() -> Subjects {
    Subjects::new(Style::Redis, "shop").unwrap()
}

fn nats() -> Subjects {
    Subjects::new(Style::Nats, "shop").unwrap()
}

#[test]
fn subjects_are_written_as_the_table_says() {
    for (subject, redis_text, nats_text) in [
        (Subject::Control, "shop:c", "shop.c"),
        (Subject::Node(0xab), "shop:n:000000ab", "shop.n.000000ab"),
        (
            Subject::Topic("lobby_1-A"),
            "shop:t:lobby_1-A",
            "shop.t.lobby_1-A",
        ),
        (Subject::Topic("room/7"), "shop:t:room/7", "shop.t.room=2F7"),
        (
            Subject::Topic("a.b *>"),
            "shop:t:a.b *>",
            "shop.t.a=2Eb=20=2A=3E",
        ),
        (Subject::Topic("ä="), "shop:t:ä=", "shop.t.=C3=A4=3D"),
        (Subject::Topic(""), "shop:t:", "shop.t.="),
        (Subject::Topic("a:t:b"), "shop:t:a:t:b", "shop.t.a=3At=3Ab"),
    ] {
        assert_eq!(&*redis().text(subject), redis_text);
        assert_eq!(&*nats().text(subject), nats_text);
    }
}

#[test]
fn a_long_name_becomes_a_hash_at_nats_only() {
    for (name, carries) in [
        ("x".repeat(512), Carries::Name),
        ("x".repeat(513), Carries::Hash),
        ("/".repeat(170) + "xx", Carries::Name),
        ("/".repeat(170) + "xxx", Carries::Hash),
        ("ä".repeat(32 * 1024), Carries::Hash),
    ] {
        let mut text = String::new();
        assert_eq!(nats().write(Subject::Topic(&name), &mut text), carries);
        assert!(text.len() <= "shop.t.".len() + 512);
        assert_eq!(redis().carries(&name), Carries::Name);
    }
    // SHA-1 of 600 times `a`, from another program.
    let name = "a".repeat(600);
    let text = nats().text(Subject::Topic(&name));
    assert_eq!(&*text, "shop.h.201b1862ded23937082498eacf684801");
    assert_eq!(nats().parse(text.as_bytes()), Some(Heard::Hashed));
    assert!(nats().is_hash_of(text.as_bytes(), &name));
    assert!(!nats().is_hash_of(text.as_bytes(), &"a".repeat(601)));
    assert!(!nats().is_hash_of(b"shop.t.a", "a"));
}

#[test]
fn a_prefix_is_a_token() {
    for prefix in ["", "a.b", "a:b", "ä", "a b", "a*", "=", &"x".repeat(65)] {
        assert!(Subjects::new(Style::Nats, prefix).is_err(), "{prefix}");
        assert!(Subjects::new(Style::Redis, prefix).is_err(), "{prefix}");
    }
    for prefix in ["a", "Shop_2-x", &"x".repeat(64)] {
        assert!(Subjects::new(Style::Nats, prefix).is_ok(), "{prefix}");
    }
    assert!(InvalidPrefix.to_string().starts_with("the prefix"));
}

#[test]
fn foreign_subjects_are_not_read() {
    for text in [
        "",
        "shop",
        "shop:",
        "shop:d",
        "shop:cc",
        "shop:c:",
        "shopt:t:a",
        "sho:t:a",
        "shop.t.a",
        "shop:h:a",
        "shop:n:",
        "shop:n:1",
        "shop:n:000000AB",
        "shop:n:0000000ab",
        "shop:n:+00000ab",
    ] {
        assert_eq!(redis().parse(text.as_bytes()), None, "{text}");
    }
    assert_eq!(redis().parse(b"shop:t:\xff"), None);
    let long = format!("shop.t.{}", "x".repeat(513));
    for text in [
        "shop.t.",
        "shop.t",
        "shop.t.a.b",
        "shop.t.a b",
        "shop.t.==",
        "shop.t.=2",
        "shop.t.=2f",
        "shop.t.=61",
        "shop.t.=5F",
        "shop.t.=FF",
        "shop.t.a=",
        "shop.h.",
        "shop.h.00",
        "shop.h.201B1862DED23937082498EACF684801",
        "shop.c.",
        &long,
    ] {
        assert_eq!(nats().parse(text.as_bytes()), None, "{text}");
    }
}

/// Names with many special characters, and long ones.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,40}",
        "[a-z:./=*>\\r\\n\\x00 -]{0,40}",
        ("[a-zä/]{1,9}", 1..400_usize).prop_map(|(part, count)| part.repeat(count)),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read(name in name(), tag in any::<u32>()) {
        for subjects in [redis(), nats()] {
            let text = subjects.text(Subject::Node(tag));
            prop_assert_eq!(subjects.parse(text.as_bytes()), Some(Heard::Node(tag)));
            let mut text = String::new();
            let carries = subjects.write(Subject::Topic(&name), &mut text);
            prop_assert_eq!(carries, subjects.carries(&name));
            let heard = match carries {
                Carries::Name => Heard::Topic(name.as_str().into()),
                Carries::Hash => Heard::Hashed,
            };
            prop_assert_eq!(subjects.parse(text.as_bytes()), Some(heard));
            prop_assert_eq!(subjects.is_hash_of(text.as_bytes(), &name), carries == Carries::Hash);
        }
    }

    #[test]
    fn a_subject_of_nats_is_three_tokens(name in name()) {
        let text = nats().text(Subject::Topic(&name));
        let is_token = |token: &str| {
            !token.is_empty() && token.bytes().all(|byte| token::is_plain(byte) || byte == b'=')
        };
        prop_assert_eq!(text.split('.').count(), 3);
        prop_assert!(text.split('.').all(is_token));
    }

    #[test]
    fn each_subject_is_written_in_one_way(
        text in "shop[.:][tnch][.:][a-z0-9A-F=]{0,40}",
    ) {
        for subjects in [redis(), nats()] {
            let written = match subjects.parse(text.as_bytes()) {
                Some(Heard::Topic(name)) => subjects.text(Subject::Topic(&name)),
                Some(Heard::Node(tag)) => subjects.text(Subject::Node(tag)),
                Some(Heard::Control) => subjects.text(Subject::Control),
                Some(Heard::Hashed) | None => continue,
            };
            prop_assert_eq!(&*written, &*text);
        }
    }
}
