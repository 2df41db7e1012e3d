//! Reads from the sources which rooms import which. Tests are left out: they may import any room.

use std::{collections::BTreeMap, fs, iter::Peekable, path::Path, slice};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::check::Imports;

/// Top-level modules that only re-export. They stand above all rooms, and no room imports them.
const FACES: [&str; 2] = ["prelude", "__private"];

/// Methods that a room may add to a type of another one: only users call them.
const SEEN: [(&str, &str, &str); 1] = [("cluster", "server", "Server")];

/// The result of reading the sources.
#[derive(Debug, Default)]
pub(super) struct Sources {
    pub(super) imports: Imports,
    /// Faults that no list can allow.
    pub(super) problems: Vec<String>,
}

/// Reads the crate in this folder, from its `lib.rs` on.
pub(super) fn read(src: &Path) -> Sources {
    let root = code(&fs::read_to_string(src.join("lib.rs")).unwrap());
    let mut sources = Sources::default();
    sources.check_face("lib", &root);
    let (faces, rooms): (Vec<_>, Vec<_>) = declared(&root)
        .into_iter()
        .partition(|module| FACES.contains(&&**module));
    for face in faces {
        let file = file_of(src, slice::from_ref(&face));
        sources.check_face(&face, &file);
    }
    sources.imports = rooms
        .iter()
        .map(|room| (room.clone(), Default::default()))
        .collect();
    for room in rooms {
        let file = file_of(src, slice::from_ref(&room));
        sources.read_file(src, &[room], &file);
    }
    sources
}

impl Sources {
    /// Reads a file of a room, and the files of its submodules.
    fn read_file(&mut self, src: &Path, module: &[String], file: &[String]) {
        self.read_module(module, file);
        for name in declared(file) {
            let inner = [module, &[name]].concat();
            self.read_file(src, &inner, &file_of(src, &inner));
        }
    }

    /// Reads the code of a module.
    fn read_module(&mut self, module: &[String], code: &[String]) {
        let room = &module[0];
        // The names that this code imports from other rooms.
        let mut names = BTreeMap::new();
        let mut at = 0;
        while at < code.len() {
            let next = code.get(at + 1).map_or("", String::as_str);
            match &*code[at] {
                "mod" if code.get(at + 2).is_some_and(|token| token == "{") => {
                    let end = end_of_group(code, at + 2);
                    let inner = [module, &[next.to_owned()]].concat();
                    self.read_module(&inner, &code[at + 3..end]);
                    at = end;
                }
                "use" if next != "<" => {
                    let mut tree = code[at + 1..].iter().peekable();
                    let mut leaves = Vec::new();
                    read_tree(&mut tree, Vec::new(), &mut leaves);
                    for (path, name) in leaves {
                        if let Some(other) = self.import(module, &path) {
                            names.insert(name, other);
                        }
                    }
                    at = code.len() - tree.len();
                }
                "crate" | "super" | "levante" if next == "::" => {
                    let words = code[at..].iter().step_by(2);
                    let colons = code[at + 1..].iter().step_by(2);
                    let len = colons.take_while(|token| *token == "::").count() + 1;
                    let path: Vec<_> = words.take(len).cloned().collect();
                    self.import(module, &path);
                    at += 2 * len - 1;
                }
                _ => at += 1,
            }
        }
        for ty in types_with_methods(code) {
            if let Some(other) = names.get(&ty)
                && !SEEN.contains(&(room, other, &ty))
            {
                self.problems.push(format!(
                    "`{room}` adds methods to `{other}::{ty}`, which other rooms can call unseen"
                ));
            }
        }
    }

    /// Notes a path. Returns the room that it leads to, unless that is the module's own room.
    fn import(&mut self, module: &[String], path: &[String]) -> Option<String> {
        let ups = path.iter().take_while(|word| *word == "super").count();
        let to = match &*path[0] {
            "crate" | "levante" => path.get(1)?,
            "super" if ups >= module.len() => path.get(ups)?,
            _ => return None,
        };
        let room = &module[0];
        if to == room {
            return None;
        }
        if !self.imports.contains_key(to) {
            self.problems.push(format!(
                "`{room}` imports `{}`, which is in no room",
                path.join("::")
            ));
            return None;
        }
        let imports = self.imports.get_mut(room)?;
        imports.insert(to.clone());
        Some(to.clone())
    }

