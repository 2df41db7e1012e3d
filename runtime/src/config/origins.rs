use std::{fmt, sync::Arc};

use actix_web::HttpRequest;

use super::{
    Config,
    entries::{host_fault, origin_fault},
};

/// Which pages may connect. The `Origin` header is checked: browsers always send it, and scripts
/// cannot change it
/// ([RFC 6455 section 10.2](https://www.rfc-editor.org/rfc/rfc6455#section-10.2)).
///
/// A request without `Origin` does not come from a browser, and is accepted. A request with two
/// `Origin` headers is answered with 400. A refusal is `403 Forbidden`, and is logged with the
/// origin and the host.
///
/// For origins that are known only at run time, use
/// [`Service::origins_from`](crate::Service::origins_from) with a list, or
/// [`Service::origins_if`](crate::Service::origins_if) with a function.
///
/// ```
/// use levante::prelude::*;
///
/// // Pages of the same host: the default.
/// #[websocket("/chat")]
/// mod chat {
///     fn open(_ws: &Ws) {}
/// }
///
/// #[websocket("/prices", origins = Origins::Any)]
/// mod prices {
///     fn open(_ws: &Ws) {}
/// }
///
/// #[websocket("/news", origins = Origins::List(&["https://example.com"]))]
/// mod news {
///     fn open(_ws: &Ws) {}
/// }
/// # fn main() { let _ = (chat::service(), prices::service(), news::service()); }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origins {
    /// Pages of the same host: `Origin` and `Host` have the same host and port. On a TLS listener
    /// the page must be `https`, too.
    ///
    /// A proxy in front must pass the `Host` header on. If it ends TLS, pages are `https` and
    /// requests arrive by plain HTTP; that is accepted.
    ///
    /// It cannot detect DNS rebinding: the attacker's page has a host name of the attacker, which
    /// resolves to the address of this server after the page was loaded. The browser then sends
    /// that name both as `Origin` and as `Host`. Endpoints on `localhost` or in a private network
    /// need the setting [`hosts`](crate::Service::hosts), too.
    SameHost,
    /// Pages of any host. Only for endpoints that do not rely on cookies.
    Any,
    /// Pages of these origins, spelled as browsers do: `https://example.com`, with a port only if
    /// it is not the default of the scheme, and without a path
    /// ([RFC 6454 section 6.2](https://www.rfc-editor.org/rfc/rfc6454#section-6.2)). Any other
    /// spelling would match no page, and does not compile.
    List(&'static [&'static str]),
}

/// The values of `hosts` and `origins` that were set at run time. Each replaces the constant of the
/// same name.
#[derive(Clone, Debug)]
pub(crate) struct AtRunTime {
    pub(crate) hosts: Option<Arc<[Box<str>]>>,
    pub(crate) origins: Option<OriginsAtRunTime>,
}

/// Which pages may connect, as set at run time.
#[derive(Clone)]
pub(crate) enum OriginsAtRunTime {
    List(Arc<[Box<str>]>),
    If(Predicate),
}

/// Decides whether the pages of an origin may connect.
pub(crate) type Predicate = Arc<dyn Fn(&str, &HttpRequest) -> bool + Send + Sync>;

impl fmt::Debug for OriginsAtRunTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(list) => f.debug_tuple("List").field(list).finish(),
            Self::If(_) => f.debug_tuple("If").finish_non_exhaustive(),
        }
    }
}

/// The error for an empty list of origins.
const NO_ORIGINS: &str = "`origins` must name at least one, or be `SameHost` or `Any`";

