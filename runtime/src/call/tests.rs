use std::{borrow::Cow, collections::HashMap, fmt::Debug};

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

/// A call of a function with these parameters: `say(room: u32, text: &str, to: Option<u32>)`.
type Said = (u32, String, Option<u32>);

fn say(arguments: &mut Arguments<'_>) -> Result<(Said, Id), Fault> {
    let (mut room, mut words, mut to) = (None::<u32>, None, None::<Option<u32>>);
    let id = arguments.read(|name, reader| match name {
        "room" => field::<u32>(&mut room, "room", reader),
        "text" => text(&mut words, "text", reader),
        "to" => field::<Option<u32>>(&mut to, "to", reader),
        _ => reader.skip(),
    })?;
    let room = given::<u32>(room, "room")?;
    let words = given_text(words, "text")?;
    let to = given::<Option<u32>>(to, "to")?;
    Ok(((room, words.into_owned(), to), id))
}

/// Reads a frame that calls `say`, or joins or leaves something.
fn read(frame: &str) -> Result<String, (String, Option<u64>)> {
    let read = || match Frame::read(frame)? {
        Frame::Call(name, mut arguments) if name == "say" => {
            let ((room, text, to), Id(id)) = say(&mut arguments)?;
            Ok(format!("say {room} {text:?} {to:?} {id:?}"))
        }
        Frame::Call(name, _) => Err(Fault::unknown(&name)),
        Frame::Join(name, mut rest) => Ok(format!("join {name:?} {:?}", rest.finish()?.0)),
        Frame::Leave(name, mut rest) => Ok(format!("leave {name:?} {:?}", rest.finish()?.0)),
    };
    read().map_err(|fault: Fault| (fault.into_text().into_owned(), id_of(frame)))
}

#[track_caller]
fn assert_read(frame: &str, expected: &str) {
    assert_eq!(read(frame).as_deref(), Ok(expected), "{frame}");
}

#[track_caller]
fn assert_fault(frame: &str, text: &str, id: impl Into<Option<u64>>) {
    assert_eq!(read(frame), Err((text.to_owned(), id.into())), "{frame}");
}

