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
    use ::levante::__private as __levante;
    #[doc(hidden)]
    enum Endpoint {}
    impl __levante::Generated for Endpoint {}
    impl __levante::Endpoint for Endpoint {
        type Data = Visitor;
        type Sends = __levante::Anything;
        type Closes = __levante::Anything;
    }
    /// A socket of this module. It is as visible as its data.
    type Ws = __levante::Socket<Endpoint>;
    /// The service of this socket, for `App::service`.
    #[allow(unreachable_pub, clippy::must_use_candidate)]
    pub fn service() -> __levante::Service {
        __levante::service::<Endpoint>()
    }
    const _: () = {
        use __levante::{Local as _, Plain as _};
        const _: () = __levante::check_extractor(
            __levante::Probe::<web::Query<Join>>::TAKES_BODY,
        );
        const _: () = __levante::check_data(
            __levante::Probe::<Visitor>::LOOK,
            __levante::Probe::<Visitor>::IS_REFUSAL,
            __levante::Probe::<Visitor>::IS_ERROR,
            false,
        );
        fn __attach(__request: __levante::HttpRequest) -> __levante::Attaching<Visitor> {
            __levante::attaching(async move {
                let __0: web::Query<Join> = __levante::extract(&__request).await?;
                __levante::attached::<Visitor>(attach(__0).await)
            })
        }
        fn __open(__ws: &Ws) -> __levante::Outcome {
            let __ws: &Ws = __ws;
            __levante::outcome(open(__ws))
        }
        fn __message(__ws: &Ws, __0: __levante::Incoming<'_>) -> __levante::Outcome {
            let __ws: &Ws = __ws;
            let __0: &str = __levante::payload(__0)?;
            __levante::outcome(message(__ws, __0))
        }
        fn __close(__ws: &Ws, __0: __levante::CloseReason) -> __levante::Outcome {
            let __ws: &Ws = __ws;
            __levante::outcome(close(__ws))
        }
        static __HANDLERS: __levante::Handlers<Endpoint> = __levante::Handlers {
            open: ::core::option::Option::Some(__levante::Handler::Sync(__open)),
            message: ::core::option::Option::Some(__levante::Handler::Sync(__message)),
            close: ::core::option::Option::Some(__levante::Handler::Sync(__close)),
            ..__levante::Handlers::new(__attach, __levante::Probe::<Ws>::SHARE)
        };
        const _: &__levante::Handlers<Endpoint> = &__HANDLERS;
        impl __levante::Mount for Endpoint {
            const MODULE: &'static ::core::primitive::str = ::core::module_path!();
            const PATH: &'static ::core::primitive::str = "/chat";
            const CONFIG: __levante::Config = __levante::Config::DEFAULT;
            const HANDLERS: &'static __levante::Handlers<Self> = &__HANDLERS;
        }
    };
}
