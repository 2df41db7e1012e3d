//! The envelopes of typed messages: `{"data":…}` to one socket, `{"topic":…,"data":…}` to a topic.

use std::{borrow::Cow, mem};

use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::scratch;
use crate::{
    error::BoxError,
    message::{IntoMessage, Message, Outgoing, Payload, SHARE_FROM},
};

/// A typed message that is about to be encoded.
pub(super) struct Enveloped<'t, T> {
    /// The name of the topic, if it is published.
    pub(super) topic: Option<&'t str>,
    pub(super) data: T,
}

impl<T: Serialize> Enveloped<'_, T> {
    fn write(&self, json: &mut Vec<u8>) -> serde_json::Result<()> {
        match self.topic {
            Some(topic) => {
                json.extend_from_slice(b"{\"topic\":");
                serde_json::to_writer(&mut *json, topic)?;
                json.extend_from_slice(b",\"data\":");
            }
            None => json.extend_from_slice(b"{\"data\":"),
        }
        serde_json::to_writer(&mut *json, &self.data)?;
        json.push(b'}');
        Ok(())
    }
}

impl<T: Serialize> IntoMessage for Enveloped<'_, T> {
    fn into_message(self) -> Result<Message, BoxError> {
        let mut json = Vec::with_capacity(128);
        self.write(&mut json)?;
        Ok(Message::Text(String::from_utf8(json)?.into()))
    }

    /// A short message is encoded in a buffer of the thread, from which it is copied into the queue.
    /// A long one is encoded into the memory that the queues share.
    fn lend<R>(self, send: impl FnOnce(Outgoing<'_>) -> R) -> Result<R, BoxError> {
        scratch::with_bytes(|json| {
            self.write(json)?;
            if json.len() < SHARE_FROM {
                return Ok(send(Outgoing::text(Payload::Borrowed(json))));
            }
            let json = Bytes::from(mem::take(json));
            Ok(send(Outgoing::text(Payload::Shared(&json))))
        })
    }
}

/// A publication that has arrived in server code.
#[derive(Deserialize)]
struct Publication<'m, T> {
    #[serde(borrow)]
    topic: Cow<'m, str>,
    data: T,
}

/// The message in a publication to this topic; `None` if it is none, such as one that was published
/// under the same name as a string.
pub(super) fn published<T: DeserializeOwned>(topic: &str, message: &Message) -> Option<T> {
    let publication: Publication<'_, T> = serde_json::from_str(message.as_text()?).ok()?;
    (publication.topic == topic).then_some(publication.data)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(message: impl IntoMessage) -> String {
        let lent = message.lend(|outgoing| outgoing.payload.as_bytes().to_vec());
        String::from_utf8(lent.unwrap()).unwrap()
    }

    #[test]
    fn a_message_to_one_socket_has_no_topic() {
        let (topic, data) = (None, 7);
        assert_eq!(text(Enveloped { topic, data }), r#"{"data":7}"#);
    }

    #[test]
    fn the_name_of_a_topic_is_quoted_as_json() {
        let topic = Some("say \"\u{1}\"");
        let json = text(Enveloped { topic, data: "x" });
        assert_eq!(json, r#"{"topic":"say \"\u0001\"","data":"x"}"#);
    }

    #[test]
    fn both_forms_are_the_same() {
        for len in [0, 100, SHARE_FROM, 3 * SHARE_FROM] {
            let data = "ä".repeat(len / 2);
            let (topic, data) = (Some("t"), data.as_str());
            let message = Enveloped { topic, data }.into_message().unwrap();
            let lent = text(Enveloped { topic, data });
            assert_eq!(message.as_text(), Some(lent.as_str()));
        }
    }

    #[test]
    fn a_short_message_is_encoded_without_an_allocation() {
        let topic = Some("room/7");
        text(Enveloped { topic, data: "x" });
        let info = allocation_counter::measure(|| {
            let send = |outgoing: Outgoing<'_>| outgoing.payload.as_bytes().len();
            assert_eq!(Enveloped { topic, data: "y" }.lend(send).unwrap(), 29);
        });
        assert_eq!(info.count_total, 0);
    }

    #[test]
    fn a_value_that_cannot_be_encoded_is_an_error_and_leaves_no_trace() {
        struct Faulty;
        impl Serialize for Faulty {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(serde::ser::Error::custom("on purpose"))
            }
        }
        let (topic, data) = (None, Faulty);
        assert!(Enveloped { topic, data }.lend(|_| ()).is_err());
        assert_eq!(text(Enveloped { topic, data: 1 }), r#"{"data":1}"#);
    }

    #[test]
    fn only_a_publication_to_the_topic_is_read() {
        let read = |text: &'static str| published::<u32>("room/7", &Message::Text(text.into()));
        assert_eq!(read(r#"{"topic":"room/7","data":5}"#), Some(5));
        assert_eq!(read(r#"{"data":5,"at":"x","topic":"room\/7"}"#), Some(5));
        for other in [
            r#"{"topic":"room/8","data":5}"#,
            r#"{"topic":"room/7","data":"5"}"#,
            r#"{"topic":"room/7"}"#,
            r#"{"data":5}"#,
            "5",
            "",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
        assert_eq!(published::<u32>("t", &Message::Binary(Bytes::new())), None);
    }
}
