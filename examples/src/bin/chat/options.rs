//! The command line.

use std::{ffi::OsString, path::PathBuf};

use lexopt::{
    Arg::{Long, Short, Value},
    Error, Parser,
};

/// The text of `--help`.
pub(crate) const HELP: &str = "\
A chat with rooms, on http://127.0.0.1:8080.

Usage: chat [FLAGS]

Flags:
  --redis URL           share the rooms with all chats that have the same Redis or
                        Valkey, such as redis://127.0.0.1:6379
  --nats URL            the same by NATS, such as nats://127.0.0.1:4222
  --tls                 serve https and wss with a certificate made for this run
                        (for localhost, 127.0.0.1 and [::1])
  --tls-cert-out PATH   with --tls: write that certificate to a file, so that a
                        client can be told to trust it
  --tls-cert PATH       serve https and wss with the certificates in this PEM file
  --tls-key PATH        the private key of --tls-cert, a PEM file, too
  --client PATH         write the script with which the page talks to the server
                        to a file, and exit; the contract of the socket is in it
  --help                print this and exit

Environment:
  ADDRESS               the IP address to listen on, instead of 127.0.0.1; 0.0.0.0
                        is all of this machine
  PORT                  the port to listen on, instead of 8080; 0 is any free one
  RUST_LOG              what to log, such as info,levante=debug; info without it
";

/// The command.
#[derive(PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub(crate) enum Options {
    Help,
    /// Writes the generated client of the page to a file.
    Client(PathBuf),
    Serve {
        tls: Tls,
        /// Connects the rooms of several chats.
        broker: Option<Broker>,
    },
}

/// The URL of a broker, as it was given. It may have a password.
#[derive(PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub(crate) enum Broker {
    Redis(String),
    Nats(String),
}

/// The source of the certificate.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Tls {
    Off,
    /// Made for this run. The certificate, without its key, can be written to a file.
    Made {
        saved_to: Option<PathBuf>,
    },
    Files {
        certificates: PathBuf,
        key: PathBuf,
    },
}

impl Options {
    /// Reads the command line, without the name of the program.
    ///
    /// # Errors
    ///
    /// One line that names the wrong flag.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, Error> {
        let mut made = false;
        let (mut saved_to, mut certificates, mut key) = (None, None, None);
        let (mut redis, mut nats) = (None, None);
        let mut parser = Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Short('h') | Long("help") => return Ok(Self::Help),
                Long("client") => return Ok(Self::Client(parser.value()?.into())),
                Long("redis") => redis = Some(url("--redis", parser.value()?)?),
                Long("nats") => nats = Some(url("--nats", parser.value()?)?),
                Long("tls") => made = true,
                Long("tls-cert-out") => saved_to = Some(parser.value()?.into()),
                Long("tls-cert") => certificates = Some(parser.value()?.into()),
                Long("tls-key") => key = Some(parser.value()?.into()),
                // Not printed, as it may have a password.
                Value(value) if value.to_string_lossy().contains("://") => {
                    return Err("a URL comes after --redis or --nats".into());
                }
                _ => return Err(argument.unexpected()),
            }
        }
        let tls = Tls::new(made, saved_to, certificates, key)?;
        let broker = Broker::new(redis, nats)?;
        Ok(Self::Serve { tls, broker })
    }
}

/// The value of a flag that takes a URL. The error of lexopt would have the password in it.
fn url(flag: &str, value: OsString) -> Result<String, Error> {
    let problem = |_| format!("the URL of {flag} is not UTF-8").into();
    value.into_string().map_err(problem)
}

impl Broker {
    fn new(redis: Option<String>, nats: Option<String>) -> Result<Option<Self>, Error> {
        match (redis, nats) {
            (None, None) => Ok(None),
            (Some(url), None) => Ok(Some(Self::Redis(url))),
            (None, Some(url)) => Ok(Some(Self::Nats(url))),
            (Some(_), Some(_)) => {
                Err("--redis does not go with --nats: a chat has one broker".into())
            }
        }
    }
}

