//! The same TLS for all servers: one certificate, made for this run, and one cipher suite.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use rcgen::{CertifiedKey, KeyPair};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::{CryptoProvider, ring},
    version::TLS13,
};

/// The only suite that the client offers. A server that insists on another suite fails, instead of
/// being measured with it.
pub(crate) const SUITE: &str = "TLS 1.3 with AES-128-GCM";

/// A certificate for servers, and a client that trusts only this certificate.
#[derive(Debug)]
pub(crate) struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    client: Arc<ClientConfig>,
}

impl Tls {
    /// Makes a certificate and puts it into a folder, where the next run replaces it.
    pub(crate) fn new(folder: &Path) -> io::Result<Self> {
        let issued = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])
            .map_err(io::Error::other)?;
        let tls = Self {
            certificate: folder.join("levante-benches.pem"),
            key: folder.join("levante-benches.key"),
            client: Arc::new(client(&issued).map_err(io::Error::other)?),
        };
        fs::write(&tls.certificate, issued.cert.pem())?;
        fs::write(&tls.key, issued.signing_key.serialize_pem())?;
        Ok(tls)
    }

    /// Tells a server where its certificate and key are.
    pub(crate) fn tell(&self, server: &mut Command) {
        server.env("TLS_CERT", &self.certificate);
        server.env("TLS_KEY", &self.key);
    }

    /// The configuration of a client that keeps a ticket for its next connection.
    pub(crate) fn returning(&self) -> Arc<ClientConfig> {
        let mut client = ClientConfig::clone(&self.client);
        client.resumption = rustls::client::Resumption::in_memory_sessions(1);
        Arc::new(client)
    }

    /// The configuration of the client.
    pub(crate) fn client(&self) -> &Arc<ClientConfig> {
        &self.client
    }
}

fn client(trusted: &CertifiedKey<KeyPair>) -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.cert.der().clone())?;
    let provider = CryptoProvider {
        cipher_suites: vec![ring::cipher_suite::TLS13_AES_128_GCM_SHA256],
        ..ring::default_provider()
    };
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&TLS13])?
        .with_root_certificates(roots)
        .with_no_client_auth();
    // Every connection performs a full handshake.
    config.resumption = rustls::client::Resumption::disabled();
    Ok(config)
}

#[cfg(test)]
pub(crate) mod tests {
    use rustls::{
        CipherSuite, ClientConnection, ServerConfig, ServerConnection,
        pki_types::{PrivatePkcs8KeyDer, ServerName},
    };

    use super::*;

    /// A client, and a server that it trusts.
    pub(crate) fn ends() -> (Arc<ClientConfig>, Arc<ServerConfig>) {
        ends_with(ring::default_provider())
    }

    fn ends_with(provider: CryptoProvider) -> (Arc<ClientConfig>, Arc<ServerConfig>) {
        let issued = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let client = client(&issued).unwrap();
        let key = PrivatePkcs8KeyDer::from(issued.signing_key.serialize_der());
        let server = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![issued.cert.der().clone()], key.into())
            .unwrap();
        (Arc::new(client), Arc::new(server))
    }

    fn shake_hands(
        client: Arc<ClientConfig>,
        server: Arc<ServerConfig>,
    ) -> Result<Option<CipherSuite>, rustls::Error> {
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let mut client = ClientConnection::new(client, name).unwrap();
        let mut server = ServerConnection::new(server).unwrap();
        while client.is_handshaking() || server.is_handshaking() {
            let mut bytes = Vec::new();
            client.write_tls(&mut bytes).unwrap();
            server.read_tls(&mut &*bytes).unwrap();
            server.process_new_packets()?;
            bytes.clear();
            while server.wants_write() {
                server.write_tls(&mut bytes).unwrap();
            }
            client.read_tls(&mut &*bytes).unwrap();
            client.process_new_packets()?;
        }
        Ok(client.negotiated_cipher_suite().map(|suite| suite.suite()))
    }

    #[test]
    fn all_servers_have_the_same_suite_or_fail() {
        let (client, server) = ends();
        let suite = shake_hands(client.clone(), server).unwrap();
        assert_eq!(suite, Some(CipherSuite::TLS13_AES_128_GCM_SHA256));

        let another = CryptoProvider {
            cipher_suites: vec![ring::cipher_suite::TLS13_CHACHA20_POLY1305_SHA256],
            ..ring::default_provider()
        };
        let (client, server) = ends_with(another);
        assert!(shake_hands(client, server).is_err());
    }

    #[test]
    fn no_other_certificate_is_trusted() {
        let ((client, _), (_, server)) = (ends(), ends());
        assert!(shake_hands(client, server).is_err());
    }
}