    /// A face may hold only re-exports. Other code in it would belong to no room.
    fn check_face(&mut self, face: &str, code: &[String]) {
        let mut rest = code;
        while let Some((token, after)) = rest.split_first() {
            rest = match &**token {
                "#" => {
                    let from = usize::from(after[0] == "!");
                    &after[end_of_group(after, from) + 1..]
                }
                "pub" => after,
                "use" | "mod" | "extern" => {
                    let end = after.iter().position(|token| token == ";").unwrap();
                    &after[end + 1..]
                }
                other => {
                    let problem = format!("`{face}` has more than re-exports: `{other}`");
                    return self.problems.push(problem);
                }
            };
        }
    }
}

/// The code of a module that has a file of its own.
fn file_of(src: &Path, module: &[String]) -> Vec<String> {
    let path = src.join(module.join("/"));
    let text = fs::read_to_string(path.with_extension("rs"))
        .or_else(|_| fs::read_to_string(path.join("mod.rs")));
    code(&text.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// The tokens of a text, without its tests.
fn code(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    flatten(text.parse().unwrap(), &mut tokens);
    let of_tests = ["#", "[", "cfg", "(", "test", ")", "]"];
    while let Some(from) = tokens.windows(of_tests.len()).position(|it| it == of_tests) {
        let end = end_of_item(&tokens, from);
        tokens.drain(from..end);
    }
    tokens
}

fn flatten(stream: TokenStream, tokens: &mut Vec<String>) {
    let mut stream = stream.into_iter().peekable();
    while let Some(token) = stream.next() {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                tokens.push(open.to_owned());
                flatten(group.stream(), tokens);
                tokens.push(close.to_owned());
            }
            TokenTree::Punct(colon) if colon.as_char() == ':' && is_colon(stream.peek()) => {
                stream.next();
                tokens.push("::".to_owned());
            }
            // A literal holds no path.
            TokenTree::Literal(_) => tokens.push("\"\"".to_owned()),
            token => tokens.push(token.to_string()),
        }
    }
}

fn is_colon(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ':')
}

