//! Reading frames, and encoding answers.

mod answers;
mod fields;
mod frames;
mod meaning;
mod values;

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