/// A call of `say` with this `data`.
fn with_data(data: &str) -> String {
    format!(r#"{{"type":"say","data":{data},"id":9}}"#)
}

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

/// Reads the only parameter of a function.
fn read_field<T: Parameter + Debug>(value: &str) -> Result<T, String> {
    let frame = format!(r#"{{"type":"f","data":{{"x":{value}}}}}"#);
    let read = || {
        let Frame::Call(_, mut arguments) = Frame::read(&frame)? else {
            panic!("{frame}");
        };
        let mut slot = None;
        arguments.read(|_, reader| field::<T>(&mut slot, "x", reader))?;
        given(slot, "x")
    };
    read().map_err(|fault: Fault| fault.into_text().into_owned())
}

fn nested(depth: usize) -> String {
    "[".repeat(depth) + &"]".repeat(depth)
}

#[test]
fn nesting_has_a_limit_in_values_that_are_kept_and_in_those_that_are_skipped() {
    let limit = "recursion limit exceeded";
    for (depth, fits) in [(1, true), (127, true), (128, false), (10_000, false)] {
        let value = nested(depth);
        let kept = read_field::<serde_json::Value>(&value).err();
        assert_eq!(
            kept.as_deref(),
            (!fits).then_some("`x`: recursion limit exceeded")
        );
        let call = with_data(&format!(r#"{{"room":1,"text":"","deep":{value}}}"#));
        let beside = format!(r#"{{"join":"a","deep":{value},"id":9}}"#);
        for frame in [call, beside] {
            match fits {
                true => assert!(read(&frame).is_ok(), "{depth}"),
                false => assert_fault(&frame, limit, 9),
            }
        }
        let objects = "{\"a\":".repeat(depth) + "1" + &"}".repeat(depth);
        assert_eq!(read_field::<serde_json::Value>(&objects).is_ok(), fits);
    }
}

#[test]
fn every_type_that_serde_reads_can_be_a_parameter() {
    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(tag = "type", rename_all = "snake_case")]
    enum Shape {
        Circle { radius: f64 },
        Nothing,
    }
    #[derive(Debug, Default, Deserialize, PartialEq)]
    struct Unit;
    assert_eq!(read_field("true"), Ok(true));
    assert_eq!(read_field("-1.5e3"), Ok(-1500.0));
    assert_eq!(read_field("-7"), Ok(-7_i64));
    assert_eq!(read_field("18446744073709551615"), Ok(u64::MAX));
    assert_eq!(read_field("\"x\""), Ok('x'));
    assert_eq!(read_field("\"a\\nb\""), Ok("a\nb".to_owned()));
    assert_eq!(read_field("null"), Ok(()));
    assert_eq!(read_field("null"), Ok(Unit));
    assert_eq!(read_field("null"), Ok(None::<u32>));
    assert_eq!(read_field(" [ 1 , 2 ] "), Ok(vec![1, 2]));
    assert_eq!(
        read_field("{\"a\":1}"),
        Ok(HashMap::from([("a".to_owned(), 1)]))
    );
    assert_eq!(
        read_field(r#"{"radius":2,"type":"circle"}"#),
        Ok(Shape::Circle { radius: 2.0 })
    );
    assert_eq!(read_field(r#"{"type":"nothing"}"#), Ok(Shape::Nothing));
    assert_eq!(
        read_field::<Shape>(r#"{"type":"square"}"#),
        Err("`x`: unknown variant `square`, expected `circle` or `nothing`".to_owned())
    );
    for value in ["tru", "truex", "1x", "1 2", "-", "\"", "[1", "{\"a\"}", ""] {
        assert!(read_field::<serde_json::Value>(value).is_err(), "{value}");
    }
}

#[test]
fn a_fault_quotes_little() {
    let long = "x".repeat(10_000);
    let quoted = |len| "x".repeat(len);
    assert_fault(
        &format!(r#"{{"type":"{long}","id":1}}"#),
        &format!("nothing is called `{}…`", quoted(64)),
        1,
    );
    assert_fault(
        &with_data(&format!(r#"{{"room":"{long}","text":""}}"#)),
        &format!(
            "`room`: invalid type: string \"{}…, expected u32",
            quoted(42)
        ),
        9,
    );
    // The words of the client cannot pass for those of the server.
    let mimic = format!(r#"{{"room":", expected {long}","text":""}}"#);
    let (fault, _) = read(&with_data(&mimic)).unwrap_err();
    assert!(fault.ends_with("…, expected u32"), "{fault}");
    assert!(fault.len() < 100, "{fault}");

    #[derive(Debug)]
    struct Custom;
    impl<'de> Deserialize<'de> for Custom {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = String::deserialize(deserializer)?;
            Err(serde::de::Error::custom(format!("bad: {text}")))
        }
    }
    for text in ["é".repeat(500), format!(", expected {long}")] {
        let fault = read_field::<Custom>(&format!("\"{text}\"")).unwrap_err();
        assert!(fault.starts_with("`x`: bad: "), "{fault}");
        assert!(fault.len() < 80, "{fault}");
    }
}

proptest! {
    /// Made of pieces that are often nearly a frame.
    #[test]
    fn what_is_read_is_json_with_the_same_meaning(
        pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..16),
        wrapped in any::<bool>(),
    ) {
        let pieces = pieces.concat();
        let frame = if wrapped { format!("{{{pieces}}}") } else { pieces };
        let value = serde_json::from_str::<serde_json::Value>(&frame);
        if let Ok(text) = read(&frame) {
            let value = value.unwrap();
            let id = value.get("id").and_then(serde_json::Value::as_u64);
            prop_assert!(text.ends_with(&format!("{id:?}")), "{frame}: {text}");
        } else if let Some(id) = id_of(&frame) {
            let value = value.unwrap();
            prop_assert_eq!(value.get("id").and_then(serde_json::Value::as_u64), Some(id));
        }
    }
}

const PIECES: [&str; 26] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    " ",
    "null",
    "1",
    "-",
    "1.5",
    "\"",
    "\\",
    "\"x\"",
    "\"id\":7",
    "\"id\"",
    "\"type\":\"say\"",
    "\"type\"",
    "\"data\":{\"room\":1,\"text\":\"\"}",
    "\"data\":{",
    "\"room\":1",
    "\"text\":\"hi\"",
    "\"join\":\"a\"",
    "\"leave\":\"b\"",
    ",",
    ",",
];

mod answers {
    use super::*;
    use crate::error::BoxError;

    #[derive(serde::Serialize)]
    struct Refused;
    impl crate::wire::Wire for Refused {
        type Static = Self;
    }
    impl crate::wire::WireAs<Refused> for Refused {}

    type Hidden = Result<u32, Refused>;

    /// What the generated code does with a returned value.
    macro_rules! json {
        ($returned:expr) => {{
            let value = $returned;
            let mut json = Vec::new();
            let kind = &returned(&value);
            match kind.answer(value) {
                Answer::Ok(value) => value.write(&mut json, 1, "ok").unwrap(),
                Answer::Refused(refusal) => refusal.write(&mut json, 1, "error").unwrap(),
                Answer::Failed(error) => json.extend(error.to_string().into_bytes()),
            }
            String::from_utf8(json).unwrap()
        }};
    }

    #[test]
    fn the_type_of_a_returned_value_decides() {
        fn opaque() -> impl serde::Serialize {
            [1, 2]
        }
        assert_eq!(json!(()), r#"{"id":1,"ok":null}"#);
        assert_eq!(json!(7_u32), r#"{"id":1,"ok":7}"#);
        assert_eq!(json!(opaque()), r#"{"id":1,"ok":[1,2]}"#);
        assert_eq!(json!(None::<u32>), r#"{"id":1,"ok":null}"#);
        assert_eq!(json!(Hidden::Ok(7)), r#"{"id":1,"ok":7}"#);
        assert_eq!(json!(Hidden::Err(Refused)), r#"{"id":1,"error":null}"#);
        assert_eq!(json!(Ok::<_, BoxError>("x")), r#"{"id":1,"ok":"x"}"#);
        assert_eq!(json!(Err::<u32, BoxError>("secret".into())), "secret");
        // A text is an error, and no refusal: it could tell the client too much.
        assert_eq!(json!(Err::<(), String>("secret".into())), "secret");
        assert_eq!(json!("x".parse::<u32>()), "invalid digit found in string");
    }

    #[test]
    fn ids_are_written_as_they_were_read() {
        for id in [0, 9, 10, 99, 100, (1 << 53) - 1, u64::MAX] {
            let mut json = Vec::new();
            write(&mut json, id, "ok", &()).unwrap();
            assert_eq!(json, format!(r#"{{"id":{id},"ok":null}}"#).into_bytes());
        }
    }
}
