//! A handler may run until it is dropped, and a function may be unfinished.

#![deny(warnings, dead_code)]

use std::time::Duration;

use levante::prelude::*;

#[websocket("/ws", handler_timeout = Duration::from_secs(60))]
mod socket {
    use levante::prelude::*;

    async fn open(ws: &Ws) -> ! {
        loop {
            ws.send("still here");
            ws.closed().await;
        }
    }

    fn message(_: &Ws, _: &str) -> ! {
        todo!("answers")
    }

    async fn close(_: &Ws, _: CloseReason) -> ! {
        std::future::pending().await
    }
}

#[websocket("/unfinished")]
mod unfinished {
    fn attach() -> ! {
        todo!("tells who it is")
    }

    fn open(ws: &Ws) {
        let () = ws.data;
    }
}

#[websocket("/unfinished/async")]
mod unfinished_async {
    use actix_web::HttpRequest;

    async fn attach(_: HttpRequest) -> ! {
        todo!("tells who it is")
    }

    fn open(_: &Ws) -> ! {
        unreachable!("no client gets in")
    }
}

fn main() {
    socket::service();
    unfinished::service();
    unfinished_async::service();
}