/// The place of the delimiter that closes the group which begins here.
fn end_of_group(tokens: &[String], from: usize) -> usize {
    let mut depth = 0;
    let closes = tokens[from..].iter().position(|token| {
        match &**token {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    from + closes.unwrap()
}

/// The place behind the item that begins here, with its attributes.
fn end_of_item(tokens: &[String], from: usize) -> usize {
    let mut at = from;
    while tokens[at] == "#" {
        at = end_of_group(tokens, at + 1) + 1;
    }
    if tokens[at] == "pub" {
        at += 1;
        if tokens[at] == "(" {
            at = end_of_group(tokens, at) + 1;
        }
    }
    let is_use = tokens[at] == "use";
    loop {
        at = match &*tokens[at] {
            ";" => return at + 1,
            "{" if !is_use => return end_of_group(tokens, at) + 1,
            "(" | "[" | "{" => end_of_group(tokens, at) + 1,
            _ => at + 1,
        };
    }
}

/// The modules that a file declares and that have files of their own.
fn declared(file: &[String]) -> Vec<String> {
    let declarations = file.windows(3).filter(|it| it[0] == "mod" && it[2] == ";");
    declarations.map(|it| it[1].clone()).collect()
}

/// Reads the rest of a `use`, up to its end or to the end of this branch. Notes whole paths, each
/// with the name that it brings into scope.
fn read_tree(
    tokens: &mut Peekable<slice::Iter<'_, String>>,
    mut path: Vec<String>,
    leaves: &mut Vec<(Vec<String>, String)>,
) {
    let mut name = None;
    while let Some(token) = tokens.next_if(|token| ![",", "}", ";"].contains(&&***token)) {
        match &**token {
            "::" => {}
            "as" => name = tokens.next().cloned(),
            "{" => {
                while tokens.next_if(|token| *token == "}").is_none() {
                    read_tree(tokens, path.clone(), leaves);
                    tokens.next_if(|token| *token == ",");
                }
                return;
            }
            "self" if !path.is_empty() => {}
            word => path.push(word.to_owned()),
        }
    }
    let name = name.or_else(|| path.last().cloned());
    leaves.extend(name.map(|name| (path, name)));
}

/// The types that have inherent methods in this code. Methods of a trait do not count.
fn types_with_methods(code: &[String]) -> Vec<String> {
    let mut types = Vec::new();
    for (at, token) in code.iter().enumerate() {
        let begins_item = at == 0 || [";", "}", "]", "unsafe"].contains(&&*code[at - 1]);
        if token != "impl" || !begins_item {
            continue;
        }
        let head = code[at + 1..].iter().take_while(|token| *token != "{");
        let head: Vec<_> = head.map(String::as_str).collect();
        let of_trait = head.windows(2).any(|it| it[0] == "for" && it[1] != "<");
        let from = end_of_generics(&head);
        if !of_trait && let Some(ty) = head.get(from) {
            types.push((*ty).to_owned());
        }
    }
    types
}

/// The place behind the generics that begin here, if there are any.
fn end_of_generics(tokens: &[&str]) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        match *token {
            "<" => depth += 1,
            ">" if tokens[at - 1] != "-" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return if *token == ">" { at + 1 } else { at };
        }
    }
    tokens.len()
}

/// Reads `text` as code of a module in the room `a`, beside the rooms `b` and `c`.
fn read_text(module: &str, text: &str) -> Sources {
    let rooms = ["a", "b", "c"].map(|room| (room.to_owned(), Default::default()));
    let mut sources = Sources {
        imports: rooms.into(),
        problems: Vec::new(),
    };
    let module: Vec<_> = module.split("::").map(str::to_owned).collect();
    sources.read_module(&module, &code(text));
    sources
}

#[test]
fn every_form_of_a_path_is_read() {
    for (module, text) in [
        ("a", "use crate::b;"),
        ("a", "use crate::b as c;"),
        ("a", "use crate::{a::x, b::{self, y}};"),
        ("a", "pub(crate) use crate::{b::*,};"),
        ("a", "use super::b::x;"),
        ("a::d", "use super::{super::b::x, y};"),
        ("a", "mod d { mod e { use super::super::super::b; } }"),
        ("a", "fn f() -> crate::b::X { g::<u8>() }"),
        ("a", "fn f() { call(&[Some(crate::b::x::<u8>())]) }"),
        ("a", "macro_rules! m { () => { $crate::b::m!() }; }"),
        ("a", "fn f() { log!(x = levante::b::X); }"),
        ("a", "impl<T: Into<fn() -> u8>> crate::b::Tell for T {}"),
    ] {
        let sources = read_text(module, text);
        assert_eq!(sources.problems, [""; 0], "{text}");
        assert!(sources.imports["a"].iter().eq(["b"]), "{text}: {sources:?}");
    }
}

#[test]
fn texts_tests_and_the_own_room_are_no_imports() {
    for (module, text) in [
        ("a", "/// [`X`](crate::b::X)\nstruct X; // crate::b"),
        ("a", "const X: &str = \"crate::b\";"),
        ("a", "#[cfg(test)] mod tests { use crate::b; }"),
        (
            "a",
            "#[cfg(test)] #[expect(x)] pub(crate) use crate::{b, c};",
        ),
        ("a", "#[cfg(test)] fn f(x: [u8; 2]) -> crate::b::X { x }"),
        (
            "a::d",
            "use super::{b, c}; fn f() -> crate::a::X { std::b::c }",
        ),
        ("a", "fn f<'b>() -> impl Sized + use<'b> { self::b::c }"),
    ] {
        let sources = read_text(module, text);
        assert_eq!(sources.problems, [""; 0], "{text}");
        assert!(sources.imports["a"].is_empty(), "{text}: {sources:?}");
    }
}

#[test]
fn what_would_hide_an_import_is_a_problem() {
    for (text, expected) in [
        (
            "use crate::{Socket, b};",
            "`a` imports `crate::Socket`, which is in no room",
        ),
        (
            "use crate::b::X; impl<'x, T: Fn() -> u8> X<T> where for<'y> T: Y<'y> {}",
            "`a` adds methods to `b::X`, which other rooms can call unseen",
        ),
    ] {
        assert_eq!(read_text("a", text).problems, [expected]);
    }
    let face = |text| {
        let mut sources = Sources::default();
        sources.check_face("lib", &code(text));
        sources.problems
    };
    let whole =
        "//! Words.\n#![x]\nextern crate self as y; #[z] pub mod b; pub use crate::b::{X, Y};";
    assert_eq!(face(whole), [""; 0]);
    let expected = ["`lib` has more than re-exports: `fn`"];
    assert_eq!(face("mod b; pub fn f() {}"), expected);
}
