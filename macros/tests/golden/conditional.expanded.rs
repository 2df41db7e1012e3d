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
    #[cfg(all(feature = "login", unix))]
    #[cfg(not(test))]
    #[doc(hidden)]
    enum Endpoint {}
    #[cfg(all(feature = "login", unix))]
    #[cfg(not(test))]
    impl ::levante::__private::Generated for Endpoint {}
    #[cfg(all(feature = "login", unix))]
    #[cfg(not(test))]
    impl ::levante::__private::Endpoint for Endpoint {
        type Data = User;
    }
    #[cfg(all(feature = "login", unix))]
    #[cfg(not(test))]
    /// A socket of this module.
    type Ws = ::levante::Socket<Endpoint>;
    #[cfg(feature = "guests")]
    #[doc(hidden)]
    pub enum Endpoint {}
    #[cfg(feature = "guests")]
    impl ::levante::__private::Generated for Endpoint {}
    #[cfg(feature = "guests")]
    impl ::levante::__private::Endpoint for Endpoint {
        type Data = Guest;
    }
    #[cfg(feature = "guests")]
    /// A socket of this module.
    pub type Ws = ::levante::Socket<Endpoint>;
    #[cfg(
        not(any(all(all(feature = "login", unix), not(test)), all(feature = "guests")))
    )]
    #[doc(hidden)]
    pub enum Endpoint {}
    #[cfg(
        not(any(all(all(feature = "login", unix), not(test)), all(feature = "guests")))
    )]
    impl ::levante::__private::Generated for Endpoint {}
    #[cfg(
        not(any(all(all(feature = "login", unix), not(test)), all(feature = "guests")))
    )]
    impl ::levante::__private::Endpoint for Endpoint {
        type Data = ();
    }
    #[cfg(
        not(any(all(all(feature = "login", unix), not(test)), all(feature = "guests")))
    )]
    /// A socket of this module.
    pub type Ws = ::levante::Socket<Endpoint>;
    /// The service of this socket, for `App::service`.
    #[allow(unreachable_pub, clippy::must_use_candidate)]
    pub fn service() -> ::levante::Service {
        ::levante::__private::service::<Endpoint>()
    }
    const _: () = {
        use ::levante::__private::{Local as _, Plain as _};
        #[cfg(all(feature = "login", unix))]
        #[cfg(not(test))]
        const _: () = ::levante::__private::check_extractor(
            ::levante::__private::Probe::<Login>::TAKES_BODY,
        );
        #[cfg(all(feature = "login", unix))]
        #[cfg(not(test))]
        const _: () = ::levante::__private::check_data(
            ::levante::__private::Probe::<User>::LOOK,
            ::levante::__private::Probe::<User>::IS_REFUSAL,
            ::levante::__private::Probe::<User>::IS_ERROR,
            false,
        );
        #[cfg(feature = "guests")]
        const _: () = ::levante::__private::check_data(
            ::levante::__private::Probe::<Guest>::LOOK,
            ::levante::__private::Probe::<Guest>::IS_REFUSAL,
            ::levante::__private::Probe::<Guest>::IS_ERROR,
            false,
        );
        #[cfg(all(feature = "login", unix))]
        #[cfg(not(test))]
        fn __attach(
            __request: ::levante::__private::HttpRequest,
        ) -> ::levante::__private::Attaching<User> {
            ::levante::__private::attaching(async move {
                let __0: Login = ::levante::__private::extract(&__request).await?;
                ::levante::__private::attached::<User>(attach(__0))
            })
        }
        #[cfg(feature = "guests")]
        fn __attach(
            __request: ::levante::__private::HttpRequest,
        ) -> ::levante::__private::Attaching<Guest> {
            ::levante::__private::attaching(async move {
                ::levante::__private::attached::<Guest>(attach())
            })
        }
        #[cfg(
            not(
                any(
                    all(all(feature = "login", unix), not(test)),
                    all(feature = "guests")
                )
            )
        )]
        fn __attach(
            __request: ::levante::__private::HttpRequest,
        ) -> ::levante::__private::Attaching<()> {
            ::levante::__private::attach_nothing(__request)
        }
        #[cfg(feature = "verbose")]
        fn __open(__ws: &Ws) -> ::levante::__private::Outcome {
            let __ws: &Ws = __ws;
            ::levante::__private::outcome(open(__ws))
        }
        #[cfg(feature = "binary")]
        fn __message(
            __ws: &Ws,
            __0: ::levante::__private::Incoming<'_>,
        ) -> ::levante::__private::Outcome {
            let __ws: &Ws = __ws;
            let __0: &[u8] = ::levante::__private::payload(__0)?;
            ::levante::__private::outcome(message(__ws, __0))
        }
        #[cfg(not(feature = "binary"))]
        fn __message(
            __ws: Ws,
            __0: ::levante::__private::Message,
        ) -> ::levante::__private::Running {
            ::levante::__private::running(async move {
                let __ws: &Ws = &__ws;
                let __0: &str = ::levante::__private::payload(
                    ::core::convert::From::from(&__0),
                )?;
                ::levante::__private::outcome(message(__ws, __0).await)
            })
        }
        static __HANDLERS: ::levante::__private::Handlers<Endpoint> = ::levante::__private::Handlers {
            #[cfg(feature = "verbose")]
            open: ::core::option::Option::Some(
                ::levante::__private::Handler::Sync(__open),
            ),
            #[cfg(feature = "binary")]
            message: ::core::option::Option::Some(
                ::levante::__private::Handler::Sync(__message),
            ),
            #[cfg(not(feature = "binary"))]
            message: ::core::option::Option::Some(
                ::levante::__private::Handler::Async(__message),
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
