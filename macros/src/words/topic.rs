use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{
    Fields, Ident, Item, ItemStruct, LitStr, Token, Type,
    ext::IdentExt,
    parse::{ParseStream, Parser},
    spanned::Spanned,
};

use super::{
    conditions, expand,
    pattern::{Field, IsWhole, Part, parts},
};
use crate::{check, errors::Errors, model::Runtime, syntax::docs};

/// Where the attribute stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a module with `#[websocket]`, which reads the attribute, too.
    Module,
    /// Anywhere else.
    Elsewhere,
}

const EXPECTED: &str = "expected `#[topic(\"room/{id}\", message = RoomEvent)]`";

/// Expands `#[topic]` to implementations of `Destination`, for the struct and for references to it,
/// and of `Topic`. With `is_described` it is described for the contract, too.
pub(crate) fn topic(
    place: Place,
    arguments: TokenStream,
    item: TokenStream,
    is_described: bool,
) -> TokenStream {
    let mut errors = Errors::default();
    let nothing = TokenStream::new();
    let it = match syn::parse2(item.clone()) {
        Ok(Item::Struct(it)) => it,
        Ok(Item::Use(_) | Item::Type(_)) => {
            declared(place, arguments, &mut errors);
            return expand(errors, &nothing, &item, &nothing);
        }
        Ok(_) => {
            // Without tokens of its own, the error has the place of the attribute.
            let message =
                "`#[topic]` goes on a `struct`, whose fields are the parameters in its name";
            errors.push(&nothing, message);
            return expand(errors, &nothing, &item, &nothing);
        }
        Err(error) => {
            errors.absorb(error);
            return expand(errors, &nothing, &item, &nothing);
        }
    };
    let rest = described(arguments, &it, is_described, &mut errors);
    expand(errors, &nothing, &item, &rest.unwrap_or_default())
}

/// Checks `#[topic] use path::Room;`, which the attribute of the module reads.
fn declared(place: Place, arguments: TokenStream, errors: &mut Errors) {
    let read = read.parse2(arguments.clone());
    let is_described = !matches!(
        &read,
        Ok(Read {
            pattern: None,
            message: None,
            ..
        })
    );
    if place == Place::Elsewhere {
        let message =
            "`#[topic] use` goes in a module with `#[websocket]`: its sockets hear the topic";
        errors.push(TokenStream::new(), message);
    } else if is_described {
        let message = "the topic is described where its `struct` is: write `#[topic] use …`";
        errors.push(arguments, message);
    }
}

/// The arguments of `#[topic]`.
struct Read {
    pattern: Option<LitStr>,
    message: Option<Type>,
    runtime: Runtime,
}

