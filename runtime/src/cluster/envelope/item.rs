//! The envelope of an item from the link.

use super::{Body, Envelope, Payload};
use crate::{
    cluster::subject::Carries,
    frame::SharedFrame,
    link::{Item, Target, What},
};

impl<'a> Envelope<'a> {
    /// The envelope of an item that this node sends over this connection. `carries` tells whether the subject has the name of
    /// the topic. `None` if the frame has no message, which the link never offers.
    pub(crate) fn of(item: &'a Item, node: u64, session: u32, carries: Carries) -> Option<Self> {
        let topic = match (&item.target, carries) {
            (Target::Topic(topic), Carries::Hash) => Some(&**topic),
            (Target::Topic(_), Carries::Name) | (Target::Node(_), _) => None,
        };
        let body = match &item.what {
            What::Publish {
                frame,
                compress,
                policy,
                except,
            } => Body::Publish {
                payload: payload(frame)?,
                compress: *compress,
                policy: policy.as_policy(),
                except: *except,
            },
            What::CloseTopic { code, reason } => Body::CloseTopic {
                code: *code,
                reason,
            },
            What::Send {
                id,
                frame,
                compress,
            } => Body::Send {
                id: *id,
                payload: payload(frame)?,
                compress: *compress,
            },
            What::CloseSocket { id, code, reason } => Body::CloseSocket {
                id: *id,
                code: *code,
                reason,
            },
        };
        Some(Self {
            node,
            lane: 0,
            sequence: item.sequence,
            session,
            topic,
            body,
        })
    }
}

fn payload(frame: &SharedFrame) -> Option<Payload<'_>> {
    let (kind, bytes) = frame.message()?;
    Some(Payload { kind, bytes })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::{
        cluster::envelope::Versions,
        frame::Frame,
        link::OwnedPolicy,
        message::{Kind, Outgoing},
        policy::Policy,
    };

    fn frame(kind: Kind, bytes: &[u8]) -> SharedFrame {
        let bytes = Bytes::copy_from_slice(bytes);
        let message = Outgoing::from_parts(kind, &bytes, false).unwrap();
        Frame::of(&message, SharedFrame::new)
    }

    /// The envelope of an item, after it has travelled.
    fn travelled(item: &Item, carries: Carries, check: impl FnOnce(Envelope<'_>)) {
        let mut bytes = Vec::new();
        let envelope = Envelope::of(item, 9, 2, carries).unwrap();
        envelope.encode(1, &mut bytes).unwrap();
        let read = Envelope::decode(&bytes, Versions::OURS).unwrap();
        assert_eq!((read.node, read.lane, read.sequence), (9, 0, item.sequence));
        assert_eq!(read.session, 2);
        check(read);
    }

    #[test]
    fn a_publish_travels_with_its_options() {
        let short = (Kind::Text, &b"hi"[..]);
        let long = (Kind::Binary, &[7; 5000][..]);
        for (kind, bytes) in [short, long] {
            let payload = Payload { kind, bytes };
            let item = Item {
                sequence: 3,
                target: Target::Topic("room".into()),
                what: What::Publish {
                    frame: frame(kind, bytes),
                    compress: true,
                    policy: OwnedPolicy::Latest("key".into()),
                    except: Some([5; 16]),
                },
            };
            let body = Body::Publish {
                payload,
                compress: true,
                policy: Policy::Latest("key"),
                except: Some([5; 16]),
            };
            travelled(&item, Carries::Name, |read| {
                assert_eq!((read.topic, read.body), (None, body));
            });
            travelled(&item, Carries::Hash, |read| {
                assert_eq!((read.topic, read.body), (Some("room"), body));
            });
        }
    }

    #[test]
    fn what_goes_to_one_socket_has_no_topic() {
        let id = [3; 16];
        let send = What::Send {
            id,
            frame: frame(Kind::Text, b"hi"),
            compress: false,
        };
        let close = What::CloseSocket {
            id,
            code: 4001,
            reason: "bye".into(),
        };
        let payload = Payload {
            kind: Kind::Text,
            bytes: b"hi",
        };
        let sent = Body::Send {
            id,
            payload,
            compress: false,
        };
        let closed = Body::CloseSocket {
            id,
            code: 4001,
            reason: "bye",
        };
        for (what, body) in [(send, sent), (close, closed)] {
            let item = Item {
                sequence: 1,
                target: Target::Node(8),
                what,
            };
            travelled(&item, Carries::Name, |read| {
                assert_eq!((read.topic, read.body), (None, body));
            });
        }
    }

    #[test]
    fn the_end_of_a_topic_travels() {
        let item = Item {
            sequence: 1,
            target: Target::Topic("room".into()),
            what: What::CloseTopic {
                code: 1001,
                reason: "moved".into(),
            },
        };
        travelled(&item, Carries::Hash, |read| {
            let (code, reason) = (1001, "moved");
            assert_eq!(read.topic, Some("room"));
            assert_eq!(read.body, Body::CloseTopic { code, reason });
        });
    }
}
