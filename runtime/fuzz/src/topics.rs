//! Topics and their subscribers, compared with a set of pairs.

use std::collections::{BTreeMap, BTreeSet};

use arbitrary::Arbitrary;

use crate::subscriptions::{Name, Topics};

/// The steps to perform on the topics.
#[derive(Arbitrary, Debug)]
pub struct Input {
    steps: Vec<Step>,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Step {
    Subscribe(u8, u8),
    Unsubscribe(u8, u8),
    LeaveAll(u8),
    /// Subscribes to every topic from this one on, so that tables grow, and shrink afterwards.
    Crowd(u8, u8),
    /// Subscribes every subscriber to one topic, for the same reason.
    Rush(u8),
}

/// The subscribers of each topic.
type Model = BTreeMap<String, BTreeSet<usize>>;

/// Performs the steps on the topics and on the model, and compares all results.
pub fn check(input: Input) {
    let mut topics = Topics::default();
    let mut model = Model::new();
    for step in input.steps {
        match step {
            Step::Subscribe(key, topic) => subscribe(&mut topics, &mut model, key, topic),
            Step::Unsubscribe(key, topic) => {
                let (key, name) = (usize::from(key), topic.to_string());
                let was = model.get_mut(&name).is_some_and(|keys| keys.remove(&key));
                assert_eq!(topics.unsubscribe(key, Name::new(&name)), was);
            }
            Step::LeaveAll(key) => leave(&mut topics, &mut model, key),
            Step::Crowd(key, from) => {
                (from..=u8::MAX).for_each(|topic| subscribe(&mut topics, &mut model, key, topic));
            }
            Step::Rush(topic) => {
                (0..=u8::MAX).for_each(|key| subscribe(&mut topics, &mut model, key, topic));
            }
        }
        model.retain(|_, keys| !keys.is_empty());
    }
    compare(&topics, &model);
}

fn subscribe(topics: &mut Topics<usize>, model: &mut Model, key: u8, topic: u8) {
    let (key, name) = (usize::from(key), topic.to_string());
    let is_new = model.entry(name.clone()).or_default().insert(key);
    assert_eq!(topics.subscribe(key, Name::new(&name), key), is_new);
    assert!(topics.is_subscribed(key, Name::new(&name)));
}

fn leave(topics: &mut Topics<usize>, model: &mut Model, key: u8) {
    let key = usize::from(key);
    let left = topics.leave_all(key);
    let count = left.len();
    let left: BTreeSet<String> = left
        .iter()
        .map(|name| name.as_name().text().to_owned())
        .collect();
    assert_eq!(left.len(), count, "no topic is left twice");
    let of_key = model.iter_mut().filter(|(_, keys)| keys.contains(&key));
    let expected = of_key.map(|(name, keys)| {
        keys.remove(&key);
        name.clone()
    });
    assert_eq!(left, expected.collect());
}

fn compare(topics: &Topics<usize>, model: &Model) {
    for topic in 0..=u8::MAX {
        let name = topic.to_string();
        let subscribers = topics.subscribers(Name::new(&name));
        assert!(subscribers.iter().all(|s| s.key == s.value));
        let keys: BTreeSet<usize> = subscribers.iter().map(|s| s.key).collect();
        assert_eq!(keys.len(), subscribers.len());
        assert_eq!(keys, model.get(&name).cloned().unwrap_or_default());
    }
    for key in 0..=usize::from(u8::MAX) {
        let listed = topics.subscriptions(key).map(Name::text);
        let listed: BTreeSet<&str> = listed.collect();
        let expected = model.iter().filter(|(_, keys)| keys.contains(&key));
        assert_eq!(listed, expected.map(|(name, _)| &**name).collect());
    }
}
