#![deny(warnings, dead_code)]

use actix_web::App;
use levante::prelude::*;

#[websocket("/calls")]
mod calls {
    use std::borrow::Cow;

    type Me = Ws;

    struct Visitor {
        name: String,
    }

    fn attach() -> Visitor {
        Visitor {
            name: "Ada".to_owned(),
        }
    }

    fn message(_ws: &Ws, file: &[u8]) {
        println!("{} bytes", file.len());
    }

    #[on]
    fn nothing(ws: &Ws) {
        ws.subscribe("news");
    }

    #[on]
    fn text(ws: &Ws, text: &str) -> String {
        format!("{}: {text}", ws.data.name)
    }

    #[levante::on]
    fn r#move(_ws: &Ws, r#type: String, x: i64, y: Option<i64>) -> (String, i64, Option<i64>) {
        (r#type, x, y)
    }

    #[on]
    #[cfg(not(any()))]
    #[inline]
    fn borrowed(me: &Me, mut list: Vec<u32>, other: Cow<'_, str>) -> Result<u32, std::io::Error> {
        list.push(7);
        println!("{} {other}", me.data.name);
        Ok(list.iter().sum())
    }

    #[cfg(any())]
    #[on]
    fn not_here(ws: &Nothing, x: Unknown) {}

    #[on]
    fn lent(ws: &Ws) -> &str {
        &ws.data.name
    }

    #[on]
    fn failing(_ws: &Ws, number: &str) -> Result<(), std::num::ParseIntError> {
        number.parse::<u32>().map(drop)
    }

    type Parsed<T> = Result<T, std::num::ParseIntError>;

    #[on]
    fn behind_an_alias(_ws: &Ws, number: &str) -> Parsed<u32> {
        number.parse()
    }

    #[on]
    fn never(_ws: &Ws) -> ! {
        panic!("as asked for")
    }

    #[on]
    async fn late(ws: &Ws, text: &str, number: u32) -> Option<u32> {
        println!("{} {text}", ws.data.name);
        Some(number)
    }

    #[on]
    async fn late_failure(me: &Me) -> Result<(), levante::BoxError> {
        println!("{}", me.data.name);
        Ok(())
    }

    #[on]
    async fn late_nothing(_: &Ws) {}

    #[on]
    async fn late_never(_: &Ws) -> ! {
        std::future::pending().await
    }
}

fn main() {
    let _ = App::new().service(calls::service());
}
