mod echo {
    use levante::prelude::*;
    fn message(ws: &Ws, message: Message) {
        ws.send(message);
    }
    #[doc(hidden)]
    use ::levante::__private as __levante;
    #[doc(hidden)]
    pub enum Endpoint {}
    impl __levante::Generated for Endpoint {}
    impl __levante::Endpoint for Endpoint {
        type Data = ();
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
        fn __attach(__request: __levante::HttpRequest) -> __levante::Attaching<()> {
            __levante::attach_nothing(__request)
        }
        fn __message(__ws: &Ws, __0: __levante::Incoming<'_>) -> __levante::Outcome {
            let __ws: &Ws = __ws;
            let __0: Message = __levante::payload(__0)?;
            __levante::outcome(message(__ws, __0))
        }
        static __HANDLERS: __levante::Handlers<Endpoint> = __levante::Handlers {
            message: ::core::option::Option::Some(__levante::Handler::Sync(__message)),
            ..__levante::Handlers::new(__attach, __levante::Probe::<Ws>::SHARE)
        };
        const _: &__levante::Handlers<Endpoint> = &__HANDLERS;
        impl __levante::Mount for Endpoint {
            const MODULE: &'static ::core::primitive::str = ::core::module_path!();
            const PATH: &'static ::core::primitive::str = "/echo";
            const CONFIG: __levante::Config = __levante::Config::DEFAULT;
            const HANDLERS: &'static __levante::Handlers<Self> = &__HANDLERS;
        }
    };
}
