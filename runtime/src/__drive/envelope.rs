use crate::cluster::envelope::{self, Versions};

/// The envelope of a message between nodes, from the inside.
#[derive(Debug)]
pub struct Envelope;

impl Envelope {
    /// Reads an envelope and writes it again. `None` if it cannot be read.
    pub fn rewritten(bytes: &[u8]) -> Option<Vec<u8>> {
        let envelope = envelope::Envelope::decode(bytes, Versions::OURS).ok()?;
        let mut again = Vec::new();
        envelope.encode(Versions::OURS.max, &mut again).ok()?;
        Some(again)
    }

    /// Puts the right beginning before any content.
    pub fn sealed(content: &[u8]) -> Vec<u8> {
        envelope::sealed(content)
    }
}
