//! The file that `assert_locked` compares with, reads and writes.

use std::{
    fs,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicUsize, Ordering},
};

use crate::contract::{Contract, generated::Builder, locked::Update};

/// A file of its own for each test, in a folder that goes with it.
struct Lock(PathBuf);

impl Lock {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("levante-lock-{}-{count}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder.join("chat.contract.json"))
    }

    fn of(contract: &Contract) -> Self {
        let lock = Self::new();
        fs::write(&lock.0, contract.to_json()).unwrap();
        lock
    }

    fn path(&self) -> &Path {
        &self.0
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.0).unwrap()
    }

    /// What a test would say, without the path.
    fn says(&self, contract: &Contract, update: Update<'_>) -> String {
        let said = contract.settle(self.path(), update).unwrap_err();
        said.replace(&self.path().display().to_string(), "FILE")
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.0.parent().unwrap());
    }
}

fn old() -> Contract {
    let chat = Builder::new("chat", "/chat", "");
    chat.call("say", "", |d| d.text("text")).finish()
}

fn compatible() -> Contract {
    let chat = Builder::new("chat", "/chat", "");
    let chat = chat.call("say", "", |d| d.text("text"));
    chat.call("leave", "", |_| {}).finish()
}

fn breaking() -> Contract {
    Builder::new("chat", "/chat", "").finish()
}

const ALL: [Update<'_>; 4] = [
    Update::Never,
    Update::Compatible,
    Update::Breaking,
    Update::Other("yes"),
];

#[test]
fn the_same_contract_passes_and_nothing_is_written() {
    let lock = Lock::new();
    // In another form than levante writes it.
    let text = serde_json::to_string(&old()).unwrap();
    fs::write(lock.path(), &text).unwrap();
    for update in ALL {
        assert_eq!(old().settle(lock.path(), update), Ok(()));
        assert_eq!(lock.text(), text);
    }
    old().assert_locked(lock.path());
}

#[test]
fn a_number_with_a_fraction_is_the_same_after_it_was_written() {
    #[derive(schemars::JsonSchema)]
    struct Limited {
        #[schemars(range(min = 0.1, max = 1.797_693_134_862_315_6e308))]
        number: f64,
        #[schemars(range(min = -7.205_759_403_792_794e-19))]
        other: f64,
    }
    let chat = Builder::new("chat", "/chat", "")
        .sends::<Limited>()
        .finish();
    let lock = Lock::of(&chat);
    assert_eq!(chat.settle(lock.path(), Update::Never), Ok(()));
}

#[test]
fn a_missing_file_is_written_if_that_is_asked_for() {
    let lock = Lock::new();
    assert_eq!(
        lock.says(&old(), Update::Never),
        "there is no lock FILE yet: `UPDATE=1 cargo test` writes it"
    );
    assert!(!lock.path().exists());
    assert_eq!(old().settle(lock.path(), Update::Compatible), Ok(()));
    assert_eq!(lock.text(), old().to_json());
}

#[test]
fn what_breaks_no_client_is_accepted_if_that_is_asked_for() {
    let lock = Lock::of(&old());
    assert_eq!(
        lock.says(&compatible(), Update::Never),
        "the contract is not the one in FILE any more, and breaks no client:\n  - `calls.leave` is \
         new\n`UPDATE=1 cargo test` accepts it"
    );
    assert_eq!(lock.text(), old().to_json());
    assert_eq!(compatible().settle(lock.path(), Update::Compatible), Ok(()));
    assert_eq!(lock.text(), compatible().to_json());
}

