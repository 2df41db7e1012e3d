use actix_web::App;
use levante::HttpServer;

fn main() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let _ = HttpServer::new(App::new).bind_rustls_0_23("127.0.0.1:0", ());
    let _ = HttpServer::new(App::new).listen_rustls_0_23(listener, ());
}
