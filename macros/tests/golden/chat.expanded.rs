mod chat {
    use super::*;
    #[derive(serde::Deserialize)]
    struct Join {
        name: String,
    }
    struct Visitor {
        name: String,
    }
    /// Runs before the upgrade.
    async fn attach(join: web::Query<Join>) -> Result<Visitor, actix_web::Error> {
        Ok(Visitor {
            name: join.into_inner().name,
        })
    }
    fn open(ws: &Ws) {
        ws.subscribe("lobby");
        ws.publish("lobby", format!("{} has entered the chat", ws.data.name));
    }
    fn message(ws: &Ws, text: &str) {
        ws.publish("lobby", format!("{}: {text}", ws.data.name));
    }
    fn close(ws: &Ws) {
        ws.publish("lobby", format!("{} has left the chat", ws.data.name));
    }
    #[doc(hidden)]
    enum Endpoint {}
    impl ::levante::__private::Generated for Endpoint {}
    impl ::levante::__private::Endpoint for Endpoint {
        type Data = Visitor;
    }
    /// A socket of this module.
    type Ws = ::levante::Socket<Endpoint>;
    /// The service of this socket, for `App::service`.
    #[allow(unreachable_pub, clippy::must_use_candidate)]
    pub fn service() -> ::levante::Service {
        ::levante::__private::service::<Endpoint>()
    }
    const _: () = {
        use ::levante::__private::{Local as _, Plain as _};
        const _: () = ::levante::__private::check_extractor(
            ::levante::__private::Probe::<web::Query<Join>>::TAKES_BODY,
        );
        const _: () = ::levante::__private::check_data(
            ::levante::__private::Probe::<Visitor>::LOOK,
            ::levante::__private::Probe::<Visitor>::IS_REFUSAL,
            ::levante::__private::Probe::<Visitor>::IS_ERROR,
            false,
        );
        fn __attach(
            __request: ::levante::__private::HttpRequest,
        ) -> ::levante::__private::Attaching<Visitor> {
            ::levante::__private::attaching(async move {
                let __0: web::Query<Join> = ::levante::__private::extract(&__request)
                    .await?;
                ::levante::__private::attached::<Visitor>(attach(__0).await)
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
            let __0: &str = ::levante::__private::payload(__0)?;
            ::levante::__private::outcome(message(__ws, __0))
        }
        fn __close(
            __ws: &Ws,
            __0: ::levante::__private::CloseReason,
        ) -> ::levante::__private::Outcome {
            let __ws: &Ws = __ws;
            ::levante::__private::outcome(close(__ws))
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
            ..::levante::__private::Handlers::new(
                __attach,
                ::levante::__private::Probe::<Ws>::SHARE,
            )
        };
        const _: &::levante::__private::Handlers<Endpoint> = &__HANDLERS;
        impl ::levante::__private::Mount for Endpoint {
            const PATH: &'static ::core::primitive::str = "/chat";
            const CONFIG: ::levante::__private::Config = ::levante::__private::Config::DEFAULT;
            const HANDLERS: &'static ::levante::__private::Handlers<Self> = &__HANDLERS;
        }
    };
}
