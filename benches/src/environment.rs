use std::{
    env, io,
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroUsize,
    path::PathBuf,
    str::FromStr,
    sync::Arc,
};

use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

/// The settings that a server reads from its environment.
#[derive(Clone, Debug)]
pub struct Environment {
    /// `127.0.0.1:$PORT`; 8080 unless set.
    pub address: SocketAddr,
    /// `WORKERS`: threads that serve connections; one unless set.
    pub workers: usize,
    /// The TLS configuration from `TLS_CERT` and `TLS_KEY`, paths of PEM files; none unless set. With
    /// `TLS_TICKETS=1` it gives out tickets.
    pub tls: Option<ServerConfig>,
}

impl Environment {
    /// Reads the variables.
    ///
    /// # Errors
    ///
    /// A sentence that names the variable whose value cannot be used.
    pub fn read() -> io::Result<Self> {
        let port = variable("PORT", 8080_u16)?;
        let workers = variable("WORKERS", NonZeroUsize::MIN)?;
        Ok(Self {
            address: (Ipv4Addr::LOCALHOST, port).into(),
            workers: workers.get(),
            tls: tls()?,
        })
    }
}

fn tls() -> io::Result<Option<ServerConfig>> {
    let Some(certificate) = env::var_os("TLS_CERT").map(PathBuf::from) else {
        return Ok(None);
    };
    let key = env::var_os("TLS_KEY").map(PathBuf::from);
    let key = key.ok_or_else(|| unusable("TLS_KEY", ""))?;
    let certificate = CertificateDer::from_pem_file(&certificate)
        .map_err(|_| unusable("TLS_CERT", &certificate.to_string_lossy()))?;
    let key = PrivateKeyDer::from_pem_file(&key)
        .map_err(|_| unusable("TLS_KEY", &key.to_string_lossy()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder
                .with_no_client_auth()
                .with_single_cert(vec![certificate], key)
        })
        .map_err(io::Error::other)?;
    if variable("TLS_TICKETS", 0_u8)? == 1 {
        config.ticketer = ring::Ticketer::new().map_err(io::Error::other)?;
    }
    Ok(Some(config))
}

/// The value of an environment variable, or the default if it is not set.
///
/// # Errors
///
/// A sentence that names the variable, if its value cannot be used.
pub fn variable<T: FromStr>(name: &str, default: T) -> io::Result<T> {
    let Some(value) = env::var_os(name) else {
        return Ok(default);
    };
    value
        .to_str()
        .and_then(|value| value.parse().ok())
        .ok_or_else(|| unusable(name, &value.to_string_lossy()))
}

/// The error for a variable whose value cannot be used.
pub fn unusable(name: &str, value: &str) -> io::Error {
    let problem = format!("{name} cannot be {value:?}");
    io::Error::new(io::ErrorKind::InvalidInput, problem)
}
