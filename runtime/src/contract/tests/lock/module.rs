//! Functions, topics, events and close codes of a module.

use schemars::JsonSchema;

use super::{NONE, Room, breaks, module, said};
use crate::{
    CloseCode, Closes,
    contract::generated::{Builder, DescribeTopic, Describing, Joining},
};

#[test]
fn the_path_may_not_change_but_for_the_names_in_it() {
    let at = |path| Builder::new("chat", path, "").finish();
    assert_eq!(
        breaks(&at("/a/{id}/{x:\\d+}"), &at("/a/{room}/{n:\\d+}")),
        NONE
    );
    assert_eq!(
        breaks(&at("/a"), &at("/b")),
        ["`path` was `/a` and is `/b`"]
    );
    assert_eq!(
        breaks(&at("/{x:\\d+}"), &at("/{x:\\w+}")),
        ["`path` was `/{x:\\d+}` and is `/{x:\\w+}`"]
    );
}

#[test]
fn the_protocol_may_not_change() {
    let new = module().finish();
    let mut old = new.clone();
    old.parts.protocol = "levante.v0+json".into();
    assert_eq!(
        breaks(&old, &new),
        ["`protocol` was `levante.v0+json` and is `levante.v1+json`"]
    );
}

#[test]
fn names_of_the_module_and_docs_may_change() {
    let old = Builder::new("a", "/chat", "before")
        .call("say", "before", |_| {})
        .finish();
    let new = Builder::new("b", "/chat", "after")
        .call("say", "after", |_| {})
        .finish();
    assert_eq!(breaks(&old, &new), NONE);
}

#[test]
fn functions_may_come_and_not_go() {
    let old = module().finish();
    let new = said(|_| {});
    assert_eq!(breaks(&old, &new), NONE);
    assert_eq!(breaks(&new, &old), ["`say` cannot be called any more"]);
}

#[test]
fn parameters_may_come_if_they_are_optional_and_may_go() {
    let one = said(|d| d.text("text"));
    let none = said(|_| {});
    let loud = said(|d| {
        d.text("text");
        d.parameter::<Option<bool>>("loud", false);
    });
    let louder = said(|d| {
        d.text("text");
        d.parameter::<bool>("loud", true);
    });
    assert_eq!(breaks(&one, &loud), NONE);
    assert_eq!(breaks(&louder, &loud), NONE);
    assert_eq!(breaks(&loud, &one), NONE);
    assert_eq!(breaks(&one, &none), NONE);
    assert_eq!(breaks(&none, &one), ["`say.text` is required now"]);
    assert_eq!(breaks(&one, &louder), ["`say.loud` is required now"]);
    assert_eq!(
        breaks(&loud, &louder),
        [
            "`say.loud` does not take `null` any more",
            "`say.loud` is required now"
        ]
    );
}

#[test]
fn an_answer_may_come_and_not_go() {
    let none = said(|_| {});
    let some = said(|d| d.ok::<u8>());
    let unit = said(|d| d.ok::<()>());
    assert_eq!(breaks(&none, &some), NONE);
    assert_eq!(breaks(&unit, &none), NONE);
    assert_eq!(breaks(&none, &unit), NONE);
    assert_eq!(breaks(&some, &none), ["`say` is not answered any more"]);
    assert_eq!(
        breaks(&some, &unit),
        ["`say.ok` was an integer (`u8`) and is `null`"]
    );
}

#[test]
fn a_refusal_may_go_and_may_come_only_where_no_client_waits() {
    let none = said(|_| {});
    let some = said(|d| d.ok::<u8>());
    let refused = said(|d| {
        d.ok::<u8>();
        d.error::<String>();
    });
    assert_eq!(breaks(&none, &refused), NONE);
    assert_eq!(breaks(&refused, &some), NONE);
    assert_eq!(breaks(&some, &refused), ["`say` may be refused now"]);
}

#[derive(JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Said {
    Text { text: String },
}

#[derive(JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
enum SaidMore {
    Text { text: String, by: u8 },
    Picture { url: String },
}

type Old = Room<u32, Said>;

/// The same topic by another address.
struct Elsewhere;

impl DescribeTopic for Elsewhere {
    type Message = Said;
    const ADDRESS: &'static str = "rooms/{id}";
    const DOCS: &'static str = "";
    fn fields(topic: &mut Describing<'_>) {
        topic.parameter::<u32>("id", true);
    }
}

/// The same topic, with another name for its field.
struct Renamed<F>(std::marker::PhantomData<F>);

impl<F: crate::contract::generated::Describe> DescribeTopic for Renamed<F> {
    type Message = Said;
    const ADDRESS: &'static str = "room/{number}";
    const DOCS: &'static str = "";
    fn fields(topic: &mut Describing<'_>) {
        topic.parameter::<F>("number", true);
    }
}

