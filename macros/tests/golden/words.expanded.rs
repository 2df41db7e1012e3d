//! The attributes of data, with descriptions for the contract.
#[derive(
    ::levante::__private::serde::Serialize,
    ::levante::__private::serde::Deserialize,
    ::levante::__private::schemars::JsonSchema,
)]
#[serde(crate = "::levante::__private::serde")]
#[schemars(
    crate = "::levante::__private::schemars",
    extend(
        "x-levante-type" = ::levante::__private::contract::origin::<Self>(
            ::core::module_path!()
        )
    )
)]
pub struct Person {
    pub name: String,
}
#[automatically_derived]
impl ::levante::__private::Wire for Person {
    type Static = Person;
}
#[automatically_derived]
impl ::levante::__private::WireAs<Person> for Person {}
#[derive(
    ::levante::__private::serde::Serialize,
    ::levante::__private::serde::Deserialize,
    ::levante::__private::schemars::JsonSchema,
)]
#[serde(crate = "::levante::__private::serde")]
#[schemars(
    crate = "::levante::__private::schemars",
    rename = "Page_{T}",
    extend(
        "x-levante-type" = ::levante::__private::contract::origin::<Self>(
            ::core::module_path!()
        )
    )
)]
pub struct Page<T> {
    pub items: Vec<T>,
}
#[automatically_derived]
impl<T> ::levante::__private::Wire for Page<T>
where
    T: 'static,
    Self: ::levante::__private::serde::Serialize,
{
    type Static = Page<T>;
}
#[automatically_derived]
impl<T> ::levante::__private::WireAs<Page<T>> for Page<T>
where
    T: 'static,
    Self: ::levante::__private::serde::Serialize,
{}
#[derive(
    ::levante::__private::serde::Serialize,
    ::levante::__private::serde::Deserialize,
    ::levante::__private::schemars::JsonSchema,
)]
#[serde(crate = "::levante::__private::serde")]
#[schemars(
    crate = "::levante::__private::schemars",
    extend(
        "x-levante-type" = ::levante::__private::contract::origin::<Self>(
            ::core::module_path!()
        )
    )
)]
#[serde(rename_all = "snake_case")]
pub enum Mood {
    Happy,
    Sad,
}
#[automatically_derived]
impl ::levante::__private::Wire for Mood {
    type Static = Mood;
}
#[automatically_derived]
impl ::levante::__private::WireAs<Mood> for Mood {}
#[derive(
    ::levante::__private::serde::Serialize,
    ::levante::__private::serde::Deserialize,
    ::levante::__private::schemars::JsonSchema,
)]
#[serde(crate = "::levante::__private::serde")]
#[schemars(crate = "::levante::__private::schemars")]
#[serde(transparent)]
pub struct Id(u64);
#[automatically_derived]
impl ::levante::__private::Wire for Id {
    type Static = Id;
}
#[automatically_derived]
impl ::levante::__private::WireAs<Id> for Id {}
#[derive(
    ::levante::__private::serde::Serialize,
    ::levante::__private::schemars::JsonSchema,
)]
#[serde(crate = "::levante::__private::serde")]
#[schemars(
    crate = "::levante::__private::schemars",
    extend(
        "x-levante-type" = ::levante::__private::contract::origin::<Self>(
            ::core::module_path!()
        )
    )
)]
#[serde(rename_all = "snake_case")]
#[serde(tag = "type")]
pub enum Event<'a> {
    Welcome { you: &'a str },
}
#[automatically_derived]
impl<'a> ::levante::__private::Wire for Event<'a> {
    type Static = Event<'static>;
}
#[automatically_derived]
impl<'a> ::levante::__private::WireAs<Event<'static>> for Event<'a> {}
pub struct Room {
    pub id: u32,
}
#[automatically_derived]
impl ::levante::__private::Destination for Room {
    type Carries = ::levante::__private::Only<
        <Page<Person> as ::levante::__private::Wire>::Static,
    >;
    type Kind = Self;
    fn named<__R>(
        &self,
        __with: impl ::core::ops::FnOnce(&::core::primitive::str) -> __R,
    ) -> __R {
        ::levante::__private::with_name(
            |__name| {
                __name.literal("room/");
                __name.value(::levante::__private::segment::<u32>(), &self.id);
            },
            __with,
        )
    }
}
#[automatically_derived]
impl ::levante::__private::Destination for &Room {
    type Carries = <Room as ::levante::__private::Destination>::Carries;
    type Kind = Room;
    fn named<__R>(
        &self,
        __with: impl ::core::ops::FnOnce(&::core::primitive::str) -> __R,
    ) -> __R {
        ::levante::__private::Destination::named(*self, __with)
    }
}
#[automatically_derived]
impl ::levante::__private::TypedTopic for Room {
    type Message = Page<Person>;
    const PATTERN: &'static ::core::primitive::str = "room/{id}";
    fn from_name(__name: &::core::primitive::str) -> ::core::option::Option<Self> {
        ::levante::__private::topic_of(
            __name,
            |__segments| {
                __segments.literal("room/")?;
                let id = __segments.value(::levante::__private::segment::<u32>())?;
                ::core::option::Option::Some(Self { id })
            },
        )
    }
}
#[automatically_derived]
impl ::levante::__private::contract::DescribeTopic for Room {
    const ADDRESS: &'static ::core::primitive::str = "room/{id}";
    const DOCS: &'static ::core::primitive::str = "";
    fn fields(__fields: &mut ::levante::__private::contract::Describing<'_>) {
        #[allow(unused_imports)]
        use ::levante::__private::contract::Unread as _;
        ::levante::__private::contract::Segment::<u32>::describe(__fields, "id");
    }
    fn message(__message: &mut ::levante::__private::contract::Describing<'_>) {
        #[allow(unused_imports)]
        use ::levante::__private::contract::{Reported as _, Told as _, Untold as _};
        let __kind = &::levante::__private::contract::Returned::<Page<Person>>::NEW;
        __kind.tell(__message);
    }
}
#[derive(
    ::core::clone::Clone,
    ::core::marker::Copy,
    ::core::fmt::Debug,
    ::core::cmp::PartialEq,
    ::core::cmp::Eq
)]
pub enum Bye {
    /// By a moderator.
    Kicked = 4001,
}
const _: () = {
    const fn __code(code: &Bye) -> ::core::primitive::u16 {
        match code {
            Bye::Kicked { .. } => 4001u16,
        }
    }
    #[automatically_derived]
    impl ::core::convert::From<Bye> for ::levante::__private::CloseCode {
        fn from(code: Bye) -> Self {
            Self::from(__code(&code))
        }
    }
    #[automatically_derived]
    impl ::core::cmp::PartialEq<Bye> for ::levante::__private::CloseCode {
        fn eq(&self, other: &Bye) -> ::core::primitive::bool {
            *self == __code(other)
        }
    }
    #[automatically_derived]
    impl ::core::cmp::PartialEq<::levante::__private::CloseCode> for Bye {
        fn eq(
            &self,
            other: &::levante::__private::CloseCode,
        ) -> ::core::primitive::bool {
            *other == __code(self)
        }
    }
    #[automatically_derived]
    impl ::levante::__private::Closes for Bye {
        const CODES: &'static [(
            &'static ::core::primitive::str,
            ::core::primitive::u16,
            &'static ::core::primitive::str,
        )] = &[("Kicked", 4001u16, "By a moderator.")];
    }
};
