use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{handler, place::over};
use crate::model::{Attach, Cfg};

/// Expands to the glue around `attach`, or to glue that attaches nothing:
///
/// ```text
/// fn __attach(__request: HttpRequest) -> Attaching<Visitor> {
///     attaching(async move {
///         let __0: web::Query<Join> = extract(&__request).await?;
///         attached::<Visitor>(attach(__0).await)
///     })
/// }
/// ```
pub(super) fn expand(all: &[Attach]) -> TokenStream {
    let some = all.iter().map(something);
    let none = match all {
        [] => nothing(&Cfg::default()),
        [attach] if attach.cfg.is_always() => TokenStream::new(),
        all => nothing(&Cfg::none_of(all.iter().map(|attach| &attach.cfg))),
    };
    quote!(#(#some)* #none)
}

fn something(attach: &Attach) -> TokenStream {
    let Attach {
        cfg,
        function,
        extractors,
        data,
        ..
    } = attach;
    let names: Vec<_> = (0..extractors.len())
        .map(|i| format_ident!("__{i}"))
        .collect();
    let values = extractors
        .iter()
        .map(|ty| over(ty, quote!(::levante::__private::extract(&__request).await?)));
    let call = handler::call(function, &names);
    let attached = over(
        handler::returned(function),
        quote!(::levante::__private::attached::<#data>(#call)),
    );
    quote! {
        #cfg
        fn __attach(
            __request: ::levante::__private::HttpRequest,
        ) -> ::levante::__private::Attaching<#data> {
            ::levante::__private::attaching(async move {
                #(let #names: #extractors = #values;)*
                #attached
            })
        }
    }
}

fn nothing(cfg: &Cfg) -> TokenStream {
    quote! {
        #cfg
        fn __attach(
            __request: ::levante::__private::HttpRequest,
        ) -> ::levante::__private::Attaching<()> {
            ::levante::__private::attach_nothing(__request)
        }
    }
}
