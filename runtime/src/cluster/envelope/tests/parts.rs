//! Any envelope that a node may write.

use proptest::{collection::vec, option, prelude::*};

use super::*;

/// What an envelope borrows.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    node: u64,
    lane: u16,
    sequence: u64,
    session: u32,
    topic: Option<String>,
    body: u8,
    bits: [bool; 3],
    id: Option<[u8; 16]>,
    number: u64,
    code: u16,
    texts: [String; 2],
    bytes: Vec<u8>,
    heard: Vec<Heard>,
}

pub(super) fn parts() -> impl Strategy<Value = Parts> {
    let head = (
        any::<u64>(),
        any::<u16>(),
        1..=u64::MAX,
        prop_oneof![Just(Envelope::FIRST), Envelope::FIRST..=u32::MAX],
        option::of(".{0,30}"),
    );
    let numbers = (any::<Option<[u8; 16]>>(), any::<u64>(), any::<u16>());
    let content = (["\\PC{0,30}", ".{0,60}"], vec(any::<u8>(), 0..300));
    let heard = vec(any::<Heard>(), 0..=Sessions::MOST);
    let kinds = (1..=9_u8, any::<[bool; 3]>());
    let all = (head, kinds, numbers, content, heard);
    all.prop_map(|(head, kinds, numbers, content, heard)| Parts {
        node: head.0,
        lane: head.1,
        sequence: head.2,
        session: head.3,
        topic: head.4,
        body: kinds.0,
        bits: kinds.1,
        id: numbers.0,
        number: numbers.1,
        code: numbers.2,
        texts: content.0,
        bytes: content.1,
        heard,
    })
}

impl Parts {
    pub(super) fn envelope(&self) -> Envelope<'_> {
        let topic = self.topic.as_deref();
        let has_topic = matches!(self.body, kind::PUBLISH | kind::CLOSE_TOPIC);
        let body = self.body();
        Envelope {
            node: self.node,
            lane: self.lane,
            sequence: self.sequence,
            session: match body.is_in_sequence() {
                true => self.session,
                false => Envelope::FIRST,
            },
            topic: topic.filter(|_| has_topic),
            body,
        }
    }

    fn body(&self) -> Body<'_> {
        let [first, second, third] = self.bits;
        let [text, other] = &self.texts;
        let payload = match first {
            true => Payload {
                kind: Kind::Text,
                bytes: text.as_bytes(),
            },
            false => Payload {
                kind: Kind::Binary,
                bytes: &self.bytes,
            },
        };
        let id = self.id.unwrap_or_default();
        let code = self.code;
        match self.body {
            kind::PUBLISH => Body::Publish {
                payload,
                compress: second,
                policy: match (third, other.is_empty()) {
                    (false, _) => Policy::Latest(other),
                    (true, true) => Policy::Close,
                    (true, false) => Policy::Drop,
                },
                except: self.id,
            },
            kind::CLOSE_TOPIC => Body::CloseTopic { code, reason: text },
            kind::SEND => Body::Send {
                id,
                payload,
                compress: second,
            },
            kind::CLOSE_SOCKET => Body::CloseSocket {
                id,
                code,
                reason: text,
            },
            kind::HELLO => Body::Hello(Hello {
                versions: Versions {
                    min: code.to_be_bytes()[0].min(code.to_be_bytes()[1]),
                    max: code.to_be_bytes()[0].max(code.to_be_bytes()[1]),
                },
                ready: second,
                asks: third,
                application: text,
                name: other,
                sessions: self.id.is_some().then_some(Sessions {
                    own: u32::from(self.lane),
                    heard: &self.heard,
                }),
            }),
            kind::GOODBYE => Body::Goodbye,
            kind::COUNT => Body::Count {
                query: self.number,
                topic: text,
            },
            kind::COUNT_REPLY => Body::CountReply {
                query: self.number,
                subscribers: self.node,
            },
            _ => Body::Probe {
                number: self.number,
            },
        }
    }
}
