//! Certificates, and clients that trust only one.

use std::{fs, io, net::SocketAddr, path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::support::process::PATIENCE;

/// Makes a certificate for these names, and its key, as files.
pub(crate) fn issue(names: &[&str], certificate: &Path, key: &Path) {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let issued = rcgen::generate_simple_self_signed(names).unwrap();
    fs::write(certificate, issued.cert.pem()).unwrap();
    fs::write(key, issued.signing_key.serialize_pem()).unwrap();
}

/// Connects as a client that trusts only the certificate in a file.
pub(crate) async fn connect(
    address: SocketAddr,
    host: &str,
    trusted: &Path,
) -> io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(trusted).unwrap())
        .unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from(host.to_owned()).unwrap();
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
    timeout(PATIENCE, connecting).await.expect("a handshake")
}
