//! The `#[websocket]` attribute of the crate `levante`. Use it from there: `levante::websocket` has
//! the reference.

mod check;
mod errors;
mod expand;
#[cfg(test)]
mod golden;
mod language;
mod model;
mod outside;
mod syntax;
mod test;
mod words;

use proc_macro::TokenStream;
use proc_macro2::TokenStream as TokenStream2;
use quote::quote;

use self::{
    language::Mark,
    syntax::{Arguments, Module},
    words::{Place, Way},
};

/// # Expansion
///
/// The module stays as it is written. At its end the attribute adds the type `Ws`, the function
/// `service`, a hidden type `Endpoint` that tells the sockets of this module from others, a private
/// import `__levante`, and glue in a `const _`, which calls the handlers. The names in the glue begin
/// with `__`. Generated code names no other crates than `::core` and `::levante`; `crate = …` names
/// levante by another path.
#[proc_macro_attribute]
pub fn websocket(arguments: TokenStream, item: TokenStream) -> TokenStream {
    socket(arguments.into(), item.into(), Features::ENABLED).into()
}

/// Marks a function as a test.
///
/// An `async fn` runs on one thread, in an actix system with a paused clock. It may use the module
/// `levante::test`. It takes no parameters and is not generic, `unsafe` or `extern`.
///
/// A plain `fn` becomes an ordinary `#[test]`. The reason is that `use levante::test` imports both
/// the module and this attribute, so that `#[test]` then means this attribute.
///
/// `crate = path` names levante otherwise, as in `#[websocket]`.
///
/// As with the ordinary `#[test]`, the function may return a `Result`, and may have the attributes
/// `#[should_panic]` and `#[ignore]`.
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    self::test::test(arguments.into(), item.into()).into()
}

/// Outside of a module with `#[websocket]`, this is a mistake.
#[proc_macro_attribute]
pub fn on(_: TokenStream, item: TokenStream) -> TokenStream {
    let outside = |item| outside::outside(Mark::On, item);
    with_json(Mark::On, item, outside)
}

/// A function that clients call, by its name. Its parameters are the fields of the message.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn __on(_: TokenStream, item: TokenStream) -> TokenStream {
    // `#[websocket]` has read it.
    item
}

/// Outside of a module with `#[websocket]`, this is a mistake.
#[proc_macro_attribute]
pub fn join(_: TokenStream, item: TokenStream) -> TokenStream {
    let outside = |item| outside::outside(Mark::Join, item);
    with_json(Mark::Join, item, outside)
}

/// A function that decides whether a client may join a topic, and tells it what it hears first.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn __join(_: TokenStream, item: TokenStream) -> TokenStream {
    // `#[websocket]` has read it.
    item
}

/// Makes a type one that travels as JSON.
///
/// It derives serde's `Serialize` and `Deserialize`, and makes the type a `Wire`: a message of a topic,
/// or a part of one. With the feature `contract` it derives schemars' `JsonSchema`, too. No crate but
/// levante is needed.
///
/// In a contract the type has its own name. A generic one has the names of its parameters, too:
/// `Page_Person` for `Page<Person>`, unless `#[schemars(rename = "…")]` says otherwise. If types of
/// several modules have one name, the type that is nearest to the module of the contract has the name
/// alone, and the others have their module before it.
///
/// A struct is an object with its fields. An enum is an object with the name of the variant in `type`,
/// beside the fields of the variant: `{"type":"said","text":"hi"}`. If no variant has fields, it is the
/// name of the variant alone: `"open"`. Names of variants are in `snake_case`. The user's own
/// `#[serde(…)]` on the type, behind `#[wire]`, comes before these defaults: `tag`, `content`,
/// `untagged` and `rename_all` are as written there.
///
/// The type may borrow: `Event<'a>` fits a topic that carries `Event`. Its parameters that are types must
/// be `'static`.
///
/// `crate = path` names levante otherwise, as in `#[websocket]`.
#[proc_macro_attribute]
pub fn wire(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let is_described = Features::ENABLED.contract;
    let wire = |item| words::wire(Way::Both, arguments.into(), item, is_described);
    with_json(Mark::Wire, item, wire)
}

