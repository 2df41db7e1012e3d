//! A socket that runs the commands of its client.

use actix_web::web;
use levante::prelude::*;

use crate::support::Log;

/// Every handler writes into the log of the server.
#[websocket(
    "/probe",
    idle_timeout = crate::support::NEVER,
    handshake_timeout = crate::support::NEVER,
    close_timeout = crate::support::NEVER
)]
pub(crate) mod socket {
    use super::*;

    pub(crate) struct Data {
        log: Log,
    }

    async fn attach(log: web::Data<Log>) -> Data {
        Data {
            log: (**log).clone(),
        }
    }

    fn open(ws: &Ws) {
        ws.data.log.push("open");
    }

    fn message(ws: &Ws, text: &str) -> Result<(), String> {
        text.split(';').try_for_each(|step| obey(ws, step.trim()))
    }

    fn obey(ws: &Ws, text: &str) -> Result<(), String> {
        let (command, rest) = text.split_once(' ').unwrap_or((text, ""));
        let (first, second) = rest.split_once(' ').unwrap_or((rest, ""));
        match command {
            "echo" => _ = ws.send(rest),
            "subscribe" => _ = ws.send(ws.subscribe(rest).to_string()),
            "unsubscribe" => _ = ws.send(ws.unsubscribe(rest).to_string()),
            "subscribed" => _ = ws.send(ws.is_subscribed(rest).to_string()),
            "subscriptions" => {
                let mut topics = ws.subscriptions();
                topics.sort();
                ws.send(topics.join(","));
            }
            "publish" => _ = ws.send(format!("published {}", ws.publish(first, second))),
            "publish-all" => _ = ws.server().publish(first, second),
            "close" => ws.close(),
            "close-with" => {
                ws.close_with(first.parse::<u16>().unwrap_or(0), second);
                ws.data
                    .log
                    .push(format!("{:?} {:?}", ws.ready_state(), ws.send("late")));
            }
            "terminate" => ws.terminate(),
            "ping" => _ = ws.ping(rest),
            "pong" => _ = ws.pong(rest),
            "pause" => ws.pause(),
            "id" => _ = ws.send(ws.id().to_string()),
            "worker" => _ = ws.send(format!("{:?}", std::thread::current().id())),
            "peer" => _ = ws.send(format!("{:?}", ws.peer_addr())),
            "err" => return Err(rest.to_owned()),
            "panic" => panic!("{rest}"),
            _ => _ = ws.send(format!("unknown command {command}")),
        }
        Ok(())
    }

    fn ping(ws: &Ws, data: &[u8]) {
        ws.data
            .log
            .push(format!("ping {}", String::from_utf8_lossy(data)));
    }

    fn pong(ws: &Ws, data: &[u8]) {
        ws.data
            .log
            .push(format!("pong {}", String::from_utf8_lossy(data)));
    }

    fn drain(ws: &Ws) {
        ws.data.log.push("drain");
    }

    fn close(ws: &Ws, reason: CloseReason) {
        let CloseReason {
            code, reason, by, ..
        } = reason;
        if ws.ready_state() != ReadyState::Closed {
            ws.data.log.push(format!("still {:?}", ws.ready_state()));
        }
        let left = ws.subscriptions().is_empty();
        let sent = ws.send("late");
        let reached = ws.publish("leavers", format!("gone {code}"));
        ws.data.log.push(format!(
            "close {code} {reason:?} {by:?} {left} {sent:?} {reached}"
        ));
    }
}

pub(crate) fn app(config: &mut web::ServiceConfig, server: &Server) {
    config.service(socket::service().server(server));
}
