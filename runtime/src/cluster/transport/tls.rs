//! TLS of a client, with ring. An application may have another provider of cryptography beside it,
//! and may have installed none, so the provider is always named here.

use std::{fmt, io, sync::Arc};

use tokio_rustls::{
    TlsConnector,
    rustls::{
        AlertDescription, ClientConfig, Error, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
    },
};

use super::{Stream, words};
use crate::cluster::broker::{BrokerError, Kind};

/// What a client trusts, and what it shows.
#[derive(Clone, Default)]
pub(in crate::cluster) struct Tls {
    /// `None`: those of the system.
    roots: Option<Arc<RootCertStore>>,
    identity: Option<Arc<Identity>>,
    /// Made at the first connection: to read the certificates of the system takes milliseconds.
    connector: Option<TlsConnector>,
}

struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

/// Without the key.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("own_roots", &self.roots.as_ref().map(|roots| roots.len()))
            .field("identity", &self.identity.is_some())
            .finish()
    }
}

impl Tls {
    /// Trusts the authorities in a PEM text, and no others.
    pub(in crate::cluster) fn trust(&mut self, pem: &[u8]) -> io::Result<()> {
        let mut roots = RootCertStore::empty();
        for authority in certificates(pem)? {
            roots.add(authority).map_err(invalid)?;
        }
        self.roots = Some(Arc::new(roots));
        self.connector = None;
        Ok(())
    }

    /// Shows a certificate, which may be a chain, to a server that asks for one.
    pub(in crate::cluster) fn identify(&mut self, chain: &[u8], key: &[u8]) -> io::Result<()> {
        let chain = certificates(chain)?;
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "no private key in the PEM"))?;
        // A key that does not fit is an error here, and not at the first connection.
        builder(RootCertStore::empty())?
            .with_client_auth_cert(chain.clone(), key.clone_key())
            .map_err(invalid)?;
        self.identity = Some(Arc::new(Identity { chain, key }));
        self.connector = None;
        Ok(())
    }

    /// Makes the handshake on a stream. `host` is a name or an IP address, which the certificate of
    /// the server must have.
    pub(in crate::cluster) async fn upgrade(
        &mut self,
        stream: Stream,
        host: &str,
    ) -> Result<Stream, BrokerError> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| refused("the host is no name that a certificate can have"))?;
        let connector = match &self.connector {
            Some(connector) => connector,
            None => self.connector.insert(self.new_connector()?),
        };
        let stream = connector.connect(name, stream).await.map_err(explain)?;
        Ok(Stream::Tls(Box::new(stream)))
    }

    fn new_connector(&self) -> Result<TlsConnector, BrokerError> {
        let roots = match &self.roots {
            Some(roots) => roots.as_ref().clone(),
            None => of_the_system()?,
        };
        let config = builder(roots).and_then(|config| {
            Ok(match self.identity.as_deref() {
                None => config.with_no_client_auth(),
                Some(Identity { chain, key }) => config
                    .with_client_auth_cert(chain.clone(), key.clone_key())
                    .map_err(invalid)?,
            })
        });
        let config = config.map_err(|error| refused(words(&error)))?;
        Ok(TlsConnector::from(Arc::new(config)))
    }
}

type Builder = tokio_rustls::rustls::ConfigBuilder<
    ClientConfig,
    tokio_rustls::rustls::client::WantsClientCert,
>;

fn builder(roots: RootCertStore) -> io::Result<Builder> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder
        .with_safe_default_protocol_versions()
        .map_err(invalid)?;
    Ok(builder.with_root_certificates(roots))
}

/// The certificates of the system, or those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
fn of_the_system() -> Result<RootCertStore, BrokerError> {
    let mut roots = RootCertStore::empty();
    // Those that cannot be read are left out: systems have some that are broken.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    match roots.is_empty() {
        true => Err(refused(
            "the system has no certificates of authorities: install `ca-certificates`, or give \
             the driver your own",
        )),
        false => Ok(roots),
    }
}

fn certificates(pem: &[u8]) -> io::Result<Vec<CertificateDer<'static>>> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "no certificate in the PEM",
        )),
    }
}

fn invalid(error: Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

fn refused(text: impl AsRef<str>) -> BrokerError {
    BrokerError::new(Kind::Refused, text)
}

/// Why a handshake has failed.
fn explain(error: io::Error) -> BrokerError {
    let tls = error.get_ref().and_then(|it| it.downcast_ref::<Error>());
    match tls {
        Some(Error::InvalidMessage(_)) => BrokerError::new(
            Kind::Protocol,
            "the server does not speak TLS on this port, or not this version of it",
        ),
        Some(Error::InvalidCertificate(reason)) => refused(format!(
            "the certificate of the server is not accepted: {reason}"
        )),
        Some(Error::AlertReceived(alert)) if is_about_certificate(*alert) => {
            refused(NEEDS_CERTIFICATE)
        }
        Some(error) => refused(format!("the TLS handshake failed: {error}")),
        None => super::broken(error),
    }
}

const NEEDS_CERTIFICATE: &str =
    "the server asks for a certificate of the client, or does not accept the one it got";

/// A server that wants a certificate of the client says so only after the handshake of TLS 1.3, when
/// the client reads. `None` for any other error.
pub(super) fn refusal(error: &io::Error) -> Option<BrokerError> {
    match error.get_ref()?.downcast_ref::<Error>()? {
        Error::AlertReceived(alert) if is_about_certificate(*alert) => {
            Some(refused(NEEDS_CERTIFICATE))
        }
        Error::AlertReceived(alert) => {
            Some(refused(format!("the server ended TLS with {alert:?}")))
        }
        _ => None,
    }
}

/// Servers in Go call a certificate bad that is not there.
fn is_about_certificate(alert: AlertDescription) -> bool {
    use AlertDescription::{BadCertificate, CertificateRequired, UnknownCA};
    matches!(alert, BadCertificate | CertificateRequired | UnknownCA)
}