/// Outside of a module with `#[websocket]`, this is a mistake.
#[proc_macro_attribute]
pub fn sends(_: TokenStream, item: TokenStream) -> TokenStream {
    let outside = |item| outside::outside(Mark::Sends, item);
    with_json(Mark::Sends, item, outside)
}

/// The type that the sockets of a module send.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn __sends(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let is_described = Features::ENABLED.contract;
    words::wire(Way::Out, arguments.into(), item.into(), is_described).into()
}

/// Makes an enum of the close codes that an application says goodbye with.
///
/// Each variant has a number from 4000 to 4999. The enum can be given where a `CloseCode` can, and be
/// compared with one. In a module with `#[websocket]`, `ws.close_with` takes this enum then, or a
/// `CloseCode`, and no bare number.
///
/// It derives `Clone`, `Copy`, `Debug`, `PartialEq` and `Eq`, unless a `#[derive(…)]` below it does.
///
/// `crate = path` names levante otherwise, as in `#[websocket]`.
#[proc_macro_attribute]
pub fn closes(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let closes = |item| words::closes(arguments.into(), item);
    with_json(Mark::Closes, item, closes)
}

/// Makes a struct a topic that carries messages of one type.
///
/// `#[topic("room/{id}", message = RoomEvent)]` says the name, whose parameters are the fields of the
/// struct, and the type of its messages, which has `#[wire]`. A field is a type that can be written and
/// read: it implements `Display` and `FromStr`. In the name, `%` and `/` of a value are written as `%25`
/// and `%2F`, so that a value stays within its segment.
///
/// In a module with `#[websocket]` it also says that the sockets of the module hear the topic. For a
/// topic that is defined elsewhere this is `#[topic] use crate::prices::Price;`.
///
/// `crate = path` names levante otherwise, as in `#[websocket]`.
#[proc_macro_attribute]
pub fn topic(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let is_described = Features::ENABLED.contract;
    let topic = |item| words::topic(Place::Elsewhere, arguments.into(), item, is_described);
    with_json(Mark::Topic, item, topic)
}

/// A topic in a module with `#[websocket]`.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn __topic(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let is_described = Features::ENABLED.contract;
    let (arguments, item) = (arguments.into(), item.into());
    words::topic(Place::Module, arguments, item, is_described).into()
}

/// The item always stays as it was written, also beside errors. Without it, rustc would report its
/// names as missing, and editors could not analyze it.
///
/// With `is_described`, a typed module gets the function `contract`.
/// The features of levante that its macros know.
#[derive(Clone, Copy)]
struct Features {
    json: bool,
    contract: bool,
}

impl Features {
    const ENABLED: Self = Self {
        json: cfg!(feature = "json"),
        contract: cfg!(feature = "contract"),
    };
}

/// What an attribute makes of an item, or an error if it needs the feature `json`.
fn with_json(
    mark: Mark,
    item: TokenStream,
    expand: impl FnOnce(TokenStream2) -> TokenStream2,
) -> TokenStream {
    match Features::ENABLED.json {
        true => expand(item.into()).into(),
        false => outside::without_json(mark, item.into()).into(),
    }
}

fn socket(arguments: TokenStream2, item: TokenStream2, features: Features) -> TokenStream2 {
    let module = match Module::read(item.clone()) {
        Ok(module) => module,
        Err(misplaced) => {
            let error = check::misplaced(misplaced).into_compile_error();
            return quote!(#error #item);
        }
    };
    let is_described = features.contract;
    match check::check(Arguments::read(arguments), &module, features.json) {
        Ok(model) => module.with(
            expand::socket(&model, is_described),
            &expand::spelling(&model.skeleton),
        ),
        Err(refused) => {
            let skeleton = &refused.skeleton;
            let rest = (!refused.is_repeated).then(|| expand::refused(skeleton, is_described));
            let module = module.with(rest.unwrap_or_default(), &expand::spelling(skeleton));
            let errors = refused.errors.into_compile_error();
            quote!(#errors #module)
        }
    }
}
