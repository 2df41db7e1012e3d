mod socket {
    struct User;
    pub struct Guest;
    #[cfg(all(feature = "login", unix))]
    #[cfg(not(test))]
    fn attach(user: Login) -> User {
        User
    }
    #[cfg(feature = "guests")]
    fn attach() -> Guest {
        Guest
    }
    /// Docs stay where they are.
    #[cfg(feature = "verbose")]
    #[inline]
    fn open(ws: &Ws) {}
    #[cfg(feature = "binary")]
    fn message(ws: &Ws, bytes: &[u8]) {}
    #[cfg(not(feature = "binary"))]
    async fn message(ws: &Ws, text: &str) {}
    #[doc(hidden)]
    use ::levante::__private as __levante;
    #[cfg(all(feature = "login", unix))]
    #[cfg(not(test))]
    #[doc(hidden)]
    enum Endpoint {}
    #[cfg(all(feature = "login", unix))]
    #[cfg(not(test))]
    impl __levante::Generated for Endpoint {}
    #[cfg(all(feature = "login", unix))]
    #[cfg(not(test))]
    impl __levante::Endpoint for Endpoint {
        type Data = User;
        type Sends = __levante::Anything;
        type Closes = __levante::Anything;
    }
    #[cfg(all(feature = "login", unix))]
    #[cfg(not(test))]
    /// A socket of this module. It is as visible as its data.
    type Ws = __levante::Socket<Endpoint>;
    #[cfg(feature = "guests")]
    #[doc(hidden)]
    pub enum Endpoint {}
    #[cfg(feature = "guests")]
    impl __levante::Generated for Endpoint {}
    #[cfg(feature = "guests")]
    impl __levante::Endpoint for Endpoint {
        type Data = Guest;
        type Sends = __levante::Anything;
        type Closes = __levante::Anything;
    }
    #[cfg(feature = "guests")]
    /// A socket of this module. It is as visible as its data.
    pub type Ws = __levante::Socket<Endpoint>;
    #[cfg(
        not(any(all(all(feature = "login", unix), not(test)), all(feature = "guests")))
    )]
    #[doc(hidden)]
    pub enum Endpoint {}
    #[cfg(
        not(any(all(all(feature = "login", unix), not(test)), all(feature = "guests")))
    )]
    impl __levante::Generated for Endpoint {}
    #[cfg(
        not(any(all(all(feature = "login", unix), not(test)), all(feature = "guests")))
    )]
    impl __levante::Endpoint for Endpoint {
        type Data = ();
        type Sends = __levante::Anything;
        type Closes = __levante::Anything;
    }
    #[cfg(
        not(any(all(all(feature = "login", unix), not(test)), all(feature = "guests")))
    )]
    /// A socket of this module. It is as visible as its data.
    pub type Ws = __levante::Socket<Endpoint>;
    /// The service of this socket, for `App::service`.
    #[allow(unreachable_pub, clippy::must_use_candidate)]
    pub fn service() -> __levante::Service {
        __levante::service::<Endpoint>()
    }
    const _: () = {
        use __levante::{Local as _, Plain as _};
        #[cfg(all(feature = "login", unix))]
        #[cfg(not(test))]
        const _: () = __levante::check_extractor(__levante::Probe::<Login>::TAKES_BODY);
        #[cfg(all(feature = "login", unix))]
        #[cfg(not(test))]
        const _: () = __levante::check_data(
            __levante::Probe::<User>::LOOK,
            __levante::Probe::<User>::IS_REFUSAL,
            __levante::Probe::<User>::IS_ERROR,
            false,
        );
        #[cfg(feature = "guests")]
        const _: () = __levante::check_data(
            __levante::Probe::<Guest>::LOOK,
            __levante::Probe::<Guest>::IS_REFUSAL,
            __levante::Probe::<Guest>::IS_ERROR,
            false,
        );
        #[cfg(all(feature = "login", unix))]
        #[cfg(not(test))]
        fn __attach(__request: __levante::HttpRequest) -> __levante::Attaching<User> {
            __levante::attaching(async move {
                let __0: Login = __levante::extract(&__request).await?;
                __levante::attached::<User>(attach(__0))
            })
        }
        #[cfg(feature = "guests")]
        fn __attach(__request: __levante::HttpRequest) -> __levante::Attaching<Guest> {
            __levante::attaching(async move { __levante::attached::<Guest>(attach()) })
        }
        #[cfg(
            not(
                any(
                    all(all(feature = "login", unix), not(test)),
                    all(feature = "guests")
                )
            )
        )]
        fn __attach(__request: __levante::HttpRequest) -> __levante::Attaching<()> {
            __levante::attach_nothing(__request)
        }
        #[cfg(feature = "verbose")]
        fn __open(__ws: &Ws) -> __levante::Outcome {
            let __ws: &Ws = __ws;
            __levante::outcome(open(__ws))
        }
        #[cfg(feature = "binary")]
        fn __message(__ws: &Ws, __0: __levante::Incoming<'_>) -> __levante::Outcome {
            let __ws: &Ws = __ws;
            let __0: &[u8] = __levante::payload(__0)?;
            __levante::outcome(message(__ws, __0))
        }
        #[cfg(not(feature = "binary"))]
        fn __message(__ws: Ws, __0: __levante::Message) -> __levante::Running {
            __levante::running(async move {
                let __ws: &Ws = &__ws;
                let __0: &str = __levante::payload(::core::convert::From::from(&__0))?;
                __levante::outcome(message(__ws, __0).await)
            })
        }
        static __HANDLERS: __levante::Handlers<Endpoint> = __levante::Handlers {
            #[cfg(feature = "verbose")]
            open: ::core::option::Option::Some(__levante::Handler::Sync(__open)),
            #[cfg(feature = "binary")]
            message: ::core::option::Option::Some(__levante::Handler::Sync(__message)),
            #[cfg(not(feature = "binary"))]
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
