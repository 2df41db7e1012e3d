#![deny(warnings, dead_code)]

use levante::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Hello<'a> {
    name: &'a str,
    #[serde(borrow)]
    also: Option<Box<Hello<'a>>>,
}

#[websocket("/sync")]
mod sync {
    use super::*;

    fn message(ws: &Ws, Json(Hello { name, also }): Json<Hello<'_>>) {
        ws.send(also.map_or(name, |also| also.name));
    }
}

#[websocket("/async")]
mod waiting {
    use super::*;

    async fn message(ws: &Ws, hello: Result<Json<Hello<'_>>, PayloadError>) {
        std::future::ready(()).await;
        match hello {
            Ok(Json(hello)) => ws.send(hello.name),
            Err(error) => ws.send(error.to_string()),
        };
    }
}

fn main() {
    sync::service();
    waiting::service();
}
