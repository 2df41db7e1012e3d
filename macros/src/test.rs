//! The attribute `#[levante::test]`, which marks a function as a test.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    Attribute, Safety, Signature, Visibility,
    parse::{Parse, ParseStream, Parser},
};

use crate::{errors::Errors, model::Runtime, syntax::starts_function, words};

/// A function. Only the part before the body is parsed; the body stays a list of tokens.
struct Function {
    /// See [`Runtime`]. The attribute's arguments have it.
    runtime: Runtime,
    attrs: Vec<Attribute>,
    vis: Visibility,
    signature: Signature,
    body: TokenStream,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self {
            runtime: Runtime::default(),
            attrs: input.call(Attribute::parse_outer)?,
            vis: input.parse()?,
            signature: input.parse()?,
            body: input.parse()?,
        })
    }
}

/// Expands the attribute. If there are errors, the unchanged item follows them.
pub(crate) fn test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    match checked(arguments, item.clone()) {
        Ok(function) => expand(&function),
        Err(errors) => {
            let errors = errors.finish().map(syn::Error::into_compile_error);
            quote!(#errors #item)
        }
    }
}

fn checked(arguments: TokenStream, item: TokenStream) -> Result<Function, Errors> {
    let mut errors = Errors::default();
    let runtime = words::runtime("#[levante::test]", arguments, &mut errors);
    let function = syn::parse2::<Function>(item.clone()).map(|function| Function {
        runtime,
        ..function
    });
    match &function {
        Ok(function) => check_function(function, &mut errors),
        Err(_) => errors.absorb(misplaced.parse2(item).unwrap_or_else(|error| error)),
    }
    match function {
        Ok(function) if errors.is_empty() => Ok(function),
        _ => Err(errors),
    }
}

/// Finds the error of an item that does not parse as a function.
fn misplaced(input: ParseStream<'_>) -> syn::Result<syn::Error> {
    input.call(Attribute::parse_outer)?;
    input.parse::<Visibility>()?;
    let error = if starts_function(input) {
        input.parse::<Signature>().err()
    } else {
        let message =
            "`#[levante::test]` goes on a function: `async fn` for a test of an application";
        Some(input.error(message))
    };
    // `parse2` fails if tokens are left over.
    input.parse::<TokenStream>()?;
    error.map_or_else(|| Err(input.error("expected a body")), Ok)
}

fn check_function(function: &Function, errors: &mut Errors) {
    for attr in &function.attrs {
        let last = attr.path().segments.last();
        if last.is_some_and(|last| last.ident == "test") {
            errors.push(
                attr,
                "the function is a test already, by `#[levante::test]`; remove this attribute",
            );
        }
    }
    let signature = &function.signature;
    // For a plain `#[test]`, rustc reports the errors below itself.
    if signature.asyncness.is_none() {
        return;
    }
    if let Safety::Unsafe(token) = &signature.safety {
        errors.push(token, "a test is not `unsafe`");
    }
    if let Some(abi) = &signature.abi {
        errors.push(abi, "a test is not `extern`");
    }
    if !signature.generics.params.is_empty() {
        errors.push(&signature.generics, "a test is not generic");
    }
    if !signature.inputs.is_empty() {
        errors.push(&signature.inputs, "a test takes no parameters");
    }
}

/// Expands to
///
/// ```text
/// #[test]
/// fn name() {
///     async fn name() { … }
///     run_test(name())
/// }
/// ```
fn expand(function: &Function) -> TokenStream {
    let Function {
        runtime,
        attrs,
        vis,
        signature,
        body,
    } = function;
    if signature.asyncness.is_none() {
        return quote! {
            #[::core::prelude::v1::test]
            #(#attrs)*
            #vis #signature #body
        };
    }
    let (name, output) = (&signature.ident, &signature.output);
    let runtime = runtime.path();
    quote! {
        #[::core::prelude::v1::test]
        #(#attrs)*
        #vis fn #name() #output {
            #signature #body
            #runtime::__private::run_test(#name())
        }
    }
}