#[test]
fn each_change_that_breaks_no_client_is_listed() {
    #[derive(schemars::JsonSchema)]
    struct Said {
        #[schemars(description = "Words.")]
        description: String,
    }
    mod later {
        #[derive(schemars::JsonSchema)]
        pub(super) struct Said {
            #[schemars(description = "Other words.")]
            description: String,
        }
    }
    let chat = |docs| Builder::new("chat", "/chat", docs);
    let old = chat("A chat.").call("say", "Says.", |d| d.parameter::<u8>("it", true));
    let old = old.call("tell", "", |_| {}).sends::<Said>().finish();
    let new = chat("The chat.").call("say", "Says it.", |d| d.parameter::<u16>("it", true));
    let new = new.call("tell", "Tells.", |_| {});
    let new = new
        .call("leave", "", |_| {})
        .sends::<later::Said>()
        .finish();
    let lock = Lock::of(&old);
    let said = lock.says(&new, Update::Never);
    let list: Vec<_> = said
        .lines()
        .filter_map(|it| it.strip_prefix("  - "))
        .collect();
    assert_eq!(
        list,
        [
            "`calls.leave` is new",
            "`calls.say` has changed",
            "`calls.tell` has other docs",
            "`module` has other docs",
            "`schemas.Said` has other docs",
        ]
    );
}

#[test]
fn what_breaks_clients_is_listed_and_needs_a_word_of_its_own() {
    let lock = Lock::of(&old());
    for update in [Update::Never, Update::Compatible] {
        assert_eq!(
            lock.says(&breaking(), update),
            "clients that were built for the contract in FILE break:\n  - `say` cannot be called \
             any more\nserve the old contract beside the new one, at another path, or accept this \
             with `UPDATE=breaking cargo test`"
        );
        assert_eq!(lock.text(), old().to_json());
    }
    assert_eq!(breaking().settle(lock.path(), Update::Breaking), Ok(()));
    assert_eq!(lock.text(), breaking().to_json());
}

#[test]
fn what_cannot_be_compared_is_left_alone_unless_breaking_is_asked_for() {
    let newer = old().to_json().replace("\"levante\": 1", "\"levante\": 7");
    let cases: [(&[u8], &str); 4] = [
        (
            newer.as_bytes(),
            "the contract is of version 7, and this levante knows version 1",
        ),
        (
            b"{",
            "not a contract: EOF while parsing an object at line 1 column 1",
        ),
        (b"{\"levante\":1}", "not a contract: missing field `name`"),
        (b"\xFF", "invalid utf-8 sequence of 1 bytes from index 0"),
    ];
    for (content, why) in cases {
        let lock = Lock::new();
        fs::write(lock.path(), content).unwrap();
        for update in [Update::Never, Update::Compatible] {
            assert_eq!(
                lock.says(&old(), update),
                format!(
                    "the lock FILE cannot be compared: {why}\nrestore it, or replace it with \
                     `UPDATE=breaking cargo test`"
                )
            );
            assert_eq!(fs::read(lock.path()).unwrap(), content);
        }
        assert_eq!(old().settle(lock.path(), Update::Breaking), Ok(()));
        assert_eq!(lock.text(), old().to_json());
    }
}

#[test]
fn a_file_that_cannot_be_read_or_written_is_an_error() {
    let lock = Lock::new();
    let folder = lock.path().parent().unwrap();
    for update in ALL {
        let said = old().settle(folder, update).unwrap_err();
        assert!(said.contains("cannot be read: "), "{said}");
    }
    let nowhere = folder.join("missing/chat.contract.json");
    let said = old().settle(&nowhere, Update::Compatible).unwrap_err();
    assert!(said.contains("cannot be written: "), "{said}");
}

#[test]
fn an_update_of_another_value_is_named() {
    let note = "\n(`UPDATE` is \"yes\", and is either `1` or `breaking`)";
    let lock = Lock::of(&old());
    for contract in [compatible(), breaking()] {
        let plain = lock.says(&contract, Update::Never);
        assert_eq!(lock.says(&contract, Update::Other("yes")), plain + note);
    }
}

#[test]
#[should_panic(expected = " cannot be read: ")]
fn what_is_wrong_panics() {
    // A folder, which fails whatever `UPDATE` is in the environment of this test.
    old().assert_locked(env!("CARGO_MANIFEST_DIR"));
}