impl Config {
    #[track_caller]
    #[doc(hidden)]
    pub const fn hosts(mut self, value: &'static [&'static str]) -> Self {
        let mut i = 0;
        while i < value.len() {
            if let Some(fault) = host_fault(value[i]) {
                panic!("{}", fault);
            }
            i += 1;
        }
        self.hosts = value;
        self
    }

    #[track_caller]
    #[doc(hidden)]
    pub const fn origins(mut self, value: Origins) -> Self {
        if let Origins::List(list) = value {
            assert!(!list.is_empty(), "{}", NO_ORIGINS);
            let mut i = 0;
            while i < list.len() {
                if let Some(fault) = origin_fault(list[i]) {
                    panic!("{}", fault);
                }
                i += 1;
            }
        }
        self.origins = value;
        self
    }

    /// Like [`hosts`](Self::hosts), but with owned values.
    #[track_caller]
    pub(crate) fn hosts_from(mut self, entries: impl Iterator<Item = impl AsRef<str>>) -> Self {
        self.at_run_time.hosts = Some(owned(entries, "hosts", host_fault));
        self
    }

    /// Like [`origins`](Self::origins), but also replaces a value that was set at run time.
    #[track_caller]
    pub(crate) fn origins_again(mut self, value: Origins) -> Self {
        if let Origins::List(list) = value {
            owned(list.iter(), "origins", origin_fault);
        }
        self.at_run_time.origins = None;
        self.origins(value)
    }

    /// Like a list of [`origins`](Self::origins), but with owned values.
    #[track_caller]
    pub(crate) fn origins_from(mut self, entries: impl Iterator<Item = impl AsRef<str>>) -> Self {
        let list = owned(entries, "origins", origin_fault);
        assert!(!list.is_empty(), "{NO_ORIGINS}");
        self.at_run_time.origins = Some(OriginsAtRunTime::List(list));
        self
    }

    /// Like [`origins`](Self::origins), but with a function.
    pub(crate) fn origins_if(
        mut self,
        accepts: impl Fn(&str, &HttpRequest) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.at_run_time.origins = Some(OriginsAtRunTime::If(Arc::new(accepts)));
        self
    }
}

/// Checks the entries of a setting that come from the application's configuration, and copies them.
#[track_caller]
fn owned(
    entries: impl Iterator<Item = impl AsRef<str>>,
    setting: &str,
    fault: fn(&str) -> Option<&'static str>,
) -> Arc<[Box<str>]> {
    let mut list = Vec::new();
    for entry in entries {
        let entry = entry.as_ref();
        if let Some(fault) = fault(entry) {
            panic!("{entry:?} in `{setting}`: {fault}");
        }
        list.push(entry.into());
    }
    list.into()
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    fn accepts(set: impl FnOnce(Config) -> Config + std::panic::UnwindSafe) -> bool {
        catch_unwind(|| set(Config::DEFAULT)).is_ok()
    }

    fn panics(set: impl FnOnce(Config) -> Config + std::panic::UnwindSafe) -> String {
        let panic = catch_unwind(|| set(Config::DEFAULT)).unwrap_err();
        match panic.downcast::<String>() {
            Ok(message) => *message,
            Err(other) => (*other.downcast::<&str>().unwrap()).to_owned(),
        }
    }

    #[test]
    fn origins_are_checked_one_by_one() {
        assert!(accepts(|c| c.origins(Origins::SameHost)));
        assert!(accepts(|c| c.origins(Origins::Any)));
        assert!(accepts(|c| c.origins(Origins::List(&["https://a"]))));
        assert!(!accepts(
            |c| c.origins(Origins::List(&["https://a", "https://a/"]))
        ));
        assert_eq!(panics(|c| c.origins(Origins::List(&[]))), NO_ORIGINS);
        assert!(accepts(|c| c.origins_from(["https://a"].iter())));
        assert!(accepts(
            |c| c.origins_from(vec!["https://a".to_owned()].into_iter())
        ));
        assert_eq!(panics(|c| c.origins_from([""; 0].iter())), NO_ORIGINS);
    }

    #[test]
    fn hosts_are_checked_one_by_one() {
        assert!(accepts(|c| c.hosts(&[])));
        assert!(accepts(|c| c.hosts(&["a", "[::1]"])));
        assert!(!accepts(|c| c.hosts(&["a", "a:80"])));
        assert!(accepts(|c| c.hosts_from([""; 0].iter())));
        assert!(accepts(|c| c.hosts_from(vec!["a".to_owned()].into_iter())));
    }

    #[test]
    fn at_run_time_the_entry_is_named() {
        const WRONG: &[&str] = &["https://a", "https://b/\n"];
        for message in [
            panics(|c| c.origins_again(Origins::List(WRONG))),
            panics(|c| c.origins_from(WRONG.iter())),
        ] {
            let start = "\"https://b/\\n\" in `origins`: each of `origins` ends with its host";
            assert!(message.starts_with(start), "{message}");
        }
        let message = panics(|c| c.hosts_from(["a", "b:1"].iter()));
        assert!(message.starts_with("\"b:1\" in `hosts`: each of `hosts` is without a port"));
    }

    #[test]
    fn what_is_set_last_counts() {
        let config = Config::DEFAULT.origins_from(["https://a"].iter());
        assert!(config.at_run_time.origins.is_some());
        let config = config.origins_again(Origins::Any);
        assert!(config.at_run_time.origins.is_none());
        assert_eq!(config.origins, Origins::Any);
    }
}
