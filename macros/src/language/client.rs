//! The names of the generated client in TypeScript, as far as a module decides them.

/// The method that an `#[on]` function with this name is.
pub(crate) fn method(name: &str) -> String {
    let mut words = name.split('_').filter(|word| !word.is_empty());
    let mut method = words.next().unwrap_or_default().to_owned();
    if let Some(first) = method.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    words.fold(method, |method, word| method + &capitalized(word))
}

/// The method that joins a topic whose type has this name.
pub(crate) fn joining(topic: &str) -> String {
    let words = topic.split('_').filter(|word| !word.is_empty());
    words.fold("join".to_owned(), |method, word| {
        method + &capitalized(word)
    })
}

/// Why no function of a client may have this name, as in `METHODS` of the generator; `None` if it may.
pub(crate) fn reserved(method: &str) -> Option<&'static str> {
    let row = RESERVED
        .iter()
        .find(|(names, _)| names.split(' ').any(|it| it == method));
    row.map(|(_, why)| *why)
}

static RESERVED: [(&str, &str); 3] = [
    (
        "constructor toString toLocaleString valueOf hasOwnProperty isPrototypeOf \
         propertyIsEnumerable prototype toJSON",
        "every object in JavaScript has something of this name",
    ),
    (
        "then catch finally",
        "JavaScript would take the client for a `Promise`",
    ),
    (
        "close reconnect",
        "the generated client has a method of this name",
    ),
];

fn capitalized(word: &str) -> String {
    let mut word = word.to_owned();
    if let Some(first) = word.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    word
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use quote::ToTokens;
    use syn::{Item, LitStr, parse::Parser, punctuated::Punctuated};

    use super::*;

    #[test]
    fn the_reserved_names_are_those_of_the_client() {
        let path = "../runtime/src/contract/typescript/names.rs";
        let file = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
        let items = syn::parse_file(&file).unwrap().items;
        let methods = items.into_iter().find_map(|item| match item {
            Item::Const(it) if it.ident == "METHODS" => match *it.expr {
                syn::Expr::Array(array) => Some(array.elems.into_token_stream()),
                _ => None,
            },
            _ => None,
        });
        let methods = Punctuated::<LitStr, syn::Token![,]>::parse_terminated
            .parse2(methods.unwrap())
            .unwrap();
        let methods: BTreeSet<_> = methods.iter().map(LitStr::value).collect();
        let reserved = RESERVED.iter().flat_map(|(names, _)| names.split(' '));
        let reserved: BTreeSet<_> = reserved.map(str::to_owned).collect();
        assert_eq!(reserved, methods);
    }

    #[test]
    fn methods_are_in_camel_case() {
        for (name, expected) in [
            ("say", "say"),
            ("leave_for_good", "leaveForGood"),
            ("leaveForGood", "leaveForGood"),
            ("say_2", "say2"),
            ("Say__it_", "sayIt"),
            ("été_à", "étéà"),
            ("_", ""),
        ] {
            assert_eq!(method(name), expected);
        }
        assert_eq!(joining("Room"), "joinRoom");
        assert_eq!(joining("chat_room"), "joinChatRoom");
    }

    #[test]
    fn names_of_every_object_are_reserved() {
        assert!(reserved("constructor").is_some() && reserved("then").is_some());
        assert!(reserved(&method("to_string")).is_some());
        assert!(reserved("say").is_none() && reserved("").is_none());
    }
}
