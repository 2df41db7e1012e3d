use std::{io, sync::Arc};

use tokio::net::TcpStream;
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        AlertDescription, ClientConfig, Error, RootCertStore,
        crypto::ring::default_provider,
        pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    },
};

use crate::cluster::broker::{BrokerError, Kind};

/// The certificates that are trusted.
#[derive(Clone, Debug)]
pub(crate) struct TlsConfig(Arc<ClientConfig>);

impl TlsConfig {
    /// Trusts the certificates of a PEM file, or those of the operating system.
    pub(crate) fn new(pem: Option<&[u8]>) -> Result<Self, BrokerError> {
        let mut roots = RootCertStore::empty();
        match pem {
            Some(pem) => add_pem(&mut roots, pem)?,
            // Some of them may be broken, and the right one be there all the same.
            None => {
                let found = rustls_native_certs::load_native_certs();
                roots.add_parsable_certificates(found.certs);
            }
        }
        // The provider of the process may be another one, or none.
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|e| refused(&e))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(Arc::new(config)))
    }

    /// Makes a handshake as the client. `name` must be in the certificate of the server.
    pub(super) async fn secured(
        &self,
        stream: TcpStream,
        name: &str,
    ) -> Result<TlsStream<TcpStream>, BrokerError> {
        let name = ServerName::try_from(name.to_owned()).map_err(|e| refused(&e))?;
        let connecting = TlsConnector::from(self.0.clone()).connect(name, stream);
        connecting.await.map_err(|e| meaning(&e))
    }
}

fn add_pem(roots: &mut RootCertStore, pem: &[u8]) -> Result<(), BrokerError> {
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|e| no_certificate(&e))?;
        roots.add(certificate).map_err(|e| no_certificate(&e))?;
    }
    match roots.is_empty() {
        true => Err(no_certificate(&"there is none in the text")),
        false => Ok(()),
    }
}

/// The error of a handshake. It tells who refuses: this side the certificate, or the server this side.
pub(super) fn meaning(error: &io::Error) -> BrokerError {
    let cause = error.get_ref().and_then(|e| e.downcast_ref::<Error>());
    match cause {
        Some(Error::InvalidCertificate(_)) => BrokerError::new(
            Kind::Refused,
            format!("the certificate of the server: {error}"),
        ),
        Some(Error::AlertReceived(AlertDescription::CertificateRequired)) => client_certificate(),
        Some(Error::InvalidMessage(_)) => {
            BrokerError::new(Kind::Protocol, "the server does not speak TLS")
        }
        _ => BrokerError::new(Kind::Broken, format!("the handshake of TLS: {error}")),
    }
}

/// The server has `verify` in its `tls`.
pub(super) fn client_certificate() -> BrokerError {
    BrokerError::new(
        Kind::Refused,
        "the server requires a certificate of the client (`verify` of `tls`), which levante does not \
         support",
    )
}

fn refused(error: &dyn std::fmt::Display) -> BrokerError {
    BrokerError::new(Kind::Refused, format!("TLS: {error}"))
}

fn no_certificate(error: &dyn std::fmt::Display) -> BrokerError {
    BrokerError::new(Kind::Refused, format!("the root certificate: {error}"))
}