impl Tls {
    fn new(
        made: bool,
        saved_to: Option<PathBuf>,
        certificates: Option<PathBuf>,
        key: Option<PathBuf>,
    ) -> Result<Self, Error> {
        let problem = match (made, saved_to, certificates, key) {
            (false, None, None, None) => return Ok(Self::Off),
            (true, saved_to, None, None) => return Ok(Self::Made { saved_to }),
            (false, None, Some(certificates), Some(key)) => {
                return Ok(Self::Files { certificates, key });
            }
            (true, ..) => "--tls makes a certificate; it does not go with --tls-cert or --tls-key",
            (false, Some(_), ..) => "--tls-cert-out needs --tls, which makes the certificate",
            (false, None, Some(_), None) => "--tls-cert needs --tls-key, too",
            (false, None, None, Some(_)) => "--tls-key needs --tls-cert, too",
        };
        Err(problem.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        Options::parse(line.split_whitespace().map(OsString::from))
            .map_err(|problem| problem.to_string())
    }

    #[test]
    fn each_way_to_serve_has_its_flags() {
        let serve = |tls| Ok(Options::Serve { tls, broker: None });
        assert_eq!(parse(""), serve(Tls::Off));
        let made = |saved_to: Option<&str>| {
            let saved_to = saved_to.map(PathBuf::from);
            serve(Tls::Made { saved_to })
        };
        assert_eq!(parse("--tls"), made(None));
        assert_eq!(parse("--tls --tls-cert-out c.pem"), made(Some("c.pem")));
        assert_eq!(parse("--tls-cert-out c.pem --tls"), made(Some("c.pem")));
        let files = Tls::Files {
            certificates: "c.pem".into(),
            key: "k.pem".into(),
        };
        let line = "--tls-key k.pem --tls-cert c.pem";
        assert_eq!(parse(line), serve(files));
        assert_eq!(parse("--tls --tls-cert-out=c.pem"), made(Some("c.pem")));
        assert_eq!(parse("--help --tls-cert"), Ok(Options::Help));
        let client = Options::Client("client.js".into());
        assert_eq!(parse("--client client.js"), Ok(client));
    }

    #[test]
    fn a_broker_goes_with_each_way_to_serve() {
        let redis = "redis://:secret@127.0.0.1:6379";
        let serve = |tls, broker| {
            let broker = Some(broker);
            Ok(Options::Serve { tls, broker })
        };
        let line = format!("--redis {redis}");
        assert_eq!(parse(&line), serve(Tls::Off, Broker::Redis(redis.into())));
        let made = Tls::Made { saved_to: None };
        let nats = "nats://a,b";
        let line = format!("--nats={nats} --tls");
        assert_eq!(parse(&line), serve(made, Broker::Nats(nats.into())));

        let line = format!("--redis {redis} --nats {nats}");
        let problem = parse(&line).unwrap_err();
        assert!(problem.contains("--redis") && problem.contains("--nats"));
        assert!(!problem.contains("secret"), "{problem}");
        let problem = parse(redis).unwrap_err();
        assert!(problem.contains("--redis") && !problem.contains("secret"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (line, named) in [
            ("--redis", "--redis"),
            ("--nats", "--nats"),
            ("--nats a --redis b", "--redis"),
            ("--tsl", "--tsl"),
            ("tls", "tls"),
            ("--tls-cert", "--tls-cert"),
            ("--client", "--client"),
            ("--tls=yes", "--tls"),
            ("--tls-key k.pem", "--tls-cert"),
            ("--tls-cert c.pem", "--tls-key"),
            ("--tls-cert-out c.pem", "--tls,"),
            ("--tls --tls-cert c.pem", "--tls-cert"),
            ("--tls --tls-key k.pem --tls-cert c.pem", "--tls-key"),
        ] {
            let problem = parse(line).unwrap_err();
            assert!(
                problem.contains(named) && !problem.contains('\n'),
                "{line}: {problem}"
            );
        }
    }
}
