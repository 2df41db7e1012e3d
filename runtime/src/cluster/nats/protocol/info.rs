use serde::Deserialize;

/// The fields of `INFO` that the client uses. The server may leave out each of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Info {
    pub(crate) version: String,
    /// The largest payload that the server takes, in bytes.
    pub(crate) max_payload: u64,
    pub(crate) auth_required: bool,
    pub(crate) tls_required: bool,
    pub(crate) tls_available: bool,
    /// The server takes a signature of it as a login. That needs an nkey.
    pub(crate) nonce: Option<String>,
    /// `host:port` of each server of its cluster.
    pub(crate) connect_urls: Option<Vec<String>>,
    /// The server is in lame duck mode: it is going to close its connections.
    pub(crate) ldm: bool,
}

impl Info {
    /// Reads the JSON after `INFO`.
    pub(super) fn read(json: &[u8]) -> Option<Self> {
        // serde would also read the fields from an array.
        let is_object = json.trim_ascii_start().starts_with(b"{");
        is_object.then(|| serde_json::from_slice(json).ok())?
    }
}
