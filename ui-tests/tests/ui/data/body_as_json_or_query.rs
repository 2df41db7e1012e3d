use actix_web::{Either, web};
use levante::prelude::*;

#[websocket("/chat")]
mod chat {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Join {
        name: String,
    }

    type Two = Either<web::Query<Join>, web::Json<Join>>;

    async fn attach(
        join: Result<Either<web::Query<Join>, web::Json<Join>>, actix_web::Error>,
    ) -> actix_web::Result<String> {
        let join: Two = join?;
        Ok(match join {
            Either::Left(join) => join.into_inner().name,
            Either::Right(join) => join.into_inner().name,
        })
    }

    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
