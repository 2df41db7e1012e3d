//! The fields of a call, and their texts.

use std::borrow::Cow;

use super::{Frame, assert_fault, assert_read, id_of, read, text, with_data};

#[test]
fn keys_and_texts_may_have_escapes() {
    assert_read(
        r#"{"t\u0079pe":"\u0073ay","d\u0061ta":{"r\u006fom":1,"text":"a\"\\\n\ud83d\ude00é"},"\u0069d":1}"#,
        r#"say 1 "a\"\\\n😀é" None Some(1)"#,
    );
    let long = "é, and so on without an end; ".repeat(20);
    for len in (0..40).chain([100, 300]) {
        let words: String = long.chars().take(len).collect();
        assert_read(
            &with_data(&format!(r#"{{"room":1,"text":"{words}"}}"#)),
            &format!("say 1 {words:?} None Some(9)"),
        );
        assert_read(
            &with_data(&format!(r#"{{"room":1,"text":"{words}\t{words}"}}"#)),
            &format!("say 1 {:?} None Some(9)", format!("{words}\t{words}")),
        );
        assert_fault(
            &with_data(&format!("{{\"room\":1,\"text\":\"{words}\n\"}}")),
            "`text`: control character (\\u0000-\\u001F) found while parsing a string",
            None,
        );
    }
}

#[test]
fn a_text_without_escapes_is_borrowed() {
    let frame = with_data(r#"{"text":"plain"}"#);
    let Ok(Frame::Call(_, mut arguments)) = Frame::read(&frame) else {
        panic!("{frame}");
    };
    let mut slot = None;
    let read = arguments.read(|name, reader| text(&mut slot, name_of(name), reader));
    assert!(read.is_ok());
    assert!(matches!(slot, Some(Cow::Borrowed("plain"))));
}

fn name_of(name: &str) -> &'static str {
    if name == "text" { "text" } else { "other" }
}

#[test]
fn fields_are_of_their_types_and_there_once() {
    for (data, fault) in [
        (r#"{"text":"hi"}"#, "`room` is missing"),
        (r#"{"room":7}"#, "`text` is missing"),
        ("{}", "`room` is missing"),
        ("null", "`room` is missing"),
        (
            r#"{"room":7,"text":"hi","room":7}"#,
            "`room` is given twice",
        ),
        (r#"{"text":"","text":"hi"}"#, "`text` is given twice"),
        (
            r#"{"room":null,"text":"hi"}"#,
            "`room`: invalid type: null, expected u32",
        ),
        (
            r#"{"room":"7","text":"hi"}"#,
            "`room`: invalid type: string \"7\", expected u32",
        ),
        (
            r#"{"room":-7,"text":"hi"}"#,
            "`room`: invalid value: integer `-7`, expected u32",
        ),
        (
            r#"{"room":7,"text":7}"#,
            "`text`: invalid type: integer `7`, expected a string",
        ),
        (
            r#"{"room":7,"text":null}"#,
            "`text`: invalid type: null, expected a string",
        ),
        (
            r#"{"room":7,"text":"","to":"x"}"#,
            "`to`: invalid type: string \"x\", expected u32",
        ),
        (r#"{"room":1e999,"text":""}"#, "`room`: number out of range"),
        (r#"{"room":7,"text":"","x":1e999}"#, "number out of range"),
        (
            r#"{"room":7,"text":"\ud800"}"#,
            "`text`: unexpected end of hex escape",
        ),
        (
            r#"{"room":7,"text":"\udc00"}"#,
            "`text`: lone leading surrogate in hex escape",
        ),
        (
            r#"{"room":7,"text":"\ud800\ud800"}"#,
            "`text`: lone leading surrogate in hex escape",
        ),
        (
            r#"{"room":7,"text":"","x":"\udc00"}"#,
            "lone leading surrogate in hex escape",
        ),
        ("5", "`data` is an object"),
        ("[]", "`data` is an object"),
        ("nothing", "`data` is an object"),
        ("\"room\"", "`data` is an object"),
    ] {
        let frame = with_data(data);
        let id = id_of(&frame);
        assert_eq!(id, (data != "nothing").then_some(9), "{data}");
        assert_fault(&frame, fault, id);
        let frame = format!(r#"{{"id":9,"data":{data},"type":"say"}}"#);
        let (text, behind) = read(&frame).unwrap_err();
        assert_eq!(behind, id, "{frame}");
        if id.is_some() {
            assert_eq!(text, fault, "{frame}");
        }
    }
    assert_fault(r#"{"type":"say"}"#, "`room` is missing", None);
    let data = r#""data":{"room":1,"text":""}"#;
    let twice = "`data` is given twice";
    assert_fault(
        &format!(r#"{{"type":"say",{data},{data},"id":1}}"#),
        twice,
        1,
    );
    assert_fault(
        &format!(r#"{{{data},"id":1,{data},"type":"say"}}"#),
        twice,
        1,
    );
    assert_fault(
        &format!(r#"{{{data},"type":"say","id":1,{data}}}"#),
        twice,
        1,
    );
    let digits = "1".repeat(100);
    let data = format!(r#"{{"room":{digits},"text":""}}"#);
    let (fault, id) = read(&with_data(&data)).unwrap_err();
    assert!(fault.starts_with("`room`: invalid "), "{fault}");
    assert_eq!(id, Some(9));
}
