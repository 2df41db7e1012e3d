//! The result of a publish.

use std::{cmp::Ordering, fmt};

/// The result of a publish: how many subscribers it addressed, and how many it could not.
///
/// It prints as the number of addressed subscribers, and compares with a number as that. It is no
/// `bool`: a condition compares it with 0. With a topic for each user, `> 0` tells whether the user was
/// online:
///
/// ```
/// use levante::Server;
///
/// fn notify(server: &Server, user: u64, text: &str) -> bool {
///     server.publish(format!("user/{user}"), text) > 0
/// }
///
/// let server = Server::new();
/// assert!(!notify(&server, 7, "nobody listens"));
/// assert_eq!(format!("{} listeners", server.publish("news", "it rains")), "0 listeners");
/// ```
///
/// A producer on a thread of its own can be faster than the workers. It should wait with
/// [`Server::ready`](crate::Server::ready) between messages. If it does not, `refused` counts the
/// subscribers that miss a message:
///
/// ```
/// use levante::Server;
///
/// fn tick(server: &Server, price: u64) {
///     let published = server.publish("prices", price.to_string());
///     if published.refused > 0 {
///         println!("{} subscribers miss the price {price}", published.refused);
///     }
/// }
/// # tick(&Server::new(), 1);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Published {
    /// The number of addressed subscribers in this process. Those of other nodes of a cluster are not
    /// counted. Each gets the message, unless its queue
    /// has no room at the time of delivery: see [`Policy`](crate::Policy).
    pub addressed: usize,
    /// The number of subscribers that were not addressed, because their worker refused the message:
    /// its [publish limit](crate::Server::set_publish_limit) was reached. Subscribers on the
    /// publishing thread are never refused.
    pub refused: usize,
}

impl Published {
    /// Subtracts one subscriber that was counted but must not get the message. `is_refused` tells
    /// whether its worker has refused the message.
    pub(crate) fn leave_one_out(&mut self, is_refused: bool) {
        let of = match is_refused {
            true => &mut self.refused,
            false => &mut self.addressed,
        };
        *of = of.saturating_sub(1);
    }
}

impl fmt::Display for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.addressed.fmt(f)
    }
}

impl From<Published> for usize {
    /// The number of addressed subscribers.
    fn from(published: Published) -> Self {
        published.addressed
    }
}

impl PartialEq<usize> for Published {
    fn eq(&self, addressed: &usize) -> bool {
        self.addressed == *addressed
    }
}

impl PartialOrd<usize> for Published {
    fn partial_cmp(&self, addressed: &usize) -> Option<Ordering> {
        self.addressed.partial_cmp(addressed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_like_the_number_addressed() {
        let published = Published {
            addressed: 7,
            refused: 3,
        };
        assert_eq!(published, 7);
        assert!(published > 6 && published < 8);
        assert_eq!(usize::from(published), 7);
        assert_eq!(format!("{published:>3}"), "  7");
    }
}
