#[websocket("/dependency", crate = rt)]
mod dependency {
    async fn message(ws: &Ws, text: &str) {}
}

#[websocket("/reexported", crate = self::deps::levante, send_pings = false)]
mod reexported {
    fn attach() -> u32 {
        7
    }

    fn open(ws: &Ws) {}
}

#[websocket("/absolute", crate = ::facade::levante)]
mod absolute {
    fn open(ws: &Ws) {}
}

#[websocket("/crate", crate = crate::deps::levante)]
mod of_this_crate {
    fn open(ws: &Ws) {}
}