fn joining(describe: fn(&mut Describing<'_>)) -> Option<Joining<'static>> {
    Some(Joining { docs: "", describe })
}

#[test]
fn topics_may_come_and_not_go() {
    let none = module().finish();
    let some = module().topic::<Old>("Room", None).finish();
    assert_eq!(breaks(&none, &some), NONE);
    assert_eq!(breaks(&some, &none), ["`Room` is not a topic any more"]);
}

#[test]
fn a_topic_keeps_its_address_but_not_its_names() {
    let old = module().topic::<Old>("Room", None).finish();
    let elsewhere = module().topic::<Elsewhere>("Room", None).finish();
    let renamed = module().topic::<Renamed<u32>>("Hall", None).finish();
    assert_eq!(breaks(&old, &renamed), NONE);
    assert_eq!(
        breaks(&old, &elsewhere),
        ["`Room` was `room/{id}` and is `rooms/{id}`"]
    );
    let retyped = module().topic::<Renamed<bool>>("Hall", None).finish();
    assert_eq!(
        breaks(&old, &retyped),
        ["`Room.id` was an integer (`u32`) and is a boolean"]
    );
}

#[test]
fn values_in_the_name_of_a_topic_are_read_if_clients_join_it_and_else_written() {
    let heard = |wide: bool| match wide {
        true => module().topic::<Room<u64, Said>>("Room", None).finish(),
        false => module().topic::<Old>("Room", None).finish(),
    };
    let joined = |wide: bool| match wide {
        true => module()
            .topic::<Room<u64, Said>>("Room", joining(|_| {}))
            .finish(),
        false => module().topic::<Old>("Room", joining(|_| {})).finish(),
    };
    assert_eq!(breaks(&heard(true), &heard(false)), NONE);
    assert_eq!(breaks(&joined(false), &joined(true)), NONE);
    assert_eq!(
        breaks(&heard(false), &heard(true)),
        ["`Room.id` was an integer (`u32`) and is an integer (`u64`)"]
    );
    assert_eq!(
        breaks(&joined(true), &joined(false)),
        ["`Room.id` was an integer (`u64`) and is an integer (`u32`)"]
    );
}

#[test]
fn messages_of_a_topic_are_events() {
    let old = module().topic::<Old>("Room", None).finish();
    let new = module().topic::<Room<u32, SaidMore>>("Room", None).finish();
    assert_eq!(breaks(&old, &new), NONE);
    assert_eq!(
        breaks(&new, &old),
        [
            "`Room.text.by` is not sent any more",
            "`Room.picture` is not sent any more",
        ]
    );
}

#[test]
fn a_topic_stays_one_that_clients_may_join() {
    let heard = module().topic::<Old>("Room", None).finish();
    let joined = module().topic::<Old>("Room", joining(|_| {})).finish();
    assert_eq!(breaks(&heard, &joined), NONE);
    assert_eq!(
        breaks(&joined, &heard),
        ["`Room` cannot be joined any more"]
    );
}

#[test]
fn the_answer_of_a_join_is_always_read() {
    let bare = module().topic::<Old>("Room", joining(|_| {})).finish();
    let list = module()
        .topic::<Old>("Room", joining(|d| d.ok::<Vec<u8>>()))
        .finish();
    let refused = joining(|d| d.error::<String>());
    let refused = module().topic::<Old>("Room", refused).finish();
    assert_eq!(
        breaks(&bare, &list),
        ["`Room.join.ok` was `null` and is an array"]
    );
    assert_eq!(
        breaks(&list, &bare),
        ["`Room.join.ok` was an array and is `null`"]
    );
    assert_eq!(breaks(&bare, &refused), ["`Room.join` may be refused now"]);
    assert_eq!(breaks(&refused, &bare), NONE);
}

#[test]
fn events_may_come_and_not_go() {
    let none = module().finish();
    let some = module().sends::<Said>().finish();
    assert_eq!(breaks(&none, &some), NONE);
    assert_eq!(breaks(&some, &none), ["`sends` has nothing any more"]);
}

struct Codes<const KICKED: u16, const BANNED: u16>;

impl<const KICKED: u16, const BANNED: u16> Closes for Codes<KICKED, BANNED> {
    const CODES: &'static [(&'static str, u16, &'static str)] =
        &[("Kicked", KICKED, ""), ("Banned", BANNED, "")];
}

impl<const KICKED: u16, const BANNED: u16> From<Codes<KICKED, BANNED>> for CloseCode {
    fn from(_: Codes<KICKED, BANNED>) -> Self {
        KICKED.into()
    }
}

struct Kicked;

impl From<Kicked> for CloseCode {
    fn from(_: Kicked) -> Self {
        4001.into()
    }
}

impl Closes for Kicked {
    const CODES: &'static [(&'static str, u16, &'static str)] = &[("Kicked", 4001, "")];
}

struct Ejected;

impl From<Ejected> for CloseCode {
    fn from(_: Ejected) -> Self {
        4001.into()
    }
}

impl Closes for Ejected {
    const CODES: &'static [(&'static str, u16, &'static str)] = &[("Ejected", 4001, "")];
}

#[test]
fn close_codes_may_come_and_go_but_a_number_keeps_its_meaning() {
    let none = module().finish();
    let kicked = module().closes::<Kicked>().finish();
    let both = module().closes::<Codes<4001, 4002>>().finish();
    let swapped = module().closes::<Codes<4002, 4001>>().finish();
    let ejected = module().closes::<Ejected>().finish();
    assert_eq!(breaks(&none, &kicked), NONE);
    assert_eq!(breaks(&kicked, &both), NONE);
    assert_eq!(breaks(&both, &kicked), NONE);
    assert_eq!(
        breaks(&both, &swapped),
        [
            "`closes.Banned` was 4002 and is 4001",
            "`closes.Kicked` was 4001 and is 4002",
        ]
    );
    assert_eq!(
        breaks(&kicked, &ejected),
        ["`closes.Kicked` was 4001, which `Ejected` is now"]
    );
}
