use proc_macro2::TokenStream;
use quote::quote;

use super::{handler, place::over};
use crate::model::{Attach, AttachFunction, Cfg};

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
pub(super) fn expand(attach: &Attach) -> TokenStream {
    match attach {
        Attach::Function(attach) => function(attach),
        Attach::Nothing(cfg) => nothing(cfg),
    }
}

/// Expands to assertions about the types of `attach`, each in the place of the type:
///
/// ```text
/// const _: () = check_extractor(Probe::<web::Query<Join>>::TAKES_BODY);
/// const _: () = check_data(Probe::<Visitor>::LOOK, …);
/// ```
///
/// Only rustc knows what a type is: an alias may hide it, and a type of the user's may have the
/// name of another.
pub(super) fn check_types(attach: &Attach) -> TokenStream {
    let Attach::Function(attach) = attach else {
        return TokenStream::new();
    };
    let AttachFunction {
        cfg,
        extractors,
        data,
        is_attached,
        ..
    } = &**attach;
    let extractors = extractors.iter().flat_map(|it| &it.bare).map(|ty| {
        over(
            ty,
            quote!(__levante::check_extractor(
                __levante::Probe::<#ty>::TAKES_BODY
            )),
        )
    });
    let data = over(
        data,
        quote!(__levante::check_data(
            __levante::Probe::<#data>::LOOK,
            __levante::Probe::<#data>::IS_REFUSAL,
            __levante::Probe::<#data>::IS_ERROR,
            #is_attached,
        )),
    );
    quote! {
        #(#cfg const _: () = #extractors;)*
        #cfg const _: () = #data;
    }
}

fn function(attach: &AttachFunction) -> TokenStream {
    let AttachFunction {
        cfg,
        function,
        extractors,
        data,
        ..
    } = attach;
    let names: Vec<_> = (0..extractors.len()).map(handler::argument_name).collect();
    let types = extractors.iter().map(|extractor| &extractor.ty);
    let values = types
        .clone()
        .map(|ty| over(ty, quote!(__levante::extract(&__request).await?)));
    let call = handler::call(function, &names);
    let attached = handler::through(&quote!(__levante::attached::<#data>), function, call);
    quote! {
        #cfg
        fn __attach(
            __request: __levante::HttpRequest,
        ) -> __levante::Attaching<#data> {
            __levante::attaching(async move {
                #(let #names: #types = #values;)*
                #attached
            })
        }
    }
}

fn nothing(cfg: &Cfg) -> TokenStream {
    quote! {
        #cfg
        fn __attach(
            __request: __levante::HttpRequest,
        ) -> __levante::Attaching<()> {
            __levante::attach_nothing(__request)
        }
    }
}
