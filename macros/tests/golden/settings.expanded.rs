mod socket {
    fn open(ws: &Ws) {}
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
        #[track_caller]
        const fn __idle_timeout(__config: __levante::Config) -> __levante::Config {
            use super::*;
            __config.idle_timeout(const { Duration::from_secs(60) })
        }
        const _: __levante::Config = __idle_timeout(__levante::Config::DEFAULT);
        #[track_caller]
        const fn __max_message_size(__config: __levante::Config) -> __levante::Config {
            use super::*;
            __config.max_message_size(const { super::LIMIT << 4 })
        }
        const _: __levante::Config = __max_message_size(__levante::Config::DEFAULT);
        #[track_caller]
        const fn __compression(__config: __levante::Config) -> __levante::Config {
            use super::*;
            __config
                .compression(const {
                    Compression::Dedicated {
                        window_bits: super::BITS,
                    }
                })
        }
        const _: __levante::Config = __compression(__levante::Config::DEFAULT);
        #[track_caller]
        const fn __protocols(__config: __levante::Config) -> __levante::Config {
            use super::*;
            __config.protocols(const { &["chat.v2", super::super::OLDER] })
        }
        const _: __levante::Config = __protocols(__levante::Config::DEFAULT);
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
            const PATH: &'static ::core::primitive::str = "/ws/{room}";
            const CONFIG: __levante::Config = __protocols(
                __compression(
                    __max_message_size(__idle_timeout(__levante::Config::DEFAULT)),
                ),
            );
            const HANDLERS: &'static __levante::Handlers<Self> = &__HANDLERS;
        }
    };
}
