use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::Token;

use super::{place::over, settings::from_inside};
use crate::model::{Cfg, Data, Declarations, Declared, Skeleton};

/// Expands to the items that the user's own code names:
///
/// ```text
/// use ::levante::__private as __levante;
/// enum Endpoint {}
/// impl __levante::Generated for Endpoint {}
/// impl __levante::Endpoint for Endpoint { type Data = Visitor; type Sends = Anything; … }
/// impl __levante::Hears<Room> for Endpoint {}
/// type Ws = __levante::Socket<Endpoint>;
/// pub fn service() -> __levante::Service { … }
/// ```
///
/// Each module has an `Endpoint` of its own, so two modules with the same data have different `Ws`.
/// All generated code names the runtime by this import: if its path is wrong, there is one error.
///
/// A typed module has the function `contract`, too.
pub(crate) fn expand(skeleton: &Skeleton, body: TokenStream, contract: TokenStream) -> TokenStream {
    let declarations = &skeleton.declarations;
    let sockets = skeleton
        .data
        .iter()
        .map(|data| socket(data, declarations, &skeleton.taken));
    let hears = declarations.topics.iter().map(|topic| {
        let Declared { cfg, name, .. } = topic;
        quote!(#cfg impl __levante::Hears<#name> for Endpoint {})
    });
    let contract = declarations
        .is_typed
        .then(|| unless_taken("contract", &skeleton.taken, contract));
    let service = unless_taken("service", &skeleton.taken, service(&skeleton.module, body));
    let runtime = from_inside(skeleton.runtime.path());
    quote! {
        #[doc(hidden)]
        use #runtime::__private as __levante;
        #(#sockets)*
        #(#hears)*
        #service
        #contract
    }
}

/// The function has the place of the module's name: if it is never called, rustc reports that
/// there.
fn service(module: &Ident, body: TokenStream) -> TokenStream {
    let function = over(
        module,
        quote!(pub fn service() -> __levante::Service { #body }),
    );
    quote! {
        /// The service of this socket, for `App::service`.
        #[allow(unreachable_pub, clippy::must_use_candidate)]
        #function
    }
}

fn socket(data: &Data, declarations: &Declarations, taken: &[Ident]) -> TokenStream {
    let Data {
        cfg,
        vis,
        place,
        ty,
    } = data;
    let marker = unless_taken(
        "Endpoint",
        taken,
        quote! {
            #cfg
            #[doc(hidden)]
            #vis enum Endpoint {}
        },
    );
    // If the socket is used where it is not visible, rustc points at the data that are as private.
    let keyword = Token![type](*place);
    let end = Token![;](*place);
    let ws = unless_taken(
        "Ws",
        taken,
        quote! {
            #cfg
            /// A socket of this module. It is as visible as its data.
            #vis #keyword Ws = __levante::Socket<Endpoint> #end
        },
    );
    // If the type is too private, rustc points at it.
    let data = over(ty, quote!(type Data = #ty;));
    let nothing_sent = match declarations.is_typed {
        true => quote!(__levante::Nothing),
        false => quote!(__levante::Anything),
    };
    let sends = only("Sends", &declarations.sends, &nothing_sent);
    let closes = only("Closes", &declarations.closes, &quote!(__levante::Anything));
    quote! {
        #marker
        #cfg
        impl __levante::Generated for Endpoint {}
        #cfg
        impl __levante::Endpoint for Endpoint {
            #data
            #sends
            #closes
        }
        #ws
    }
}

/// Expands to `type Sends = Only<Event>;`, for each condition of the type, and to `otherwise` if no
/// condition holds.
fn only(name: &str, types: &[Declared], otherwise: &TokenStream) -> TokenStream {
    let name = Ident::new(name, Span::call_site());
    let declared = types.iter().map(|it| {
        let Declared { cfg, .. } = it;
        let ty = it.ty();
        quote!(#cfg type #name = __levante::Only<#ty>;)
    });
    let is_always = types.iter().any(|it| it.cfg.is_always());
    let otherwise = (!is_always).then(|| {
        let cfg = match types {
            [] => Cfg::default(),
            types => Cfg::none_of(types.iter().map(|it| &it.cfg)),
        };
        quote!(#cfg type #name = #otherwise;)
    });
    quote!(#(#declared)* #otherwise)
}

/// The item, unless the user has one with this name, which has been reported.
fn unless_taken(name: &str, taken: &[Ident], item: TokenStream) -> TokenStream {
    if taken.iter().any(|taken| taken == name) {
        TokenStream::new()
    } else {
        item
    }
}
