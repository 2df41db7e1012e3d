//! Attributes that other libraries put on functions that clients call.

use syn::{Ident, Path};

use crate::{
    check::wiring,
    language::{Mark, Role},
    syntax::{Function, Item, Module},
};

/// An attribute of this function that does not exist, and the one that was probably meant: the name
/// is known from other libraries, nothing imports it by name, and the function takes the socket.
pub(in crate::check) fn foreign<'f>(
    function: &'f Function,
    module: &Module,
) -> Option<(&'f Ident, Mark)> {
    let takes_socket = Role::all().any(|role| wiring::is_like(&function.signature, role))
        && !wiring::is_like(&function.signature, Role::Attach);
    if !takes_socket {
        return None;
    }
    let known = |path: &'f Path| {
        let name = path.get_ident()?;
        let row = ROWS
            .iter()
            .find(|(names, _)| names.iter().any(|it| name == it));
        row.map(|(_, mark)| (name, *mark))
    };
    let paths = function.attrs.iter().map(|attr| attr.path());
    paths
        .filter_map(known)
        .find(|(name, _)| !is_imported(name, module))
}

/// Names of attributes: of NestJS, socketioxide and of others for WebSockets, of jsonrpsee, tonic
/// and tarpc, of Tauri.
static ROWS: [(&[&str], Mark); 2] = [
    (
        &[
            "message",
            "on_message",
            "event",
            "on_event",
            "subscribe_message",
            "rpc",
            "method",
            "procedure",
            "command",
        ],
        Mark::On,
    ),
    (&["subscription", "on_join", "channel", "room"], Mark::Join),
];

fn is_imported(name: &Ident, module: &Module) -> bool {
    module.items.iter().any(|item| match item {
        Item::Import { imported, .. } => imported.names.contains(name),
        Item::Macro { call, .. } => call.defined.as_ref() == Some(name),
        _ => false,
    })
}
