//! What is around the data of a call.

use super::{assert_fault, assert_read};

#[test]
fn members_come_in_any_order() {
    let data = r#""data":{"room":7,"text":"hi"}"#;
    let members = [r#""type":"say""#, data, r#""id":1"#, r#""later":[{}]"#];
    let expected = r#"say 7 "hi" None Some(1)"#;
    for first in 0..4 {
        for second in 0..4 {
            for third in 0..4 {
                let last = 6_usize.wrapping_sub(first + second + third);
                let order = [first, second, third, last];
                if (0..4).all(|place| order.contains(&place)) {
                    let frame = order.map(|place| members[place]).join(",");
                    assert_read(&format!("{{{frame}}}"), expected);
                    let spaced = frame.replace(',', " ,\r\n\t").replace(':', " : ");
                    assert_read(&format!(" {{\n{spaced} }}\n"), expected);
                }
            }
        }
    }
    assert_read(
        r#"{"type":"say","data":{"to":3,"text":"","room":0}}"#,
        r#"say 0 "" Some(3) None"#,
    );
    assert_read(
        r#"{"type":"say","data":{"to":null,"text":"","room":0,"id":"x"},"id":null}"#,
        r#"say 0 "" None None"#,
    );
}

#[test]
fn topics_are_joined_and_left() {
    assert_read(r#"{"join":"room/7","id":2}"#, r#"join "room/7" Some(2)"#);
    assert_read(r#"{"id":3,"leave":"a\u002fb"}"#, r#"leave "a/b" Some(3)"#);
    assert_read(r#"{"join":"","data":{"since":4}}"#, r#"join "" None"#);
}

#[test]
fn texts_that_are_no_object_have_no_id() {
    for (frame, fault) in [
        ("", "a message is a JSON object"),
        (" ", "a message is a JSON object"),
        ("\u{feff}{}", "a message is a JSON object"),
        ("[1]", "a message is a JSON object"),
        ("null", "a message is a JSON object"),
        ("hello", "a message is a JSON object"),
        ("{", "the message is not JSON"),
        ("{type:1}", "the message is not JSON"),
        (r#"{"id":1"#, "the message is not JSON"),
        (r#"{"id":1,}"#, "the message is not JSON"),
        (r#"{"id":1;"type":"say"}"#, "the message is not JSON"),
        (r#"{"id" 1}"#, "the message is not JSON"),
        (r#"{"join":"a","id":1}{}"#, "the message is not JSON"),
        (r#"{"join":"a","id":1} x"#, "the message is not JSON"),
        (r#"{"join":"a","id":1"#, "the message is not JSON"),
        (
            r#"{"join":"a","id":nul}"#,
            "`id` is an integer from 0 to 9007199254740991",
        ),
        (r#"{"join":"a"#, "EOF while parsing a string"),
        (r#"{"join":"\x"}"#, "invalid escape"),
    ] {
        assert_fault(frame, fault, None);
    }
}

#[test]
fn a_frame_says_once_what_it_is() {
    let none = "a message has a `type`, a `join` or a `leave`";
    let one = "a message has one of `type`, `join` and `leave`, once";
    assert_fault("{}", none, None);
    assert_fault(r#"{"id":4}"#, none, 4);
    assert_fault(r#"{"data":{"room":1},"id":4}"#, none, 4);
    for frame in [
        r#"{"type":"say","type":"say","id":4}"#,
        r#"{"id":4,"type":"say","join":"room/7"}"#,
        r#"{"join":"room/7","id":4,"leave":"room/7"}"#,
        r#"{"leave":"room/7","type":"say","id":4}"#,
    ] {
        assert_fault(frame, one, 4);
    }
    for kind in ["type", "join", "leave"] {
        for name in ["1", "null", "[]", "{}"] {
            assert_fault(
                &format!(r#"{{"{kind}":{name},"id":4}}"#),
                "`type`, `join` and `leave` are strings",
                4,
            );
        }
    }
    assert_fault(
        r#"{"type":"shout","data":{"room":1},"id":4}"#,
        "nothing is called `shout`",
        4,
    );
}

#[test]
fn an_id_is_an_integer_that_every_parser_reads() {
    let most = (1_u64 << 53) - 1;
    for id in [0, 1, 10, most] {
        let expected = format!("join \"a\" Some({id})");
        assert_read(&format!(r#"{{"join":"a","id":{id}}}"#), &expected);
        assert_read(&format!(r#"{{"id":{id},"join":"a"}}"#), &expected);
    }
    assert_read(r#"{"join":"a","id":null}"#, "join \"a\" None");
    let huge = "9".repeat(100);
    for id in [
        "-1",
        "-0",
        "1.0",
        "1e3",
        "1E3",
        "01",
        "00",
        "\"1\"",
        "true",
        "[1]",
        "{}",
        "9007199254740992",
        "18446744073709551616",
        "1e999",
        &huge,
    ] {
        for frame in [
            format!(r#"{{"join":"a","id":{id}}}"#),
            format!(r#"{{"id":{id},"type":"say"}}"#),
        ] {
            let text = "`id` is an integer from 0 to 9007199254740991";
            assert_fault(&frame, text, None);
        }
    }
    assert_fault(r#"{"join":"a","id":1,"id":1}"#, "`id` is given twice", None);
    assert_fault(
        r#"{"id":1,"id":null,"join":"a"}"#,
        "`id` is given twice",
        None,
    );
}
