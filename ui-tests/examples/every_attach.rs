#![deny(warnings, dead_code)]

use actix_web::{Either, HttpRequest, error::ErrorForbidden, http::StatusCode, web};
use levante::prelude::*;

#[derive(serde::Deserialize)]
struct Join {
    name: String,
}

struct Visitor {
    name: String,
}

#[derive(Debug)]
struct Refused;

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("nobody gets in")
    }
}

impl actix_web::ResponseError for Refused {
    fn status_code(&self) -> StatusCode {
        StatusCode::FORBIDDEN
    }
}

#[websocket("/data")]
mod data {
    use super::*;

    fn attach() -> Visitor {
        Visitor {
            name: "somebody".into(),
        }
    }

    fn open(ws: &Ws) {
        ws.send(&ws.data.name);
    }
}

#[websocket("/nothing")]
mod nothing {
    use super::*;

    fn attach(request: HttpRequest) -> Result<(), Refused> {
        request.peer_addr().map(drop).ok_or(Refused)
    }

    fn open(ws: &Ws) {
        let () = ws.data;
    }
}

#[websocket("/unit")]
mod unit {
    use super::*;

    async fn attach(_: HttpRequest) {}

    fn open(ws: &Ws) {
        let () = ws.data;
    }
}

#[websocket("/result")]
mod result {
    use super::*;

    async fn attach(web::Query(join): web::Query<Join>) -> actix_web::Result<Visitor> {
        if join.name.is_empty() {
            return Err(ErrorForbidden("a visitor has a name"));
        }
        Ok(Visitor { name: join.name })
    }

    fn open(ws: &Ws) {
        ws.send(&ws.data.name);
    }
}

#[websocket("/attached/{room}/{seat}")]
mod attached {
    use super::*;

    fn attach(
        room: web::Path<(String, u32)>,
        mut request: HttpRequest,
        hits: Option<web::Data<std::sync::atomic::AtomicUsize>>,
    ) -> Attached<(String, u32)> {
        request = request.clone();
        drop((request, hits));
        Attached::new(room.into_inner()).header(("Set-Cookie", "seen=1"))
    }

    fn open(ws: &Ws) {
        let (room, seat) = &ws.data;
        ws.send(format!("{room} {seat}"));
    }
}

#[websocket("/both", protocols = &["a", "b"])]
mod both {
    use super::*;

    async fn attach(
        join: Result<web::Query<Join>, actix_web::Error>,
    ) -> Result<levante::Attached<Vec<Visitor>>, Refused> {
        let name = join.map_err(|_| Refused)?.into_inner().name;
        Ok(Attached::new(vec![Visitor { name }]).protocol("b"))
    }

    fn open(ws: &Ws) {
        ws.send(&ws.data[0].name);
    }
}

#[websocket("/option")]
mod option {
    use super::*;

    fn attach(join: Option<web::Query<Join>>) -> Attached<Option<String>> {
        Attached::new(join.map(|join| join.into_inner().name))
    }

    fn open(ws: &Ws) {
        ws.send(ws.data.as_deref().unwrap_or("somebody"));
    }
}

#[websocket("/option/or/error")]
mod option_or_error {
    use super::*;

    async fn attach(
        (join, _): (Either<web::Query<Join>, web::Path<String>>, HttpRequest),
    ) -> Result<Attached<Option<String>>, Refused> {
        match join {
            Either::Left(join) => Ok(Attached::new(Some(join.into_inner().name))),
            Either::Right(_) => Err(Refused),
        }
    }

    fn open(ws: &Ws) {
        ws.send(ws.data.as_deref().unwrap_or("somebody"));
    }
}

#[websocket("/yes/or/no")]
mod yes_or_no {
    use super::*;

    fn attach(request: HttpRequest) -> Attached<bool> {
        Attached::new(request.peer_addr().is_some())
    }

    fn open(ws: &Ws) {
        ws.send(ws.data.to_string());
    }
}

/// The user's own types. Their names are those of types that `attach` must not have.
mod namesakes {
    use actix_web::{FromRequest, HttpRequest, dev};

    pub(super) struct HttpResponse;
    pub(super) struct Json;

    impl FromRequest for Json {
        type Error = actix_web::Error;
        type Future = std::future::Ready<Result<Self, Self::Error>>;

        fn from_request(_: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
            std::future::ready(Ok(Self))
        }
    }
}

#[websocket("/namesakes")]
mod of_other_names {
    use super::namesakes::{HttpResponse, Json};

    fn attach(_: Json) -> HttpResponse {
        HttpResponse
    }

    fn open(ws: &Ws) {
        let HttpResponse = ws.data;
    }
}

#[websocket("/hidden/error")]
mod hidden_error {
    use super::*;

    fn attach() -> Result<Visitor, impl Into<actix_web::Error>> {
        Err::<Visitor, _>(Refused)
    }

    fn open(ws: &Ws) {
        ws.send(&ws.data.name);
    }
}

fn main() {
    data::service();
    nothing::service();
    unit::service();
    result::service();
    attached::service();
    both::service();
    option::service();
    option_or_error::service();
    yes_or_no::service();
    of_other_names::service();
    hidden_error::service();
}
