use levante::prelude::*;

#[websocket("/chat", pingInterval = 25000, pingTimeout = 20000, maxHttpBufferSize = 1000, max_frame_size = 64, max_write_buffer_size = 64, verifyClient = false, cors = "*")]
mod chat {
    fn open(ws: &Ws) {
        ws.send("hello");
    }
}

fn main() {
    chat::service();
}
