mod dependency {
    async fn message(ws: &Ws, text: &str) {}
    #[doc(hidden)]
    use ::rt::__private as __levante;
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
        fn __message(__ws: Ws, __0: __levante::Message) -> __levante::Running {
            __levante::running(async move {
                let __ws: &Ws = &__ws;
                let __0: &str = __levante::payload(::core::convert::From::from(&__0))?;
                __levante::outcome(message(__ws, __0).await)
            })
        }
        static __HANDLERS: __levante::Handlers<Endpoint> = __levante::Handlers {
            message: ::core::option::Option::Some(__levante::Handler::Async(__message)),
            ..__levante::Handlers::new(__attach, __levante::Probe::<Ws>::SHARE)
        };
        const _: &__levante::Handlers<Endpoint> = &__HANDLERS;
        impl __levante::Mount for Endpoint {
            const MODULE: &'static ::core::primitive::str = ::core::module_path!();
            const PATH: &'static ::core::primitive::str = "/dependency";
            const CONFIG: __levante::Config = __levante::Config::DEFAULT;
            const HANDLERS: &'static __levante::Handlers<Self> = &__HANDLERS;
        }
    };
}
mod reexported {
    fn attach() -> u32 {
        7
    }
    fn open(ws: &Ws) {}
    #[doc(hidden)]
    use super::deps::levante::__private as __levante;
    #[doc(hidden)]
    pub(super) enum Endpoint {}
    impl __levante::Generated for Endpoint {}
    impl __levante::Endpoint for Endpoint {
        type Data = u32;
        type Sends = __levante::Anything;
        type Closes = __levante::Anything;
    }
    /// A socket of this module. It is as visible as its data.
    pub(super) type Ws = __levante::Socket<Endpoint>;
    /// The service of this socket, for `App::service`.
    #[allow(unreachable_pub, clippy::must_use_candidate)]
    pub fn service() -> __levante::Service {
        __levante::service::<Endpoint>()
    }
    const _: () = {
        use __levante::{Local as _, Plain as _};
        #[track_caller]
        const fn __send_pings(__config: __levante::Config) -> __levante::Config {
            use super::*;
            __config.send_pings(const { false })
        }
        const _: __levante::Config = __send_pings(__levante::Config::DEFAULT);
        const _: () = __levante::check_data(
            __levante::Probe::<u32>::LOOK,
            __levante::Probe::<u32>::IS_REFUSAL,
            __levante::Probe::<u32>::IS_ERROR,
            false,
        );
        fn __attach(__request: __levante::HttpRequest) -> __levante::Attaching<u32> {
            __levante::attaching(async move { __levante::attached::<u32>(attach()) })
        }
        fn __open(__ws: &Ws) -> __levante::Outcome {
            let __ws: &Ws = __ws;
            __levante::outcome(open(__ws))
        }
        static __HANDLERS: __levante::Handlers<Endpoint> = __levante::Handlers {
            open: ::core::option::Option::Some(__levante::Handler::Sync(__open)),
            ..__levante::Handlers::new(__attach, __levante::Probe::<Ws>::SHARE)
        };
        const _: &__levante::Handlers<Endpoint> = &__HANDLERS;
        impl __levante::Mount for Endpoint {
            const MODULE: &'static ::core::primitive::str = ::core::module_path!();
            const PATH: &'static ::core::primitive::str = "/reexported";
            const CONFIG: __levante::Config = __send_pings(__levante::Config::DEFAULT);
            const HANDLERS: &'static __levante::Handlers<Self> = &__HANDLERS;
        }
    };
}
mod absolute {
    fn open(ws: &Ws) {}
    #[doc(hidden)]
    use ::facade::levante::__private as __levante;
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
            let __ws: &Ws = __ws;
            __levante::outcome(open(__ws))
        }
        static __HANDLERS: __levante::Handlers<Endpoint> = __levante::Handlers {
            open: ::core::option::Option::Some(__levante::Handler::Sync(__open)),
            ..__levante::Handlers::new(__attach, __levante::Probe::<Ws>::SHARE)
        };
        const _: &__levante::Handlers<Endpoint> = &__HANDLERS;
        impl __levante::Mount for Endpoint {
            const MODULE: &'static ::core::primitive::str = ::core::module_path!();
            const PATH: &'static ::core::primitive::str = "/absolute";
            const CONFIG: __levante::Config = __levante::Config::DEFAULT;
            const HANDLERS: &'static __levante::Handlers<Self> = &__HANDLERS;
        }
    };
}
mod of_this_crate {
    fn open(ws: &Ws) {}
    #[doc(hidden)]
    use crate::deps::levante::__private as __levante;
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
            let __ws: &Ws = __ws;
            __levante::outcome(open(__ws))
        }
        static __HANDLERS: __levante::Handlers<Endpoint> = __levante::Handlers {
            open: ::core::option::Option::Some(__levante::Handler::Sync(__open)),
            ..__levante::Handlers::new(__attach, __levante::Probe::<Ws>::SHARE)
        };
        const _: &__levante::Handlers<Endpoint> = &__HANDLERS;
        impl __levante::Mount for Endpoint {
            const MODULE: &'static ::core::primitive::str = ::core::module_path!();
            const PATH: &'static ::core::primitive::str = "/crate";
            const CONFIG: __levante::Config = __levante::Config::DEFAULT;
            const HANDLERS: &'static __levante::Handlers<Self> = &__HANDLERS;
        }
    };
}
