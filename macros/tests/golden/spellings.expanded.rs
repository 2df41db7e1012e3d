mod socket {
    type Me = Ws;
    fn open(ws: &Me) {}
    async fn message(ws: &Socket<Endpoint>, text: &str) {}
    fn ping(ws: &Ws, data: [u8]) {}
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
        fn __open(__ws: &Ws) -> __levante::Outcome {
            let __ws: &Me = __levante::lend(__ws);
            __levante::outcome(open(__ws))
        }
        fn __message(__ws: Ws, __0: __levante::Message) -> __levante::Running {
            __levante::running(async move {
                let __ws: &Socket<Endpoint> = __levante::lend(&__ws);
                let __0: &str = __levante::payload(::core::convert::From::from(&__0))?;
                __levante::outcome(message(__ws, __0).await)
            })
        }
        const _: () = __levante::check_unsized(__levante::Probe::<[u8]>::IS_SIZED);
        static __HANDLERS: __levante::Handlers<Endpoint> = __levante::Handlers {
            open: ::core::option::Option::Some(__levante::Handler::Sync(__open)),
            message: ::core::option::Option::Some(__levante::Handler::Async(__message)),
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
