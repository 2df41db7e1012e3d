//! What a contract may change, and what it may not. Each case has the types before and after.

mod any;
mod messages;
mod module;
mod types;

use schemars::JsonSchema;

use crate::contract::{
    Contract,
    generated::{Builder, Describe, DescribeTopic, Describing},
};

/// What breaks, in words.
fn breaks(old: &Contract, new: &Contract) -> Vec<String> {
    assert_eq!(old.breaks(old), []);
    assert_eq!(new.breaks(new), []);
    new.breaks(old).iter().map(ToString::to_string).collect()
}

fn module() -> Builder {
    Builder::new("chat", "/chat", "")
}

fn said(describe: fn(&mut Describing<'_>)) -> Contract {
    module().call("say", "", describe).finish()
}

/// A parameter `say.it` that was an `Old` and is a `New`.
fn read<Old: JsonSchema, New: JsonSchema>() -> Vec<String> {
    let old = said(|d| d.parameter::<Old>("it", true));
    let new = said(|d| d.parameter::<New>("it", true));
    breaks(&old, &new)
}

/// An answer `say.ok` that was an `Old` and is a `New`.
fn written<Old: JsonSchema, New: JsonSchema>() -> Vec<String> {
    breaks(&said(|d| d.ok::<Old>()), &said(|d| d.ok::<New>()))
}

fn refused<Old: JsonSchema, New: JsonSchema>() -> Vec<String> {
    let old = said(|d| {
        d.ok::<()>();
        d.error::<Old>();
    });
    let new = said(|d| {
        d.ok::<()>();
        d.error::<New>();
    });
    breaks(&old, &new)
}

fn sent<Old: JsonSchema, New: JsonSchema>() -> Vec<String> {
    breaks(
        &module().sends::<Old>().finish(),
        &module().sends::<New>().finish(),
    )
}

/// `Room`, with a field and a message of some types.
struct Room<F, M>(std::marker::PhantomData<(F, M)>);

impl<F: Describe, M: Describe> DescribeTopic for Room<F, M> {
    type Message = M;
    const ADDRESS: &'static str = "room/{id}";
    const DOCS: &'static str = "";
    fn fields(topic: &mut Describing<'_>) {
        topic.parameter::<F>("id", true);
    }
}

const NONE: [&str; 0] = [];
