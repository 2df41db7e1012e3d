//! What a test asks the node for.

use actix_web::{Responder, post, web};
use levante::{
    Server, SocketId,
    cluster::{Cluster, State},
};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Question {
    State,
    Nodes,
    Stats,
    /// Of this process.
    Local,
    /// Of all nodes.
    Count(String),
    Synced,
    Send(SocketId, String),
    CloseSocket(SocketId, u16, String),
    CloseTopic(String, u16, String),
    /// Publishes texts from the server, those that a number of times says.
    Publish {
        topic: String,
        text: String,
        times: usize,
    },
}

#[post("/ask")]
pub(crate) async fn ask(
    server: Server,
    cluster: web::Data<Option<Cluster>>,
    question: web::Json<Question>,
) -> impl Responder {
    web::Json(answer(&server, cluster.as_ref().as_ref(), question.0).await)
}

async fn answer(server: &Server, cluster: Option<&Cluster>, question: Question) -> Value {
    match question {
        Question::State => cluster.map_or(Value::Null, |it| state(&it.state())),
        Question::Nodes => cluster.map_or(Value::Null, nodes),
        Question::Stats => cluster.map_or(Value::Null, stats),
        Question::Local => json!({
            "connections": server.connections(),
            "topics": server.topics().len(),
        }),
        Question::Count(topic) => match cluster {
            Some(cluster) => {
                let counted = cluster.subscriber_count(topic).await;
                json!({
                    "subscribers": counted.subscribers,
                    "nodes": counted.nodes,
                    "missing": counted.missing,
                })
            }
            None => Value::Null,
        },
        Question::Synced => {
            if let Some(cluster) = cluster {
                cluster.synced().await;
            }
            Value::Null
        }
        Question::Send(id, text) => json!(format!("{:?}", server.send_to(id, text))),
        Question::CloseSocket(id, code, reason) => {
            json!(format!("{:?}", server.close_socket(id, code, reason)))
        }
        Question::CloseTopic(topic, code, reason) => {
            json!(format!(
                "{:?}",
                cluster.map(|it| it.close_topic(topic, code, reason))
            ))
        }
        Question::Publish { topic, text, times } => {
            for number in 1..=times {
                server.publish(&topic, format!("{text} {number}"));
            }
            Value::Null
        }
    }
}

fn state(state: &State) -> Value {
    let (name, attempts, error) = match state {
        State::Joining {
            attempts, error, ..
        } => ("joining", *attempts, error.as_deref()),
        State::Connected { .. } => ("connected", 0, None),
        State::Reconnecting {
            attempts, error, ..
        } => ("reconnecting", *attempts, Some(&**error)),
        State::Left => ("left", 0, None),
        State::Failed { error, .. } => ("failed", 0, Some(&**error)),
        _ => ("another", 0, None),
    };
    json!({ "state": name, "attempts": attempts, "error": error, "text": state.to_string() })
}

fn nodes(cluster: &Cluster) -> Value {
    let nodes = cluster.nodes();
    let nodes = nodes.iter().map(|node| {
        json!({
            "tag": node.tag,
            "application": node.application,
            "name": node.name,
            "is_self": node.is_self,
            "age": node.age.as_millis() as u64,
        })
    });
    nodes.collect()
}

fn stats(cluster: &Cluster) -> Value {
    let stats = cluster.stats();
    json!({
        "published": stats.published,
        "acknowledged": stats.acknowledged,
        "lost": stats.lost,
        "waiting": stats.waiting,
        "waiting_bytes": stats.waiting_bytes,
        "received": stats.received,
        "duplicates": stats.duplicates,
        "refused": stats.refused,
        "unreadable": stats.unreadable,
        "other_version": stats.other_version,
        "reconnects": stats.reconnects,
        "topics": stats.topics,
    })
}
