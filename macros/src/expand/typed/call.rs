use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Type, ext::IdentExt};

use super::{lent, returned as returned_type, variable};
use crate::{
    expand::{handler::returned, place::over},
    model::{Call, Callee, Field, Join},
};

/// Expands to the glue between the messages of a client and a function with `#[on]`:
///
/// ```text
/// fn __on_say(__ws: &Ws, __arguments: &mut Arguments<'_>) -> Result<Called, Fault> {
///     let mut __0 = None;
///     let mut __1 = None;
///     let __id = __arguments.read(|__name, __reader| match __name {
///         "room" => field::<u32>(&mut __0, "room", __reader),
///         "text" => text(&mut __1, "text", __reader),
///         _ => __reader.skip(),
///     })?;
///     let __0 = given::<u32>(__0, "room")?;
///     let __1 = given_text(__1, "text")?;
///     … // the call, see `told`
/// }
/// ```
pub(super) fn on(call: &Call) -> TokenStream {
    let Call {
        cfg,
        function,
        ws,
        fields,
        ..
    } = call;
    let glue = glue_name("on", function);
    let places: Vec<_> = (0..fields.len()).map(variable).collect();
    let arms = fields.iter().zip(&places).map(|(field, place)| {
        let Field { ty, is_text, .. } = field;
        let name = field.word();
        let read = match is_text {
            true => quote!(__levante::text(&mut #place, #name, __reader)),
            false => over(
                ty,
                quote!(__levante::field::<#ty>(&mut #place, #name, __reader)),
            ),
        };
        quote!(#name => #read,)
    });
    let arms: Vec<_> = arms.collect();
    let read = match arms.is_empty() {
        true => quote!(|_, __reader| __reader.skip()),
        false => quote! {
            |__name, __reader| match __name {
                #(#arms)*
                _ => __reader.skip(),
            }
        },
    };
    let given = fields.iter().zip(&places).map(|(field, place)| {
        let Field { ty, is_text, .. } = field;
        let name = field.word();
        let given = match is_text {
            // The future owns what it borrows from.
            true if function.is_async => {
                quote!(__levante::given_text(#place, #name)?.into_owned())
            }
            true => quote!(__levante::given_text(#place, #name)?),
            false => over(ty, quote!(__levante::given::<#ty>(#place, #name)?)),
        };
        quote!(let #place = #given;)
    });
    let arguments = fields
        .iter()
        .zip(&places)
        .map(|(field, place)| match field.is_text {
            true => quote!(&*#place),
            false => quote!(#place),
        });
    let called = called(function, quote!(#(, #arguments)*));
    let answered = quote!(__levante::answered(__ws, __id, __answer));
    let done = |called| quote!(::core::result::Result::Ok(#called));
    let called = told(function, &lent(ws), &called, &answered, done);
    quote! {
        #cfg
        fn #glue(
            __ws: &Ws,
            __arguments: &mut __levante::Arguments<'_>,
        ) -> ::core::result::Result<__levante::Called, __levante::Fault> {
            #(let mut #places = ::core::option::Option::None;)*
            let __id = __arguments.read(#read)?;
            #(#given)*
            #called
        }
    }
}

/// Expands to the glue between a client that joins a topic and a function with `#[join]`:
///
/// ```text
/// fn __join_room(__ws: &Ws, __topic: Room, __joining: Joining) -> Called {
///     … // the call, see `told`
/// }
/// ```
pub(super) fn join(join: &Join) -> TokenStream {
    let Join {
        cfg,
        function,
        ws,
        topic,
        is_borrowed,
        ..
    } = join;
    let glue = glue_name("join", function);
    let argument = match is_borrowed {
        true => quote!(, &__topic),
        false => quote!(, __topic),
    };
    let called = called(function, argument);
    let joined = quote!(__levante::joined(__ws, __joining, __answer));
    let called = told(function, &lent(ws), &called, &joined, |called| called);
    quote! {
        #cfg
        fn #glue(
            __ws: &Ws,
            __topic: #topic,
            __joining: __levante::Joining,
        ) -> __levante::Called {
            #called
        }
    }
}

/// Expands to the call of the glue, if the client has named a topic of this type.
pub(super) fn attempt(join: &Join) -> TokenStream {
    let Join {
        cfg,
        function,
        topic,
        ..
    } = join;
    let glue = glue_name("join", function);
    let parsed = over(topic, quote!(__levante::topic::<#topic>(&__joining)));
    quote! {
        #cfg
        if let ::core::option::Option::Some(__topic) = #parsed {
            return ::core::result::Result::Ok(#glue(__ws, __topic, __joining));
        }
    }
}

/// Expands to what tells a client of tests the types of the answer:
///
/// ```text
/// impl Joins<Room, Vec<Person>, Never> for Endpoint {}
/// ```
///
/// and for a `Result<…>`
///
/// ```text
/// impl Joins<Room, <R as Parts>::Value, <R as Parts>::Error> for Endpoint {}
/// ```
///
/// A `Result` behind an alias of another name is the value: then the client gets it whole.
pub(super) fn joins(join: &Join) -> TokenStream {
    let Join {
        cfg,
        function,
        topic,
        ..
    } = join;
    if function.never_returns() {
        return TokenStream::new();
    }
    let types = match returned_type(&function.output) {
        None => quote!((), __levante::Never),
        Some(ty) if is_result(ty) => {
            let parts = over(ty, quote!(__levante::Parts));
            quote!(<#ty as #parts>::Value, <#ty as #parts>::Error)
        }
        Some(ty) => quote!(#ty, __levante::Never),
    };
    quote! {
        #cfg
        impl __levante::Joins<#topic, #types> for Endpoint {}
    }
}

/// Whether the type is spelled as a `Result` with parameters.
fn is_result(ty: &Type) -> bool {
    let Type::Path(path) = ty else {
        return false;
    };
    let last = path.path.segments.last();
    last.is_some_and(|last| last.ident == "Result" && !last.arguments.is_empty())
}

/// The name of the glue of a function.
pub(super) fn glue_name(mark: &str, function: &Callee) -> Ident {
    format_ident!("__{mark}_{}", function.name.unraw())
}

fn called(function: &Callee, arguments: TokenStream) -> TokenStream {
    let name = &function.name;
    let wait = function.is_async.then(|| quote!(.await));
    quote!(#name(__ws #arguments) #wait)
}

/// Expands to the call, and to telling the client what it returned:
///
/// ```text
/// Called::Done({
///     let __ws: &Ws = __ws;
///     let __returned = say(__ws, __0, &*__1);
///     let __kind = &returned(&__returned);
///     let __answer = __kind.answer(identity(__returned));
///     answered(__ws, __id, __answer)
/// })
/// ```
///
/// with `done` around it, or, for an `async fn`, to a future that does the same:
///
/// ```text
/// Called::Running({
///     let __ws = Clone::clone(__ws);
///     running(async move {
///         let __ws = &__ws;
///         …
///     })
/// })
/// ```
///
/// A function that never returns has no value to tell.
fn told(
    function: &Callee,
    lent: &TokenStream,
    called: &TokenStream,
    tell: &TokenStream,
    done: impl FnOnce(TokenStream) -> TokenStream,
) -> TokenStream {
    let told = if function.never_returns() {
        called.clone()
    } else {
        let answer = over(
            returned(function),
            // rustc does not find the place of a variable of the glue, but that of a call.
            quote!(__kind.answer(::core::convert::identity(__returned))),
        );
        quote! {
            let __returned = #called;
            let __kind = &__levante::returned(&__returned);
            let __answer = #answer;
            #tell
        }
    };
    if function.is_async {
        done(quote! {
            __levante::Called::Running({
                let __ws = ::core::clone::Clone::clone(__ws);
                __levante::running(async move {
                    let __ws = &__ws;
                    #lent
                    #told
                })
            })
        })
    } else if function.never_returns() {
        quote!(#lent #told)
    } else {
        done(quote!(__levante::Called::Done({ #lent #told })))
    }
}
