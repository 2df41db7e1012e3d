use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Data, DeriveInput, Field, GenericParam, Ident, ext::IdentExt};

use super::said_to;
use crate::model::Runtime;

/// What gives a type a name in a contract that does not depend on other types: arguments of
/// `#[schemars]`, each behind a comma.
pub(super) fn naming(runtime: &Runtime, it: &DeriveInput) -> TokenStream {
    let (serde, schemars) = (said_to("serde", &it.attrs), said_to("schemars", &it.attrs));
    // It has the schema of another type, and no name.
    if serde.iter().any(|it| it == "transparent") || schemars.iter().any(|it| it == "with") {
        return TokenStream::new();
    }
    // With a `tag`, the name of a struct is in the JSON.
    let is_tagged = matches!(it.data, Data::Struct(_)) && serde.iter().any(|it| it == "tag");
    let is_named = serde.iter().chain(&schemars).any(|it| it == "rename");
    let generic = (!is_named && !is_tagged)
        .then(|| generic_name(it))
        .flatten();
    let rename = generic.map(|it| quote!(, rename = #it));
    let path = runtime.path();
    let origin = quote!(#path::__private::contract::origin::<Self>(::core::module_path!()));
    quote!(#rename, extend("x-levante-type" = #origin))
}

/// `Page_{T}` for `Page<T>`, where schemars puts the name of the type. A type that is in no field has
/// no part in the form.
fn generic_name(it: &DeriveInput) -> Option<String> {
    let fields: Vec<_> = match &it.data {
        Data::Struct(it) => it.fields.iter().collect(),
        Data::Enum(it) => it.variants.iter().flat_map(|it| &it.fields).collect(),
        Data::Union(_) => Vec::new(),
    };
    let travels = |it: &&Field| !said_to("serde", &it.attrs).iter().any(|it| it == "skip");
    let fields = fields.into_iter().filter(travels);
    let types: TokenStream = fields.map(|it| it.ty.to_token_stream()).collect();
    let parameters = it.generics.params.iter().filter_map(|it| match it {
        GenericParam::Type(it) => mentions(types.clone(), &it.ident).then_some(&it.ident),
        GenericParam::Const(it) => Some(&it.ident),
        GenericParam::Lifetime(_) => None,
    });
    let words: String = parameters.map(|it| format!("_{{{it}}}")).collect();
    (!words.is_empty()).then(|| format!("{}{words}", it.ident.unraw()))
}

fn mentions(tokens: TokenStream, name: &Ident) -> bool {
    tokens.into_iter().any(|it| match it {
        TokenTree::Ident(it) => it == *name,
        TokenTree::Group(it) => mentions(it.stream(), name),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn a_generic_type_is_named_by_what_is_in_it() {
        let cases: [(DeriveInput, Option<&str>); 6] = [
            (
                parse_quote!(
                    struct Page<T> {
                        items: Vec<T>,
                    }
                ),
                Some("Page_{T}"),
            ),
            (
                parse_quote!(
                    struct Pair<A, const N: usize, B>(B, [A; N]);
                ),
                Some("Pair_{A}_{N}_{B}"),
            ),
            (
                parse_quote!(
                    enum r#Either<A, B> {
                        A { it: A },
                        B { it: B },
                    }
                ),
                Some("Either_{A}_{B}"),
            ),
            (
                parse_quote!(
                    struct Text<'a> {
                        text: &'a str,
                    }
                ),
                None,
            ),
            (
                parse_quote!(
                    struct Id<T> {
                        id: u32,
                        #[serde(skip)]
                        of: PhantomData<T>,
                    }
                ),
                None,
            ),
            (
                parse_quote!(
                    struct Person {
                        name: String,
                    }
                ),
                None,
            ),
        ];
        for (it, expected) in cases {
            assert_eq!(generic_name(&it).as_deref(), expected);
        }
    }

    #[test]
    fn a_name_of_the_user_stays() {
        let cases: [(DeriveInput, bool); 5] = [
            (
                parse_quote!(
                    struct Page<T>(T);
                ),
                true,
            ),
            (
                parse_quote!(
                    #[schemars(rename = "P{T}")]
                    struct Page<T>(T);
                ),
                false,
            ),
            (
                parse_quote!(
                    #[serde(rename = "P")]
                    struct Page<T>(T);
                ),
                false,
            ),
            (
                parse_quote!(
                    #[serde(tag = "type")]
                    struct Page<T> {
                        it: T,
                    }
                ),
                false,
            ),
            (
                parse_quote!(
                    #[serde(tag = "type")]
                    enum Page<T> {
                        A { it: T },
                    }
                ),
                true,
            ),
        ];
        for (it, is_named) in cases {
            let naming = naming(&Runtime::default(), &it).to_string();
            assert_eq!(naming.contains("rename"), is_named, "{naming}");
            assert!(naming.contains("x-levante-type"), "{naming}");
        }
    }

    #[test]
    fn a_type_with_the_schema_of_another_has_no_name() {
        let cases: [DeriveInput; 2] = [
            parse_quote!(
                #[serde(transparent)]
                struct Id<T>(T);
            ),
            parse_quote!(
                #[schemars(with = "String")]
                struct Id(u8);
            ),
        ];
        for it in cases {
            assert!(naming(&Runtime::default(), &it).is_empty());
        }
    }
}