fn read(input: ParseStream<'_>) -> syn::Result<Read> {
    let mut read = Read {
        pattern: None,
        message: None,
        runtime: Runtime::default(),
    };
    while !input.is_empty() {
        if input.peek(LitStr) && read.pattern.is_none() {
            read.pattern = Some(input.parse()?);
        } else if input.peek(Token![crate]) {
            input.parse::<Token![crate]>()?;
            input.parse::<Token![=]>()?;
            read.runtime = Runtime(Some(check::runtime(&input.parse()?)?));
        } else if input.peek(Ident) {
            let word: Ident = input.parse()?;
            if word != "message" {
                let message = format!("`{word}` is no setting of a topic, which has `message`");
                return Err(syn::Error::new(word.span(), message));
            }
            if read.message.is_some() {
                return Err(syn::Error::new(word.span(), "`message` is given twice"));
            }
            input.parse::<Token![=]>()?;
            read.message = Some(input.parse()?);
        } else {
            return Err(input.error(EXPECTED));
        }
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(read)
}

fn described(
    arguments: TokenStream,
    it: &ItemStruct,
    is_described: bool,
    errors: &mut Errors,
) -> Option<TokenStream> {
    let read = read.parse2(arguments);
    let read = read.map_err(|error| errors.absorb(error)).ok()?;
    let Read {
        pattern,
        message,
        runtime,
    } = read;
    let (Some(pattern), Some(message)) = (&pattern, &message) else {
        let message = match &pattern {
            None => format!("{EXPECTED}: the name of the topic is missing"),
            Some(_) => format!("{EXPECTED}: the type of its messages is missing"),
        };
        let at = pattern.as_ref().map_or_else(Span::call_site, Spanned::span);
        errors.absorb(syn::Error::new(at, message));
        return None;
    };
    if !it.generics.params.is_empty() {
        let message = "a topic is not generic, and owns its fields";
        errors.push(&it.generics, message);
        return None;
    }
    let fields = fields(it, errors)?;
    let (parts, IsWhole(is_whole)) = parts(pattern, &fields, errors);
    let topic = Topic {
        runtime: runtime.path(),
        cfg: conditions(&it.attrs),
        docs: docs(&it.attrs),
        name: &it.ident,
        pattern,
        message,
        is_whole,
        fields: &fields,
        parts,
    };
    let described = is_described.then(|| topic.describe());
    let implemented = topic.implement();
    Some(quote!(#implemented #described))
}

fn fields(it: &ItemStruct, errors: &mut Errors) -> Option<Vec<Field>> {
    match &it.fields {
        Fields::Unit => Some(Vec::new()),
        Fields::Named(fields) => {
            let fields = fields.named.iter().filter_map(|it| {
                let (name, ty) = (it.ident.clone()?, it.ty.clone());
                Some(Field { name, ty })
            });
            Some(fields.collect())
        }
        Fields::Unnamed(fields) => {
            let message = "the fields of a topic have names, which are those in its pattern";
            errors.push(fields, message);
            None
        }
    }
}

struct Topic<'i> {
    runtime: TokenStream,
    cfg: TokenStream,
    docs: String,
    name: &'i Ident,
    pattern: &'i LitStr,
    message: &'i Type,
    /// Whether the name has no mistakes. Otherwise it is not read.
    is_whole: bool,
    fields: &'i [Field],
    parts: Vec<Part<'i>>,
}

impl Topic<'_> {
    fn implement(&self) -> TokenStream {
        let Self {
            runtime,
            cfg,
            name,
            pattern,
            message,
            ..
        } = self;
        let named = quote! {
            fn named<__R>(
                &self,
                __with: impl ::core::ops::FnOnce(&::core::primitive::str) -> __R,
            ) -> __R
        };
        let (write, read) = (self.write(), self.read());
        quote! {
            #cfg
            #[automatically_derived]
            impl #runtime::__private::Destination for #name {
                type Carries = #runtime::__private::Only<
                    <#message as #runtime::__private::Wire>::Static,
                >;
                type Kind = Self;
                #named {
                    #runtime::__private::with_name(|__name| { #write }, __with)
                }
            }
            #cfg
            #[automatically_derived]
            impl #runtime::__private::Destination for &#name {
                type Carries = <#name as #runtime::__private::Destination>::Carries;
                type Kind = #name;
                #named {
                    #runtime::__private::Destination::named(*self, __with)
                }
            }
            #cfg
            #[automatically_derived]
            impl #runtime::__private::TypedTopic for #name {
                type Message = #message;
                const PATTERN: &'static ::core::primitive::str = #pattern;
                fn from_name(
                    __name: &::core::primitive::str,
                ) -> ::core::option::Option<Self> {
                    #read
                }
            }
        }
    }

    fn write(&self) -> TokenStream {
        let parts = self.parts.iter().map(|part| match part {
            Part::Literal(text) => quote!(__name.literal(#text);),
            Part::Parameter(Field { name, ty }) => {
                let segment = self.segment(ty);
                quote!(__name.value(#segment, &self.#name);)
            }
        });
        quote!(#(#parts)*)
    }

    fn read(&self) -> TokenStream {
        if !self.is_whole {
            return quote!(::core::option::Option::None);
        }
        let runtime = &self.runtime;
        let parts = self.parts.iter().map(|part| match part {
            Part::Literal(text) => quote!(__segments.literal(#text)?;),
            Part::Parameter(Field { name, ty }) => {
                let segment = self.segment(ty);
                quote!(let #name = __segments.value(#segment)?;)
            }
        });
        let names = self.fields.iter().map(|it| &it.name);
        quote! {
            #runtime::__private::topic_of(__name, |__segments| {
                #(#parts)*
                ::core::option::Option::Some(Self { #(#names),* })
            })
        }
    }

    /// How the type is written and read. If it cannot be, rustc says so at the type, once.
    fn segment(&self, ty: &Type) -> TokenStream {
        let runtime = &self.runtime;
        quote_spanned!(ty.span()=> #runtime::__private::segment::<#ty>())
    }

    fn describe(&self) -> TokenStream {
        let Self {
            runtime,
            cfg,
            docs,
            name,
            pattern,
            message,
            ..
        } = self;
        let fields = self.fields.iter().map(|Field { name, ty }| {
            let word = name.unraw().to_string();
            quote_spanned!(ty.span()=> __fields.parameter::<#ty>(#word, true);)
        });
        quote! {
            #cfg
            #[automatically_derived]
            impl #runtime::__private::contract::DescribeTopic for #name {
                type Message = #message;
                const ADDRESS: &'static ::core::primitive::str = #pattern;
                const DOCS: &'static ::core::primitive::str = #docs;
                fn fields(__fields: &mut #runtime::__private::contract::Describing<'_>) {
                    #(#fields)*
                }
            }
        }
    }
}
