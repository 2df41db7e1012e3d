mod chat {
    #[cfg(feature = "rooms")]
    #[__levante::topic("room/{id}", message = RoomEvent)]
    struct Room {
        id: u32,
    }
    #[cfg(feature = "welcome")]
    #[__levante::sends]
    enum Event {
        Welcome,
    }
    #[cfg(unix)]
    #[__levante::closes]
    enum Bye {
        Kicked = 4001,
    }
    #[cfg(windows)]
    #[__levante::closes]
    enum Farewell {
        Kicked = 4001,
    }
    #[cfg(unix)]
    #[__levante::on]
    fn say(ws: &Ws, text: &str) {}
    #[cfg(not(unix))]
    #[__levante::on]
    fn say(ws: &Ws, text: String) {}
    #[cfg(feature = "rooms")]
    #[__levante::join]
    fn room(ws: &Ws, room: &Room) {}
    #[doc(hidden)]
    use ::levante::__private as __levante;
    #[doc(hidden)]
    enum Endpoint {}
    impl __levante::Generated for Endpoint {}
    impl __levante::Endpoint for Endpoint {
        type Data = ();
        #[cfg(feature = "welcome")]
        type Sends = __levante::Only<Event>;
        #[cfg(not(any(all(feature = "welcome"))))]
        type Sends = __levante::Nothing;
        #[cfg(unix)]
        type Closes = __levante::Only<Bye>;
        #[cfg(windows)]
        type Closes = __levante::Only<Farewell>;
        #[cfg(not(any(all(unix), all(windows))))]
        type Closes = __levante::Anything;
    }
    /// A socket of this module. It is as visible as its data.
    type Ws = __levante::Socket<Endpoint>;
    #[cfg(feature = "rooms")]
    impl __levante::Hears<Room> for Endpoint {}
    /// The service of this socket, for `App::service`.
    #[allow(unreachable_pub, clippy::must_use_candidate)]
    pub fn service() -> __levante::Service {
        __levante::service::<Endpoint>()
    }
    /// What this module and its clients say to each other.
    #[allow(dead_code, unreachable_pub, clippy::must_use_candidate)]
    pub fn contract() -> __levante::Contract {
        #[allow(unused_imports)]
        use __levante::contract::{Reported as _, Told as _, Unread as _};
        let __contract = __levante::contract::Builder::new("chat", "/chat", "")
            .within(::core::module_path!());
        #[cfg(unix)]
        let __contract = __contract
            .call(
                "say",
                "",
                |__d| {
                    __d.text("text");
                },
            );
        #[cfg(not(unix))]
        let __contract = __contract
            .call(
                "say",
                "",
                |__d| {
                    __d.parameter::<
                            String,
                        >(
                        "text",
                        __levante::contract::Requires::<String>::is_required(),
                    );
                },
            );
        #[cfg(feature = "rooms")]
        let __contract = {
            let __joining: ::core::option::Option<__levante::contract::Joining<'_>> = ::core::option::Option::None;
            #[cfg(feature = "rooms")]
            let __joining = ::core::option::Option::Some(__levante::contract::Joining {
                docs: "",
                describe: |__d| {},
            });
            __contract.topic::<Room>("Room", __joining)
        };
        #[cfg(feature = "welcome")]
        let __contract = __contract.sends::<Event>();
        #[cfg(unix)]
        let __contract = __contract.closes::<Bye>();
        #[cfg(windows)]
        let __contract = __contract.closes::<Farewell>();
        __contract.finish()
    }
    const _: () = {
        use __levante::{Local as _, Plain as _};
        fn __attach(__request: __levante::HttpRequest) -> __levante::Attaching<()> {
            __levante::attach_nothing(__request)
        }
        #[cfg(feature = "rooms")]
        impl __levante::Joins<Room, (), __levante::Never> for Endpoint {}
        #[allow(unused_imports)]
        use __levante::{Reports as _, Tells as _};
        #[cfg(unix)]
        fn __on_say(
            __ws: &Ws,
            __arguments: &mut __levante::Arguments<'_>,
        ) -> ::core::result::Result<__levante::Called, __levante::Fault> {
            let mut __0 = ::core::option::Option::None;
            let __id = __arguments
                .read(|__name, __reader| match __name {
                    "text" => __levante::text(&mut __0, "text", __reader),
                    _ => __reader.skip(),
                })?;
            let __0 = __levante::given_text(__0, "text")?;
            ::core::result::Result::Ok(
                __levante::Called::Done({
                    let __ws: &Ws = __ws;
                    let __returned = say(__ws, &*__0);
                    let __kind = &__levante::returned(&__returned);
                    let __answer = __kind.answer(::core::convert::identity(__returned));
                    __levante::answered(__ws, __id, __answer)
                }),
            )
        }
        #[cfg(not(unix))]
        fn __on_say(
            __ws: &Ws,
            __arguments: &mut __levante::Arguments<'_>,
        ) -> ::core::result::Result<__levante::Called, __levante::Fault> {
            let mut __0 = ::core::option::Option::None;
            let __id = __arguments
                .read(|__name, __reader| match __name {
                    "text" => __levante::field::<String>(&mut __0, "text", __reader),
                    _ => __reader.skip(),
                })?;
            let __0 = __levante::given::<String>(__0, "text")?;
            ::core::result::Result::Ok(
                __levante::Called::Done({
                    let __ws: &Ws = __ws;
                    let __returned = say(__ws, __0);
                    let __kind = &__levante::returned(&__returned);
                    let __answer = __kind.answer(::core::convert::identity(__returned));
                    __levante::answered(__ws, __id, __answer)
                }),
            )
        }
        #[cfg(feature = "rooms")]
        fn __join_room(
            __ws: &Ws,
            __topic: Room,
            __joining: __levante::Joining,
        ) -> __levante::Called {
            __levante::Called::Done({
                let __ws: &Ws = __ws;
                let __returned = room(__ws, &__topic);
                let __kind = &__levante::returned(&__returned);
                let __answer = __kind.answer(::core::convert::identity(__returned));
                __levante::joined(__ws, __joining, __answer)
            })
        }
        static __TYPED: __levante::Typed<Endpoint> = __levante::Typed {
            call: |__ws, __name, __arguments| match __name {
                #[cfg(unix)]
                "say" => __on_say(__ws, __arguments),
                #[cfg(not(unix))]
                "say" => __on_say(__ws, __arguments),
                _ => ::core::result::Result::Err(__levante::Fault::unknown(__name)),
            },
            join: |__ws, __joining| {
                #[cfg(feature = "rooms")]
                if let ::core::option::Option::Some(__topic) = __levante::topic::<
                    Room,
                >(&__joining) {
                    return ::core::result::Result::Ok(
                        __join_room(__ws, __topic, __joining),
                    );
                }
                ::core::result::Result::Err(__joining)
            },
        };
        static __HANDLERS: __levante::Handlers<Endpoint> = __levante::Handlers {
            ..__levante::Handlers::new(__attach, __levante::Probe::<Ws>::SHARE)
        };
        const _: &__levante::Handlers<Endpoint> = &__HANDLERS;
        impl __levante::Mount for Endpoint {
            const MODULE: &'static ::core::primitive::str = ::core::module_path!();
            const PATH: &'static ::core::primitive::str = "/chat";
            const CONFIG: __levante::Config = __levante::Config::DEFAULT;
            const HANDLERS: &'static __levante::Handlers<Self> = &__HANDLERS;
            const TYPED: ::core::option::Option<&'static __levante::Typed<Self>> = ::core::option::Option::Some(
                &__TYPED,
            );
        }
    };
}
