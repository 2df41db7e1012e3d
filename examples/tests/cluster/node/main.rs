//! A node of the tests of clusters: `PORT=0 cargo run --bin node -- --broker redis://127.0.0.1:6379`.
//! Its settings are those of the test, so that no test has to wait for the defaults.

mod options;
mod routes;
mod socket;

use std::{env, io, process::ExitCode, time::Duration};

use actix_web::{
    App,
    rt::{self, signal},
    web,
};
use levante::{
    Server,
    cluster::{Cluster, Nats, Redis},
};
use levante_examples::arguments;

use self::{
    options::{Options, Stop},
    routes::ask,
    socket::node,
};

#[actix_web::main]
async fn main() -> ExitCode {
    levante_examples::exit(match Options::parse(env::args_os().skip(1)) {
        Ok(options) => serve(options).await,
        Err(problem) => Err(arguments::unusable(&problem)),
    })
}

async fn serve(options: Options) -> io::Result<()> {
    levante_examples::log::start()?;
    let listener = levante_examples::listen(8080)?;
    let server = Server::global();
    // The tests are about the way between nodes, and not about what one worker takes.
    server.set_publish_limit(1 << 28);
    let cluster = web::Data::new(join(&server, &options).await.map_err(io::Error::other)?);
    println!("http://{}", listener.local_addr()?);
    let app = move || {
        App::new()
            .app_data(cluster.clone())
            .app_data(web::JsonConfig::default().limit(4 << 20))
            .service(node::service())
            .service(ask)
    };
    if let Stop::Serve = options.stop {
        let server = actix_web::HttpServer::new(app)
            .workers(2)
            .tcp_nodelay(true)
            .client_disconnect_timeout(Duration::ZERO)
            .disable_signals()
            .listen(listener)?
            .run();
        return levante::serve(server).shutdown_timeout(30).await;
    }
    let server = levante::HttpServer::new(app)
        .workers(2)
        .shutdown_timeout(30);
    match options.stop {
        Stop::Future => {
            let server = server.shutdown_signal(async { _ = signal::ctrl_c().await });
            server.listen(listener)?.run().await
        }
        Stop::Handle => {
            let server = server.disable_signals().system_exit();
            let running = server.listen(listener)?.run();
            let handle = running.handle();
            rt::spawn(async move {
                if signal::ctrl_c().await.is_ok() {
                    handle.stop(true).await;
                }
            });
            running.await
        }
        Stop::Signals | Stop::Serve => server.listen(listener)?.run().await,
    }
}

/// Joins the cluster that the command line names.
async fn join(
    server: &Server,
    options: &Options,
) -> Result<Option<Cluster>, Box<dyn std::error::Error + Send + Sync>> {
    let Some(url) = &options.broker else {
        return Ok(None);
    };
    let degraded = options.start_degraded;
    Ok(Some(if url.starts_with("nats") || url.starts_with("tls") {
        let join = options.set(server.join(Nats::new(url)?));
        if degraded {
            join.start_degraded().await?
        } else {
            join.await?
        }
    } else {
        let join = options.set(server.join(Redis::new(url)?));
        if degraded {
            join.start_degraded().await?
        } else {
            join.await?
        }
    }))
}
