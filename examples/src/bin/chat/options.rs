//! The command line.

use std::{ffi::OsString, path::PathBuf};

use lexopt::{
    Arg::{Long, Short},
    Error, Parser,
};

/// The text of `--help`.
pub(crate) const HELP: &str = "\
A chat with rooms, on http://127.0.0.1:8080.

Usage: chat [FLAGS]

Flags:
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
  PORT                  the port to listen on, instead of 8080; 0 is any free one
  RUST_LOG              what to log, such as info,levante=debug; info without it
";

/// The command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Options {
    Help,
    /// Writes the generated client of the page to a file.
    Client(PathBuf),
    Serve(Tls),
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
        let mut parser = Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Short('h') | Long("help") => return Ok(Self::Help),
                Long("client") => return Ok(Self::Client(parser.value()?.into())),
                Long("tls") => made = true,
                Long("tls-cert-out") => saved_to = Some(parser.value()?.into()),
                Long("tls-cert") => certificates = Some(parser.value()?.into()),
                Long("tls-key") => key = Some(parser.value()?.into()),
                _ => return Err(argument.unexpected()),
            }
        }
        Tls::new(made, saved_to, certificates, key).map(Self::Serve)
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
        assert_eq!(parse(""), Ok(Options::Serve(Tls::Off)));
        let made = |saved_to: Option<&str>| {
            let saved_to = saved_to.map(PathBuf::from);
            Ok(Options::Serve(Tls::Made { saved_to }))
        };
        assert_eq!(parse("--tls"), made(None));
        assert_eq!(parse("--tls --tls-cert-out c.pem"), made(Some("c.pem")));
        assert_eq!(parse("--tls-cert-out c.pem --tls"), made(Some("c.pem")));
        let files = Tls::Files {
            certificates: "c.pem".into(),
            key: "k.pem".into(),
        };
        let line = "--tls-key k.pem --tls-cert c.pem";
        assert_eq!(parse(line), Ok(Options::Serve(files)));
        assert_eq!(parse("--tls --tls-cert-out=c.pem"), made(Some("c.pem")));
        assert_eq!(parse("--help --tls-cert"), Ok(Options::Help));
        let client = Options::Client("client.js".into());
        assert_eq!(parse("--client client.js"), Ok(client));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (line, named) in [
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
