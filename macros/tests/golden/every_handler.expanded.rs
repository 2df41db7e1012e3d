pub mod socket {
    //! Every handler, none of them `async`.
    pub struct Visitor;
    fn attach(
        request: HttpRequest,
        web::Query(join): web::Query<Join>,
    ) -> Attached<Visitor> {
        Attached::new(Visitor)
    }
    fn open(ws: &Ws) -> Result<(), Error> {
        Ok(())
    }
    fn message(_: &Ws, Json(hello): Json<Hello<'_>>) -> Result<(), Error> {
        Ok(())
    }
    pub fn close(ws: &Ws, reason: CloseReason) {}
    fn drain(ws: &Ws) {}
    fn dropped(ws: &Ws, message: &Message) {}
    fn subscription(ws: &Ws, topic: &str, subscribers: usize) {}
    fn ping(ws: &Ws, data: &[u8]) {}
    fn pong(ws: &Ws, data: &[u8]) {}
    fn error(ws: &Ws, error: HandlerError) {}
    #[doc(hidden)]
    use ::levante::__private as __levante;
    #[doc(hidden)]
    pub enum Endpoint {}
    impl __levante::Generated for Endpoint {}
    impl __levante::Endpoint for Endpoint {
        type Data = Visitor;
        type Sends = __levante::Anything;
        type Closes = __levante::Anything;
    }
    /// A socket of this module. It is as visible as its data.
    pub type Ws = __levante::Socket<Endpoint>;
    /// The service of this socket, for `App::service`.
    #[allow(unreachable_pub, clippy::must_use_candidate)]
    pub fn service() -> __levante::Service {
        __levante::service::<Endpoint>()
    }
    const _: () = {
        use __levante::{Local as _, Plain as _};
        const _: () = __levante::check_extractor(
            __levante::Probe::<HttpRequest>::TAKES_BODY,
        );
        const _: () = __levante::check_extractor(
            __levante::Probe::<web::Query<Join>>::TAKES_BODY,
        );
        const _: () = __levante::check_data(
            __levante::Probe::<Visitor>::LOOK,
            __levante::Probe::<Visitor>::IS_REFUSAL,
            __levante::Probe::<Visitor>::IS_ERROR,
            true,
        );
        fn __attach(__request: __levante::HttpRequest) -> __levante::Attaching<Visitor> {
            __levante::attaching(async move {
                let __0: HttpRequest = __levante::extract(&__request).await?;
                let __1: web::Query<Join> = __levante::extract(&__request).await?;
                __levante::attached::<Visitor>(attach(__0, __1))
            })
        }
        fn __open(__ws: &Ws) -> __levante::Outcome {
            let __ws: &Ws = __ws;
            __levante::outcome(open(__ws))
        }
        fn __message(__ws: &Ws, __0: __levante::Incoming<'_>) -> __levante::Outcome {
            let __ws: &Ws = __ws;
            let __0: Json<Hello<'_>> = __levante::payload(__0)?;
            __levante::outcome(message(__ws, __0))
        }
        fn __close(__ws: &Ws, __0: __levante::CloseReason) -> __levante::Outcome {
            let __ws: &Ws = __ws;
            let __0: CloseReason = __0;
            __levante::outcome(close(__ws, __0))
        }
        fn __drain(__ws: &Ws) -> __levante::Outcome {
            let __ws: &Ws = __ws;
            __levante::outcome(drain(__ws))
        }
        fn __dropped(__ws: &Ws, __0: &__levante::Message) -> __levante::Outcome {
            let __ws: &Ws = __ws;
            let __0: &Message = __0;
            __levante::outcome(dropped(__ws, __0))
        }
        fn __subscription(
            __ws: &Ws,
            __0: &::core::primitive::str,
            __1: ::core::primitive::usize,
        ) -> __levante::Outcome {
            let __ws: &Ws = __ws;
            let __0: &str = __0;
            let __1: usize = __1;
            __levante::outcome(subscription(__ws, __0, __1))
        }
        fn __ping(__ws: &Ws, __0: &[::core::primitive::u8]) -> __levante::Outcome {
            let __ws: &Ws = __ws;
            let __0: &[u8] = __0;
            __levante::outcome(ping(__ws, __0))
        }
        fn __pong(__ws: &Ws, __0: &[::core::primitive::u8]) -> __levante::Outcome {
            let __ws: &Ws = __ws;
            let __0: &[u8] = __0;
            __levante::outcome(pong(__ws, __0))
        }
        fn __error(__ws: &Ws, __0: __levante::HandlerError) -> __levante::Outcome {
            let __ws: &Ws = __ws;
            let __0: HandlerError = __0;
            __levante::outcome(error(__ws, __0))
        }
        static __HANDLERS: __levante::Handlers<Endpoint> = __levante::Handlers {
            open: ::core::option::Option::Some(__levante::Handler::Sync(__open)),
            message: ::core::option::Option::Some(__levante::Handler::Sync(__message)),
            close: ::core::option::Option::Some(__levante::Handler::Sync(__close)),
            drain: ::core::option::Option::Some(__levante::Handler::Sync(__drain)),
            dropped: ::core::option::Option::Some(__levante::Handler::Sync(__dropped)),
            subscription: ::core::option::Option::Some(
                __levante::Handler::Sync(__subscription),
            ),
            ping: ::core::option::Option::Some(__levante::Handler::Sync(__ping)),
            pong: ::core::option::Option::Some(__levante::Handler::Sync(__pong)),
            error: ::core::option::Option::Some(__levante::Handler::Sync(__error)),
            ..__levante::Handlers::new(__attach, __levante::Probe::<Ws>::SHARE)
        };
        const _: &__levante::Handlers<Endpoint> = &__HANDLERS;
        impl __levante::Mount for Endpoint {
            const MODULE: &'static ::core::primitive::str = ::core::module_path!();
            const PATH: &'static ::core::primitive::str = "/ws";
            const CONFIG: __levante::Config = __levante::Config::DEFAULT;
            const HANDLERS: &'static __levante::Handlers<Self> = &__HANDLERS;
        }
    };
}
