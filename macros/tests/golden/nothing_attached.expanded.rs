mod echo {
    use levante::prelude::*;
    fn message(ws: &Ws, message: Message) {
        ws.send(message);
    }
    #[doc(hidden)]
    pub enum Endpoint {}
    impl ::levante::__private::Generated for Endpoint {}
    impl ::levante::__private::Endpoint for Endpoint {
        type Data = ();
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
        fn __attach(
            __request: ::levante::__private::HttpRequest,
        ) -> ::levante::__private::Attaching<()> {
            ::levante::__private::attach_nothing(__request)
        }
        fn __message(
            __ws: &Ws,
            __0: ::levante::__private::Incoming<'_>,
        ) -> ::levante::__private::Outcome {
            let __ws: &Ws = __ws;
            let __0: Message = ::levante::__private::payload(__0)?;
            ::levante::__private::outcome(message(__ws, __0))
        }
        static __HANDLERS: ::levante::__private::Handlers<Endpoint> = ::levante::__private::Handlers {
            message: ::core::option::Option::Some(
                ::levante::__private::Handler::Sync(__message),
            ),
            ..::levante::__private::Handlers::new(
                __attach,
                ::levante::__private::Probe::<Ws>::SHARE,
            )
        };
        const _: &::levante::__private::Handlers<Endpoint> = &__HANDLERS;
        impl ::levante::__private::Mount for Endpoint {
            const PATH: &'static ::core::primitive::str = "/echo";
            const CONFIG: ::levante::__private::Config = ::levante::__private::Config::DEFAULT;
            const HANDLERS: &'static ::levante::__private::Handlers<Self> = &__HANDLERS;
        }
    };
}
