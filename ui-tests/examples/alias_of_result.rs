//! An alias of `Result` that takes the data as its first argument.

#![deny(warnings, dead_code)]

use actix_web::{Error, HttpRequest, error::ErrorForbidden};
use levante::prelude::*;

type WebResult<T> = Result<T, Error>;

struct Visitor {
    name: String,
}

#[websocket("/data")]
mod data {
    use super::*;

    async fn attach(request: HttpRequest) -> WebResult<Visitor> {
        let name = request.query_string().to_owned();
        if name.is_empty() {
            return Err(ErrorForbidden("a visitor has a name"));
        }
        Ok(Visitor { name })
    }

    fn open(ws: &Ws) {
        ws.send(&ws.data.name);
    }
}

#[websocket("/attached")]
mod attached {
    use super::Visitor;

    pub type AttachResult<T> = actix_web::Result<levante::Attached<T>>;

    fn attach() -> self::AttachResult<Visitor> {
        let name = "somebody".into();
        Ok(levante::Attached::new(Visitor { name }))
    }

    fn open(ws: &Ws) {
        ws.send(&ws.data.name);
    }
}

/// Data of a type that only has such a name.
#[websocket("/game")]
mod game {
    pub struct GameResult<T>(T);

    fn attach() -> GameResult<u32> {
        GameResult(7)
    }

    fn open(ws: &Ws) {
        ws.send(ws.data.0.to_string());
    }
}

#[websocket("/match")]
mod elsewhere {
    use levante::prelude::*;

    use super::game::GameResult;

    fn attach() -> Attached<Option<GameResult<u32>>> {
        Attached::new(None)
    }

    fn open(ws: &Ws) {
        ws.send(ws.data.is_some().to_string());
    }
}

fn main() {
    data::service();
    attached::service();
    game::service();
    elsewhere::service();
}
