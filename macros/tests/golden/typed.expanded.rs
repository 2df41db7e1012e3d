/// Rooms, and who is in them.
pub mod chat {
    //! More about it.
    use super::*;
    pub struct Visitor {
        name: String,
    }
    fn attach(login: web::Query<Login>) -> Visitor {
        Visitor {
            name: login.into_inner().name,
        }
    }
    #[__levante::topic("room/{id}", message = RoomEvent)]
    pub struct Room {
        pub id: u32,
    }
    #[__levante::topic]
    use crate::{prices::Price, markets::Place as Market};
    #[__levante::wire]
    pub struct Person {
        pub name: String,
    }
    #[__levante::sends]
    enum Event<'a> {
        Welcome { name: &'a str },
    }
    #[__levante::closes]
    pub enum Bye {
        Kicked = 4001,
    }
    fn open(ws: &Ws) {
        ws.send(Event::Welcome {
            name: &ws.data.name,
        });
    }
    fn message(ws: &Ws, file: &[u8]) {}
    /// Says something to everybody in a room.
    ///
    /// - in bold
    #[__levante::on]
    fn say(
        ws: &Ws,
        room: u32,
        text: &str,
        quiet: Option<bool>,
    ) -> Result<Sent, Refused> {
        Ok(Sent)
    }
    #[__levante::on]
    async fn r#move(me: &Me, r#type: String, text: &str) -> u32 {
        7
    }
    #[__levante::on]
    pub fn hurry(_ws: &Ws) {}
    #[__levante::on]
    fn fail(_ws: &Ws) -> ! {
        panic!()
    }
    /// The answer is what the room looks like now.
    #[__levante::join]
    async fn room(ws: &Ws, room: &Room) -> Result<Vec<Person>, Refused> {
        Ok(vec![])
    }
    #[__levante::join]
    fn market(ws: &Ws, Market { symbol }: Market) {}
    #[doc(hidden)]
    use ::levante::__private as __levante;
    #[doc(hidden)]
    enum Endpoint {}
    impl __levante::Generated for Endpoint {}
    impl __levante::Endpoint for Endpoint {
        type Data = Visitor;
        type Sends = __levante::Only<Event<'static>>;
        type Closes = __levante::Only<Bye>;
    }
    /// A socket of this module. It is as visible as its data.
    type Ws = __levante::Socket<Endpoint>;
    impl __levante::Hears<Room> for Endpoint {}
    impl __levante::Hears<Price> for Endpoint {}
    impl __levante::Hears<Market> for Endpoint {}
    /// The service of this socket, for `App::service`.
    #[allow(unreachable_pub, clippy::must_use_candidate)]
    pub fn service() -> __levante::Service {
        __levante::service::<Endpoint>()
    }
    /// What this module and its clients say to each other.
    #[allow(dead_code, unreachable_pub, clippy::must_use_candidate)]
    pub fn contract() -> __levante::Contract {
        #[allow(unused_imports)]
        use __levante::contract::{
            ByHand as _, Reported as _, Told as _, Unread as _, Untold as _,
        };
        let __contract = __levante::contract::Builder::new(
                "chat",
                "/chat",
                "Rooms, and who is in them.\nMore about it.",
            )
            .within(::core::module_path!());
        let __contract = __contract
            .call(
                "say",
                "Says something to everybody in a room.\n\n- in bold",
                |__d| {
                    __levante::contract::Parameter::<u32>::describe(__d, "room");
                    __d.text("text");
                    __levante::contract::Parameter::<
                        Option<bool>,
                    >::describe(__d, "quiet");
                    let __kind = &__levante::contract::Returned::<
                        Result<Sent, Refused>,
                    >::NEW;
                    __kind.tell(__d);
                },
            );
        let __contract = __contract
            .call(
                "move",
                "",
                |__d| {
                    __levante::contract::Parameter::<String>::describe(__d, "type");
                    __d.text("text");
                    let __kind = &__levante::contract::Returned::<u32>::NEW;
                    __kind.tell(__d);
                },
            );
        let __contract = __contract.call("hurry", "", |__d| {});
        let __contract = __contract.call("fail", "", |__d| {});
        let __contract = {
            let __joining: ::core::option::Option<__levante::contract::Joining<'_>> = ::core::option::Option::None;
            let __joining = ::core::option::Option::Some(__levante::contract::Joining {
                docs: "The answer is what the room looks like now.",
                describe: |__d| {
                    let __kind = &__levante::contract::Returned::<
                        Result<Vec<Person>, Refused>,
                    >::NEW;
                    __kind.tell(__d);
                },
            });
            __levante::contract::Declared::<Room>::add(__contract, "Room", __joining)
        };
        let __contract = {
            let __joining: ::core::option::Option<__levante::contract::Joining<'_>> = ::core::option::Option::None;
            __levante::contract::Declared::<Price>::add(__contract, "Price", __joining)
        };
        let __contract = {
            let __joining: ::core::option::Option<__levante::contract::Joining<'_>> = ::core::option::Option::None;
            let __joining = ::core::option::Option::Some(__levante::contract::Joining {
                docs: "",
                describe: |__d| {},
            });
            __levante::contract::Declared::<Market>::add(__contract, "Market", __joining)
        };
        let __contract = __contract.sends::<Event<'static>>();
        let __contract = __contract.closes::<Bye>();
        __contract.finish()
    }
    const _: () = {
        use __levante::{Local as _, Plain as _};
        const _: () = __levante::check_extractor(
            __levante::Probe::<web::Query<Login>>::TAKES_BODY,
        );
        const _: () = __levante::check_data(
            __levante::Probe::<Visitor>::LOOK,
            __levante::Probe::<Visitor>::IS_REFUSAL,
            __levante::Probe::<Visitor>::IS_ERROR,
            false,
        );
        fn __attach(__request: __levante::HttpRequest) -> __levante::Attaching<Visitor> {
            __levante::attaching(async move {
                let __0: web::Query<Login> = __levante::extract(&__request).await?;
                __levante::attached::<Visitor>(attach(__0))
            })
        }
        fn __open(__ws: &Ws) -> __levante::Outcome {
            let __ws: &Ws = __ws;
            __levante::outcome(open(__ws))
        }
        fn __message(__ws: &Ws, __0: __levante::Incoming<'_>) -> __levante::Outcome {
            let __ws: &Ws = __ws;
            let __0: &[u8] = __levante::payload(__0)?;
            __levante::outcome(message(__ws, __0))
        }
        impl __levante::Joins<
            Room,
            <Result<Vec<Person>, Refused> as __levante::Parts>::Value,
            <Result<Vec<Person>, Refused> as __levante::Parts>::Error,
        > for Endpoint {}
        impl __levante::Joins<Market, (), __levante::Never> for Endpoint {}
        #[allow(unused_imports)]
        use __levante::{Reports as _, Tells as _};
        fn __on_say(
            __ws: &Ws,
            __arguments: &mut __levante::Arguments<'_>,
        ) -> ::core::result::Result<__levante::Called, __levante::Fault> {
            let mut __0 = ::core::option::Option::None;
            let mut __1 = ::core::option::Option::None;
            let mut __2 = ::core::option::Option::None;
            let __id = __arguments
                .read(|__name, __reader| match __name {
                    "room" => __levante::field::<u32>(&mut __0, "room", __reader),
                    "text" => __levante::text(&mut __1, "text", __reader),
                    "quiet" => {
                        __levante::field::<Option<bool>>(&mut __2, "quiet", __reader)
                    }
                    _ => __reader.skip(),
                })?;
            let __0 = __levante::given::<u32>(__0, "room")?;
            let __1 = __levante::given_text(__1, "text")?;
            let __2 = __levante::given::<Option<bool>>(__2, "quiet")?;
            ::core::result::Result::Ok(
                __levante::Called::Done({
                    let __ws: &Ws = __ws;
                    let __returned = say(__ws, __0, &*__1, __2);
                    let __kind = &__levante::returned(&__returned);
                    let __answer = __kind.answer(::core::convert::identity(__returned));
                    __levante::answered(__ws, __id, __answer)
                }),
            )
        }
        fn __on_move(
            __ws: &Ws,
            __arguments: &mut __levante::Arguments<'_>,
        ) -> ::core::result::Result<__levante::Called, __levante::Fault> {
            let mut __0 = ::core::option::Option::None;
            let mut __1 = ::core::option::Option::None;
            let __id = __arguments
                .read(|__name, __reader| match __name {
                    "type" => __levante::field::<String>(&mut __0, "type", __reader),
                    "text" => __levante::text(&mut __1, "text", __reader),
                    _ => __reader.skip(),
                })?;
            let __0 = __levante::given::<String>(__0, "type")?;
            let __1 = __levante::given_text(__1, "text")?.into_owned();
            ::core::result::Result::Ok(
                __levante::Called::Running({
                    let __ws = ::core::clone::Clone::clone(__ws);
                    __levante::running(async move {
                        let __ws = &__ws;
                        let __ws: &Me = __levante::lend(__ws);
                        let __returned = r#move(__ws, __0, &*__1).await;
                        let __kind = &__levante::returned(&__returned);
                        let __answer = __kind
                            .answer(::core::convert::identity(__returned));
                        __levante::answered(__ws, __id, __answer)
                    })
                }),
            )
        }
        fn __on_hurry(
            __ws: &Ws,
            __arguments: &mut __levante::Arguments<'_>,
        ) -> ::core::result::Result<__levante::Called, __levante::Fault> {
            let __id = __arguments.read(|_, __reader| __reader.skip())?;
            ::core::result::Result::Ok(
                __levante::Called::Done({
                    let __ws: &Ws = __ws;
                    let __returned = hurry(__ws);
                    let __kind = &__levante::returned(&__returned);
                    let __answer = __kind.answer(::core::convert::identity(__returned));
                    __levante::answered(__ws, __id, __answer)
                }),
            )
        }
        fn __on_fail(
            __ws: &Ws,
            __arguments: &mut __levante::Arguments<'_>,
        ) -> ::core::result::Result<__levante::Called, __levante::Fault> {
            let __id = __arguments.read(|_, __reader| __reader.skip())?;
            let __ws: &Ws = __ws;
            fail(__ws)
        }
        fn __join_room(
            __ws: &Ws,
            __topic: Room,
            __joining: __levante::Joining,
        ) -> __levante::Called {
            __levante::Called::Running({
                let __ws = ::core::clone::Clone::clone(__ws);
                __levante::running(async move {
                    let __ws = &__ws;
                    let __ws: &Ws = __ws;
                    let __returned = room(__ws, &__topic).await;
                    let __kind = &__levante::returned(&__returned);
                    let __answer = __kind.answer(::core::convert::identity(__returned));
                    __levante::joined(__ws, __joining, __answer)
                })
            })
        }
        fn __join_market(
            __ws: &Ws,
            __topic: Market,
            __joining: __levante::Joining,
        ) -> __levante::Called {
            __levante::Called::Done({
                let __ws: &Ws = __ws;
                let __returned = market(__ws, __topic);
                let __kind = &__levante::returned(&__returned);
                let __answer = __kind.answer(::core::convert::identity(__returned));
                __levante::joined(__ws, __joining, __answer)
            })
        }
        static __TYPED: __levante::Typed<Endpoint> = __levante::Typed {
            call: |__ws, __name, __arguments| match __name {
                "say" => __on_say(__ws, __arguments),
                "move" => __on_move(__ws, __arguments),
                "hurry" => __on_hurry(__ws, __arguments),
                "fail" => __on_fail(__ws, __arguments),
                _ => ::core::result::Result::Err(__levante::Fault::unknown(__name)),
            },
            join: |__ws, __joining| {
                if let ::core::option::Option::Some(__topic) = __levante::topic::<
                    Room,
                >(&__joining) {
                    return ::core::result::Result::Ok(
                        __join_room(__ws, __topic, __joining),
                    );
                }
                if let ::core::option::Option::Some(__topic) = __levante::topic::<
                    Market,
                >(&__joining) {
                    return ::core::result::Result::Ok(
                        __join_market(__ws, __topic, __joining),
                    );
                }
                ::core::result::Result::Err(__joining)
            },
        };
        const _: () = __levante::check_topic(
            __levante::Probe::<Price>::PATTERN,
            &[
                (
                    __levante::Probe::<Room>::PATTERN,
                    "`Room` has the same names: begin the names of one of them with another word",
                ),
            ],
        );
        const _: () = __levante::check_topic(
            __levante::Probe::<Market>::PATTERN,
            &[
                (
                    __levante::Probe::<Room>::PATTERN,
                    "`Room` has the same names: begin the names of one of them with another word",
                ),
                (
                    __levante::Probe::<Price>::PATTERN,
                    "`Price` has the same names: begin the names of one of them with another word",
                ),
            ],
        );
        static __HANDLERS: __levante::Handlers<Endpoint> = __levante::Handlers {
            open: ::core::option::Option::Some(__levante::Handler::Sync(__open)),
            message: ::core::option::Option::Some(__levante::Handler::Sync(__message)),
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
mod news {
    #[__levante::sends]
    enum Event {}
    fn open(ws: &Ws) {}
    #[doc(hidden)]
    use ::levante::__private as __levante;
    #[doc(hidden)]
    enum Endpoint {}
    impl __levante::Generated for Endpoint {}
    impl __levante::Endpoint for Endpoint {
        type Data = ();
        type Sends = __levante::Only<Event>;
        type Closes = __levante::Anything;
    }
    /// A socket of this module. It is as visible as its data.
    type Ws = __levante::Socket<Endpoint>;
    /// The service of this socket, for `App::service`.
    #[allow(unreachable_pub, clippy::must_use_candidate)]
    pub fn service() -> __levante::Service {
        __levante::service::<Endpoint>()
    }
    /// What this module and its clients say to each other.
    #[allow(dead_code, unreachable_pub, clippy::must_use_candidate)]
    pub fn contract() -> __levante::Contract {
        #[allow(unused_imports)]
        use __levante::contract::{
            ByHand as _, Reported as _, Told as _, Unread as _, Untold as _,
        };
        let __contract = __levante::contract::Builder::new("news", "/news", "")
            .within(::core::module_path!());
        let __contract = __contract.sends::<Event>();
        __contract.finish()
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
        #[allow(unused_imports)]
        use __levante::{Reports as _, Tells as _};
        static __TYPED: __levante::Typed<Endpoint> = __levante::Typed {
            call: |__ws, __name, __arguments| match __name {
                _ => ::core::result::Result::Err(__levante::Fault::unknown(__name)),
            },
            join: |__ws, __joining| { ::core::result::Result::Err(__joining) },
        };
        static __HANDLERS: __levante::Handlers<Endpoint> = __levante::Handlers {
            open: ::core::option::Option::Some(__levante::Handler::Sync(__open)),
            ..__levante::Handlers::new(__attach, __levante::Probe::<Ws>::SHARE)
        };
        const _: &__levante::Handlers<Endpoint> = &__HANDLERS;
        impl __levante::Mount for Endpoint {
            const MODULE: &'static ::core::primitive::str = ::core::module_path!();
            const PATH: &'static ::core::primitive::str = "/news";
            const CONFIG: __levante::Config = __levante::Config::DEFAULT;
            const HANDLERS: &'static __levante::Handlers<Self> = &__HANDLERS;
            const TYPED: ::core::option::Option<&'static __levante::Typed<Self>> = ::core::option::Option::Some(
                &__TYPED,
            );
        }
    };
}
