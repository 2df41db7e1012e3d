use proc_macro2::TokenTree;
use syn::{Attribute, Meta, Path};

use crate::{
    errors::Errors,
    language::Mark,
    syntax::{Item, mark_of},
};

/// Refuses attributes that do not go together, or that do not go on this item. Those on types are
/// macros of their own, which check the type.
pub(super) fn check(item: &Item, runtime: Option<&Path>, errors: &mut Errors) {
    let is_function = matches!(item, Item::Function(_) | Item::Unreadable { .. });
    let mut seen: Vec<Mark> = Vec::new();
    for attr in item.attrs() {
        in_cfg_attr(attr, errors);
        let Some(mark) = mark_of(attr, runtime) else {
            continue;
        };
        let mistake = if seen.contains(&mark) {
            Some(format!("`#[{}]` is given twice", mark.name()))
        } else if mark.is_function() && !is_function {
            Some(format!("it goes on a function: `{}`", mark.example()))
        } else {
            seen.iter().find_map(|other| together(*other, mark))
        };
        if let Some(message) = mistake {
            errors.push(attr.path(), message);
        }
        seen.push(mark);
    }
}

/// Why two attributes cannot be on one item.
fn together(one: Mark, other: Mark) -> Option<String> {
    let message = match (one, other) {
        (Mark::On, Mark::Join) | (Mark::Join, Mark::On) => {
            "a function has `#[on]`, as clients call it by its name, or `#[join]`, as they join a topic \
             with it"
        }
        (Mark::Sends, Mark::Wire) | (Mark::Wire, Mark::Sends) => {
            "`#[sends]` makes it a type of messages already: remove `#[wire]`"
        }
        _ => return None,
    };
    Some(message.to_owned())
}

/// A macro does not see whether the condition of a `cfg_attr` holds. `#[wire]` is no matter of the
/// module, and may have one.
fn in_cfg_attr(attr: &Attribute, errors: &mut Errors) {
    let Meta::List(list) = &attr.meta else { return };
    if !list.path.is_ident("cfg_attr") {
        return;
    }
    let mut is_behind_comma = false;
    for tree in list.tokens.clone() {
        let was_behind_comma = is_behind_comma;
        is_behind_comma = matches!(&tree, TokenTree::Punct(it) if it.as_char() == ',');
        let TokenTree::Ident(name) = tree else {
            continue;
        };
        let mark = Mark::named(&name).filter(|mark| was_behind_comma && *mark != Mark::Wire);
        if let Some(mark) = mark {
            let message = format!(
                "`#[websocket]` does not see whether this holds: write `#[{}]` by itself, and \
                 `#[cfg(…)]` if the whole item has a condition",
                mark.name(),
            );
            errors.push(name, message);
        }
    }
}
