mod socket {
    fn open(ws: &Ws) {}
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
        #[track_caller]
        const fn __idle_timeout(
            __config: ::levante::__private::Config,
        ) -> ::levante::__private::Config {
            use super::*;
            __config.idle_timeout(const { Duration::from_secs(60) })
        }
        const _: ::levante::__private::Config = __idle_timeout(
            ::levante::__private::Config::DEFAULT,
        );
        #[track_caller]
        const fn __max_message_size(
            __config: ::levante::__private::Config,
        ) -> ::levante::__private::Config {
            use super::*;
            __config.max_message_size(const { super::LIMIT << 4 })
        }
        const _: ::levante::__private::Config = __max_message_size(
            ::levante::__private::Config::DEFAULT,
        );
        #[track_caller]
        const fn __compression(
            __config: ::levante::__private::Config,
        ) -> ::levante::__private::Config {
            use super::*;
            __config
                .compression(const {
                    Compression::Dedicated {
                        window_bits: super::BITS,
                    }
                })
        }
        const _: ::levante::__private::Config = __compression(
            ::levante::__private::Config::DEFAULT,
        );
        #[track_caller]
        const fn __protocols(
            __config: ::levante::__private::Config,
        ) -> ::levante::__private::Config {
            use super::*;
            __config.protocols(const { &["chat.v2", super::super::OLDER] })
        }
        const _: ::levante::__private::Config = __protocols(
            ::levante::__private::Config::DEFAULT,
        );
        fn __attach(
            __request: ::levante::__private::HttpRequest,
        ) -> ::levante::__private::Attaching<()> {
            ::levante::__private::attach_nothing(__request)
        }
        fn __open(__ws: &Ws) -> ::levante::__private::Outcome {
            let __ws: &Ws = __ws;
            ::levante::__private::outcome(open(__ws))
        }
        static __HANDLERS: ::levante::__private::Handlers<Endpoint> = ::levante::__private::Handlers {
            open: ::core::option::Option::Some(
                ::levante::__private::Handler::Sync(__open),
            ),
            ..::levante::__private::Handlers::new(
                __attach,
                ::levante::__private::Probe::<Ws>::SHARE,
            )
        };
        const _: &::levante::__private::Handlers<Endpoint> = &__HANDLERS;
        impl ::levante::__private::Mount for Endpoint {
            const PATH: &'static ::core::primitive::str = "/ws/{room}";
            const CONFIG: ::levante::__private::Config = __protocols(
                __compression(
                    __max_message_size(
                        __idle_timeout(::levante::__private::Config::DEFAULT),
                    ),
                ),
            );
            const HANDLERS: &'static ::levante::__private::Handlers<Self> = &__HANDLERS;
        }
    };
}
