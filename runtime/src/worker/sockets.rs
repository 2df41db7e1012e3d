//! The sockets of a worker, by key and by id.

use std::sync::Arc;

use hashbrown::{HashTable, hash_table::Entry};
use slab::Slab;

use super::{Core, Shared, SocketId};
use crate::topics::Key;

/// Every registered socket. Its key finds it always; its id finds it while it is listed.
#[derive(Default)]
pub(super) struct Sockets {
    by_key: Slab<Registered>,
    /// The keys of the listed sockets. Ids begin with random bytes, so no peer can choose their hashes.
    by_id: HashTable<u32>,
}

pub(super) struct Registered {
    pub(super) core: Arc<Core>,
    pub(super) shared: Option<Shared>,
}

impl Sockets {
    /// Registers and lists the socket that `make` returns for its key.
    pub(super) fn insert(&mut self, make: impl FnOnce(Key) -> Arc<Core>) -> Arc<Core> {
        let entry = self.by_key.vacant_entry();
        let core = make(entry.key());
        entry.insert(Registered {
            core: core.clone(),
            shared: None,
        });
        let Self { by_key, by_id } = self;
        let id_of = |key: &u32| id_of(by_key, *key);
        let is_it = |key: &u32| id_of(key) == Some(core.id);
        let rehash = |key: &u32| id_of(key).map_or(0, hash);
        if let Entry::Vacant(vacant) = by_id.entry(hash(core.id), is_it, rehash) {
            vacant.insert(core.short_key());
        }
        core
    }

    pub(super) fn get(&self, key: Key) -> Option<&Registered> {
        self.by_key.get(key)
    }

    pub(super) fn get_mut(&mut self, key: Key) -> Option<&mut Registered> {
        self.by_key.get_mut(key)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Key, &Registered)> {
        self.by_key.iter()
    }

    /// The key of the listed socket with this id.
    pub(super) fn key_of(&self, id: SocketId) -> Option<Key> {
        let is_it = |key: &u32| id_of(&self.by_key, *key) == Some(id);
        self.by_id.find(hash(id), is_it).map(|&key| key as Key)
    }

    /// Removes a socket from the look-up by id. The socket stays registered.
    pub(super) fn unlist(&mut self, key: Key) -> Option<&mut Registered> {
        let registered = self.by_key.get_mut(key)?;
        let short = registered.core.short_key();
        let hash = hash(registered.core.id);
        if let Ok(entry) = self.by_id.find_entry(hash, |&other| other == short) {
            entry.remove();
        }
        Some(registered)
    }

    /// Frees the key of an unlisted socket; `false` if the key is free already.
    pub(super) fn remove(&mut self, key: Key) -> bool {
        let is_removed = self.by_key.try_remove(key).is_some();
        if is_removed {
            self.release_spare_memory();
        }
        is_removed
    }

    /// Gives memory back when many sockets have gone.
    fn release_spare_memory(&mut self) {
        let Self { by_key, by_id } = self;
        if by_id.capacity() > 64 && by_id.len() < by_id.capacity() / 8 {
            by_id.shrink_to(by_id.len() * 2, |&key| id_of(by_key, key).map_or(0, hash));
            by_key.shrink_to_fit();
        }
    }
}

fn id_of(by_key: &Slab<Registered>, key: u32) -> Option<SocketId> {
    by_key.get(key as Key).map(|registered| registered.core.id)
}

/// The first bytes of an id are random, so eight of them serve as a hash. The last four may be the
/// same in all ids of a node.
fn hash(SocketId(id): SocketId) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = id;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::Config,
        worker::{Metered, Space, Worker, tests::identity},
    };

    fn insert(sockets: &mut Sockets, worker: &Arc<Worker>) -> Arc<Core> {
        let config = Metered::open(&Config::DEFAULT, worker.space());
        sockets.insert(|key| Arc::new(Core::new(identity(), config, key, worker.clone())))
    }

    #[test]
    fn a_socket_is_found_by_its_id_until_it_is_unlisted() {
        let worker = Arc::new(Worker::new(Arc::<Space>::default()));
        let mut sockets = Sockets::default();
        let cores: Vec<_> = (0..1000).map(|_| insert(&mut sockets, &worker)).collect();
        for core in &cores {
            assert_eq!(sockets.key_of(core.id), Some(core.key()));
        }
        let (first, rest) = cores.split_first().unwrap();
        for core in rest {
            assert!(sockets.unlist(core.key()).is_some());
            assert_eq!(sockets.key_of(core.id), None);
            assert!(sockets.get(core.key()).is_some());
            // The second call finds the socket unlisted.
            assert!(sockets.unlist(core.key()).is_some());
            assert!(sockets.remove(core.key()) && !sockets.remove(core.key()));
        }
        assert_eq!(sockets.key_of(first.id), Some(first.key()));
        assert_eq!(sockets.iter().count(), 1);
        assert!(sockets.by_id.capacity() <= 64);
        // The next socket gets the key of an earlier one, but not its id.
        let next = insert(&mut sockets, &worker);
        assert_eq!(sockets.key_of(next.id), Some(next.key()));
        assert!(rest.iter().all(|core| sockets.key_of(core.id).is_none()));
    }
}
