//! The certificate of the chat.

use std::{
    fmt, fs, io,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use rcgen::{CertificateParams, CertifiedKey, DnType, ExtendedKeyUsagePurpose, KeyPair};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{
        CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer,
        pem::{Error as PemError, PemObject},
    },
};

use crate::options::Tls;

/// The hosts of a certificate that is made here.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The TLS configuration of the command line, if it asks for TLS.
///
/// # Errors
///
/// One line that names the flag.
pub(crate) fn config(tls: Tls) -> io::Result<Option<ServerConfig>> {
    match tls {
        Tls::Off => Ok(None),
        Tls::Made { saved_to } => made(saved_to.as_deref()).map(Some),
        Tls::Files { certificates, key } => files(&certificates, &key).map(Some),
    }
}

fn made(saved_to: Option<&Path>) -> io::Result<ServerConfig> {
    let CertifiedKey { cert, signing_key } = self_signed()
        .map_err(|error| io::Error::other(format!("--tls: no certificate was made: {error}")))?;
    if let Some(path) = saved_to {
        fs::write(path, cert.pem()).map_err(|error| problem("--tls-cert-out", path, error))?;
    }
    let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
    server_config(vec![cert.der().clone()], key.into())
        .map_err(|error| io::Error::other(format!("--tls: {error}")))
}

fn self_signed() -> Result<CertifiedKey<KeyPair>, rcgen::Error> {
    let mut params = CertificateParams::new(NAMES.map(str::to_owned))?;
    params
        .distinguished_name
        .push(DnType::CommonName, "levante chat, for development");
    params
        .extended_key_usages
        .push(ExtendedKeyUsagePurpose::ServerAuth);
    let now = SystemTime::now();
    // Clocks differ, so it starts early; browsers distrust a certificate that is valid for years.
    params.not_before = (now - DAY).into();
    params.not_after = (now + 90 * DAY).into();
    let signing_key = KeyPair::generate()?;
    let cert = params.self_signed(&signing_key)?;
    Ok(CertifiedKey { cert, signing_key })
}

fn files(certificates: &Path, key: &Path) -> io::Result<ServerConfig> {
    let chain: Vec<_> = CertificateDer::pem_file_iter(certificates)
        .and_then(Iterator::collect)
        .map_err(|error| unreadable("--tls-cert", certificates, error))?;
    if chain.is_empty() {
        return Err(unreadable(
            "--tls-cert",
            certificates,
            PemError::NoItemsFound,
        ));
    }
    let secret =
        PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable("--tls-key", key, error))?;
    server_config(chain, secret).map_err(|error| match error {
        rustls::Error::InvalidCertificate(_) => {
            problem("--tls-cert", certificates, "is no certificate of a server")
        }
        rustls::Error::InconsistentKeys(_) => {
            problem("--tls-key", key, "is not the key of the certificate")
        }
        error => problem("--tls-key", key, error),
    })
}

fn server_config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    // Clients that come back need no full handshake.
    config.ticketer = ring::Ticketer::new()?;
    Ok(config)
}

/// The error for a file that does not fit its flag.
fn unreadable(flag: &str, path: &Path, error: PemError) -> io::Error {
    match error {
        PemError::Io(error) => problem(flag, path, error),
        PemError::NoItemsFound => problem(flag, path, "nothing of the kind is in it"),
        _ => problem(flag, path, "is not PEM"),
    }
}

fn problem(flag: &str, path: &Path, what: impl fmt::Display) -> io::Error {
    io::Error::other(format!("{flag}: {}: {what}", path.display()))
}
