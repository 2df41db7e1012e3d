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
    pub enum Endpoint {}
    impl ::levante::__private::Generated for Endpoint {}
    impl ::levante::__private::Endpoint for Endpoint {
        type Data = Visitor;
    }
    /// A socket of this module.
    pub type Ws = ::levante::Socket<Endpoint>;
    /// The service of this socket, for `App::service`.
    #[allow(unreachable_pub, clippy::must_use_candidate)]
    pub fn service() -> ::levante::Service {
        ::levante::__private::service::<Endpoint>()
    }
    const _: () = {
        use ::levante::__private::{Local as _, Plain as _};
        const _: () = ::levante::__private::check_extractor(
            ::levante::__private::Probe::<HttpRequest>::TAKES_BODY,
        );
        const _: () = ::levante::__private::check_extractor(
            ::levante::__private::Probe::<web::Query<Join>>::TAKES_BODY,
        );
        const _: () = ::levante::__private::check_data(
            ::levante::__private::Probe::<Visitor>::LOOK,
            ::levante::__private::Probe::<Visitor>::IS_REFUSAL,
            ::levante::__private::Probe::<Visitor>::IS_ERROR,
            true,
        );
        fn __attach(
            __request: ::levante::__private::HttpRequest,
        ) -> ::levante::__private::Attaching<Visitor> {
            ::levante::__private::attaching(async move {
                let __0: HttpRequest = ::levante::__private::extract(&__request).await?;
                let __1: web::Query<Join> = ::levante::__private::extract(&__request)
                    .await?;
                ::levante::__private::attached::<Visitor>(attach(__0, __1))
            })
        }
        fn __open(__ws: &Ws) -> ::levante::__private::Outcome {
            let __ws: &Ws = __ws;
            ::levante::__private::outcome(open(__ws))
        }
        fn __message(
            __ws: &Ws,
            __0: ::levante::__private::Incoming<'_>,
        ) -> ::levante::__private::Outcome {
            let __ws: &Ws = __ws;
            let __0: Json<Hello<'_>> = ::levante::__private::payload(__0)?;
            ::levante::__private::outcome(message(__ws, __0))
        }
        fn __close(
            __ws: &Ws,
            __0: ::levante::__private::CloseReason,
        ) -> ::levante::__private::Outcome {
            let __ws: &Ws = __ws;
            let __0: CloseReason = __0;
            ::levante::__private::outcome(close(__ws, __0))
        }
        fn __drain(__ws: &Ws) -> ::levante::__private::Outcome {
            let __ws: &Ws = __ws;
            ::levante::__private::outcome(drain(__ws))
        }
        fn __dropped(
            __ws: &Ws,
            __0: &::levante::__private::Message,
        ) -> ::levante::__private::Outcome {
            let __ws: &Ws = __ws;
            let __0: &Message = __0;
            ::levante::__private::outcome(dropped(__ws, __0))
        }
        fn __subscription(
            __ws: &Ws,
            __0: &::core::primitive::str,
            __1: ::core::primitive::usize,
        ) -> ::levante::__private::Outcome {
            let __ws: &Ws = __ws;
            let __0: &str = __0;
            let __1: usize = __1;
            ::levante::__private::outcome(subscription(__ws, __0, __1))
        }
        fn __ping(
            __ws: &Ws,
            __0: &[::core::primitive::u8],
        ) -> ::levante::__private::Outcome {
            let __ws: &Ws = __ws;
            let __0: &[u8] = __0;
            ::levante::__private::outcome(ping(__ws, __0))
        }
        fn __pong(
            __ws: &Ws,
            __0: &[::core::primitive::u8],
        ) -> ::levante::__private::Outcome {
            let __ws: &Ws = __ws;
            let __0: &[u8] = __0;
            ::levante::__private::outcome(pong(__ws, __0))
        }
        fn __error(
            __ws: &Ws,
            __0: ::levante::__private::HandlerError,
        ) -> ::levante::__private::Outcome {
            let __ws: &Ws = __ws;
            let __0: HandlerError = __0;
            ::levante::__private::outcome(error(__ws, __0))
        }
        static __HANDLERS: ::levante::__private::Handlers<Endpoint> = ::levante::__private::Handlers {
            open: ::core::option::Option::Some(
                ::levante::__private::Handler::Sync(__open),
            ),
            message: ::core::option::Option::Some(
                ::levante::__private::Handler::Sync(__message),
            ),
            close: ::core::option::Option::Some(
                ::levante::__private::Handler::Sync(__close),
            ),
            drain: ::core::option::Option::Some(
                ::levante::__private::Handler::Sync(__drain),
            ),
            dropped: ::core::option::Option::Some(
                ::levante::__private::Handler::Sync(__dropped),
            ),
            subscription: ::core::option::Option::Some(
                ::levante::__private::Handler::Sync(__subscription),
            ),
            ping: ::core::option::Option::Some(
                ::levante::__private::Handler::Sync(__ping),
            ),
            pong: ::core::option::Option::Some(
                ::levante::__private::Handler::Sync(__pong),
            ),
            error: ::core::option::Option::Some(
                ::levante::__private::Handler::Sync(__error),
            ),
            ..::levante::__private::Handlers::new(
                __attach,
                ::levante::__private::Probe::<Ws>::SHARE,
            )
        };
        const _: &::levante::__private::Handlers<Endpoint> = &__HANDLERS;
        impl ::levante::__private::Mount for Endpoint {
            const PATH: &'static ::core::primitive::str = "/ws";
            const CONFIG: ::levante::__private::Config = ::levante::__private::Config::DEFAULT;
            const HANDLERS: &'static ::levante::__private::Handlers<Self> = &__HANDLERS;
        }
    };
}
