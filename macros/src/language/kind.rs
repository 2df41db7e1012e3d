//! What a row about a handler says.

use std::fmt;

/// A kind of handler.
pub(crate) struct Kind {
    /// The name of the function, and of its field in the runtime's table of handlers.
    pub(crate) name: &'static str,
    /// The names that it has in other libraries.
    pub(crate) aliases: &'static [&'static str],
    /// The parameters behind `ws: &Ws`. Those that a handler may leave out are the last ones.
    pub(crate) parameters: &'static [Parameter],
    /// When the server calls it, and what follows, in Markdown.
    #[cfg_attr(not(test), expect(dead_code, reason = "the reference reads it"))]
    pub(crate) docs: &'static str,
    /// What happens in a module without it.
    #[cfg_attr(not(test), expect(dead_code, reason = "the reference reads it"))]
    pub(crate) without: &'static str,
}

/// A parameter of a handler.
pub(crate) struct Parameter {
    /// Its name in the signature that messages show; a handler may choose another.
    pub(crate) name: &'static str,
    /// What the server gives for it.
    pub(crate) given: Given,
    /// Whether a handler may leave it out.
    pub(crate) is_optional: bool,
    /// What it is, in Markdown.
    #[cfg_attr(not(test), expect(dead_code, reason = "the reference reads it"))]
    pub(crate) docs: &'static str,
}

/// What the server gives for a parameter.
#[derive(Clone, Copy)]
pub(crate) enum Given {
    /// A message, which becomes a value of any type that implements `FromMessage`.
    Message,
    /// A value that belongs to the handler.
    Value(TypeName),
    /// A reference.
    Reference {
        /// What it refers to.
        to: Referent,
        /// The type of `levante::__private` that the future of an `async fn` owns, and borrows
        /// from.
        owned: &'static str,
    },
}

/// What a reference refers to.
#[derive(Clone, Copy)]
pub(crate) enum Referent {
    /// `&T`
    One(TypeName),
    /// `&[T]`
    Slice(TypeName),
}

/// A type by its name.
#[derive(Clone, Copy)]
pub(crate) enum TypeName {
    /// A primitive type.
    Primitive(&'static str),
    /// A type of `levante::__private`.
    Runtime(&'static str),
}

impl Kind {
    /// The accepted signatures as a sentence lists them, the shortest first.
    pub(crate) fn accepted(&self) -> String {
        let all = self.parameters.len();
        let optional = self.parameters.iter().filter(|it| it.is_optional).count();
        let signatures = (all - optional..=all).map(|count| self.signature(count));
        signatures.collect::<Vec<_>>().join(" or ")
    }

    /// The signature with so many parameters behind the socket.
    fn signature(&self, count: usize) -> String {
        let mut text = format!("`fn {}(ws: &Ws", self.name);
        for parameter in &self.parameters[..count] {
            text += &format!(", {parameter}");
        }
        text + ")`"
    }
}

/// As in a signature: `topic: &str`.
impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.given)
    }
}

/// The type of the parameter, as a user spells it.
impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message => f.write_str("M"),
            Self::Value(ty) => f.write_str(ty.name()),
            Self::Reference { to, .. } => match to {
                Referent::One(ty) => write!(f, "&{}", ty.name()),
                Referent::Slice(ty) => write!(f, "&[{}]", ty.name()),
            },
        }
    }
}

impl TypeName {
    /// The last segment of the type's path.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Primitive(name) | Self::Runtime(name) => name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_leave_optional_parameters_out_from_the_end() {
        let parameter = |name, is_optional, given| Parameter {
            name,
            given,
            is_optional,
            docs: "",
        };
        let bytes = Given::Reference {
            to: Referent::Slice(TypeName::Primitive("u8")),
            owned: "Bytes",
        };
        let kind = Kind {
            name: "example",
            aliases: &[],
            parameters: Box::leak(Box::new([
                parameter("a", false, Given::Message),
                parameter("b", true, bytes),
                parameter("c", true, Given::Value(TypeName::Runtime("C"))),
            ])),
            docs: "",
            without: "",
        };
        assert_eq!(
            kind.accepted(),
            "`fn example(ws: &Ws, a: M)` or `fn example(ws: &Ws, a: M, b: &[u8])` or \
             `fn example(ws: &Ws, a: M, b: &[u8], c: C)`"
        );
    }
}
