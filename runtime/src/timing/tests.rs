use super::*;

/// Pings are sent only before the end of the idle timeout, not at an interval.
const CONFIG: Config = Config::DEFAULT
    .idle_timeout(Duration::from_secs(8))
    .ping_interval(Duration::ZERO);

/// A check that is in time.
fn seen(now: Instant, rests: bool) -> Look {
    Look {
        now,
        late: Duration::ZERO,
        rests,
        wrote: false,
        expired: None,
    }
}

fn look(timing: &mut Timing, now: Instant, rests: bool, config: &Config) -> Due {
    timing.look(seen(now, rests), config.ping_interval, config)
}

fn opened(now: Instant) -> Timing {
    let mut timing = Timing::new();
    timing.begin(now);
    timing
}

fn at(start: Instant, seconds: u64) -> Instant {
    start + Duration::from_secs(seconds)
}

#[test]
fn a_silent_peer_is_pinged_once_and_then_given_up() {
    let start = Instant::now();
    let mut timing = opened(start);
    assert_eq!(
        look(&mut timing, at(start, 5), false, &CONFIG),
        Due::Nothing
    );
    assert_eq!(look(&mut timing, at(start, 6), false, &CONFIG), Due::Ping);
    assert_eq!(
        look(&mut timing, at(start, 7), false, &CONFIG),
        Due::Nothing
    );
    assert_eq!(
        look(&mut timing, at(start, 8), false, &CONFIG),
        Due::IdleTimeout
    );
}

#[test]
fn a_late_look_pings_before_it_gives_up() {
    let start = Instant::now();
    let mut timing = opened(start);
    assert_eq!(look(&mut timing, at(start, 100), false, &CONFIG), Due::Ping);
    assert_eq!(
        look(&mut timing, at(start, 101), false, &CONFIG),
        Due::IdleTimeout
    );
}

#[test]
fn a_peer_that_answers_stays() {
    let start = Instant::now();
    let mut timing = opened(start);
    assert_eq!(look(&mut timing, at(start, 7), false, &CONFIG), Due::Ping);
    timing.heard();
    assert_eq!(
        look(&mut timing, at(start, 8), false, &CONFIG),
        Due::Nothing
    );
    assert_eq!(look(&mut timing, at(start, 14), false, &CONFIG), Due::Ping);
    assert_eq!(
        look(&mut timing, at(start, 16), false, &CONFIG),
        Due::IdleTimeout
    );
}

#[test]
fn the_idle_timeout_rests_while_nothing_is_read() {
    let start = Instant::now();
    let mut timing = opened(start);
    assert_eq!(
        look(&mut timing, at(start, 100), true, &CONFIG),
        Due::Nothing
    );
    assert_eq!(look(&mut timing, at(start, 107), false, &CONFIG), Due::Ping);
}

#[test]
fn a_connection_of_many_weeks_is_looked_at_like_any_other() {
    let start = Instant::now();
    let config = CONFIG.send_pings(false);
    let mut timing = opened(start);
    let week = 7 * 24 * 60 * 60;
    for weeks in 1..20 {
        timing.heard();
        assert_eq!(
            look(&mut timing, at(start, weeks * week), false, &config),
            Due::Nothing
        );
        assert_eq!(
            look(&mut timing, at(start, weeks * week + 7), false, &config),
            Due::Nothing
        );
    }
    assert_eq!(
        look(&mut timing, at(start, 19 * week + 8), false, &config),
        Due::IdleTimeout
    );
}

#[test]
fn without_pings_or_timeout_nothing_is_due() {
    let start = Instant::now();
    let silent = CONFIG.send_pings(false);
    assert_eq!(
        look(&mut opened(start), at(start, 7), false, &silent),
        Due::Nothing
    );
    let never = CONFIG.idle_timeout(Duration::ZERO);
    assert_eq!(
        look(&mut opened(start), at(start, 1 << 20), false, &never),
        Due::Nothing
    );
}

#[test]
fn a_lifetime_ends_however_lively_the_peer_is() {
    let start = Instant::now();
    let config = CONFIG.max_lifetime(Duration::from_secs(60));
    let mut timing = opened(start);
    timing.heard();
    assert_eq!(
        look(&mut timing, at(start, 59), false, &config),
        Due::Nothing
    );
    timing.heard();
    assert_eq!(
        look(&mut timing, at(start, 60), false, &config),
        Due::Lifetime
    );
}

#[test]
fn an_expiry_takes_the_place_of_the_lifetime() {
    let start = Instant::now();
    let config = CONFIG.max_lifetime(Duration::from_secs(60));
    let due = |second, expired| {
        let mut timing = opened(start);
        timing.heard();
        let look = Look {
            expired,
            ..seen(at(start, second), false)
        };
        timing.look(look, config.ping_interval, &config)
    };
    assert_eq!(due(59, Some(false)), Due::Nothing);
    assert_eq!(due(59, Some(true)), Due::Expiry);
    assert_eq!(due(3600, Some(false)), Due::Nothing);
    assert_eq!(due(3600, None), Due::Lifetime);
    let endless = CONFIG.max_lifetime(Duration::ZERO);
    assert_eq!(
        look(&mut opened(start), at(start, 0), false, &endless),
        Due::Nothing
    );
    let mut old = opened(start);
    old.heard();
    assert_eq!(
        look(&mut old, at(start, 1 << 30), false, &endless),
        Due::Nothing
    );
}

#[test]
fn closing_takes_its_timeout_from_when_it_was_first_seen() {
    let start = Instant::now();
    let mut timing = opened(start);
    let timeout = CONFIG.close_timeout;
    assert_eq!(
        timing.look_closing(seen(at(start, 100), false), &CONFIG),
        Due::Nothing
    );
    let almost = at(start, 100) + timeout - Duration::from_millis(1);
    assert_eq!(
        timing.look_closing(seen(almost, false), &CONFIG),
        Due::Nothing
    );
    assert_eq!(
        timing.look_closing(seen(at(start, 100) + timeout, false), &CONFIG),
        Due::CloseTimeout
    );
}

#[test]
fn a_ping_is_due_each_interval_for_as_long_as_it_is_quiet() {
    let start = Instant::now();
    let config = Config::DEFAULT.ping_interval(Duration::from_secs(5));
    let mut timing = opened(start);
    for (second, due) in [
        (4, Due::Nothing),
        (5, Due::Ping),
        (9, Due::Nothing),
        (10, Due::Ping),
        (15, Due::Ping),
    ] {
        timing.heard();
        assert_eq!(
            look(&mut timing, at(start, second), false, &config),
            due,
            "{second}"
        );
    }
}

#[test]
fn a_ping_is_due_if_only_one_side_is_quiet() {
    let start = Instant::now();
    let config = Config::DEFAULT.ping_interval(Duration::from_secs(5));
    for (hears, writes, expected) in [
        (true, true, Due::Nothing),
        (true, false, Due::Ping),
        (false, true, Due::Ping),
    ] {
        let mut timing = opened(start);
        let mut last = Due::Nothing;
        for second in 1..=5 {
            if hears {
                timing.heard();
            }
            let look = Look {
                wrote: writes,
                ..seen(at(start, second), false)
            };
            last = timing.look(look, config.ping_interval, &config);
        }
        assert_eq!(last, expected, "{hears} {writes}");
    }
}

#[test]
fn pings_go_on_while_nothing_is_read_and_no_idle_timeout_is_set() {
    let start = Instant::now();
    let interval = Duration::from_secs(5);
    let config = Config::DEFAULT
        .ping_interval(interval)
        .idle_timeout(Duration::ZERO);
    let mut timing = opened(start);
    for second in [5, 10, 15, 3600] {
        let due = look(&mut timing, at(start, second), true, &config);
        assert_eq!(due, Due::Ping, "{second}");
    }
    let without = config.send_pings(false);
    assert_eq!(
        look(&mut timing, at(start, 7200), true, &without),
        Due::Nothing
    );
}

#[test]
fn the_pings_of_a_worker_are_spread() {
    let interval = Duration::from_millis(25_000);
    let mut all: Vec<_> = (0..1000).map(|key| spread(interval, key)).collect();
    all.sort();
    assert!(all[0] > interval * 3 / 4 && all[999] <= interval);
    // The pings are spread over six seconds. No second has more than twice its share.
    for second in 0..6 {
        let from = interval * 3 / 4 + Duration::from_secs(second);
        let to = from + Duration::from_secs(1);
        let share = all.iter().filter(|&&at| from <= at && at < to).count();
        assert!(share <= 2 * 1000 / 6, "{share} in second {second}");
    }
    assert_eq!(spread(Duration::ZERO, 7), Duration::ZERO);
}

#[test]
fn time_in_which_the_server_did_not_look_counts_for_no_timeout() {
    let start = Instant::now();
    let config = CONFIG.send_pings(false);
    let late = |now, late| Look {
        late: Duration::from_secs(late),
        ..seen(now, false)
    };
    let mut timing = opened(start);
    let interval = config.ping_interval;
    assert_eq!(
        timing.look(seen(at(start, 7), false), interval, &config),
        Due::Nothing
    );
    // A minute of silence, but the server did not read.
    assert_eq!(
        timing.look(late(at(start, 67), 60), interval, &config),
        Due::Nothing
    );
    assert_eq!(
        timing.look(seen(at(start, 68), false), interval, &config),
        Due::IdleTimeout
    );

    let mut closing = opened(start);
    assert_eq!(
        closing.look_closing(seen(at(start, 1), false), &config),
        Due::Nothing
    );
    assert_eq!(
        closing.look_closing(late(at(start, 61), 60), &config),
        Due::Nothing
    );
    assert_eq!(
        closing.look_closing(seen(at(start, 66), false), &config),
        Due::CloseTimeout
    );

    // `late` is longer than the silence, so the connection counts as just heard.
    let mut young = opened(at(start, 60));
    assert_eq!(
        young.look(late(at(start, 61), 60), interval, &config),
        Due::Nothing
    );
    assert_eq!(
        young.look(seen(at(start, 68), false), interval, &config),
        Due::Nothing
    );
    assert_eq!(
        young.look(seen(at(start, 69), false), interval, &config),
        Due::IdleTimeout
    );
}

#[test]
fn a_handler_has_its_time_from_when_it_was_first_seen() {
    let start = Instant::now();
    let config = CONFIG.handler_timeout(Duration::from_secs(5));
    let timing = opened(start);
    let mut busy = Busy::UNSEEN;
    let is_late = |busy: &mut Busy, second, late| {
        let look = Look {
            late: Duration::from_secs(late),
            ..seen(at(start, second), false)
        };
        timing.is_handler_late(busy, look, &config)
    };
    assert!(!is_late(&mut busy, 100, 0));
    assert!(!is_late(&mut busy, 104, 0));
    assert!(is_late(&mut busy, 105, 0));
    let mut busy = Busy::UNSEEN;
    assert!(!is_late(&mut busy, 106, 0));
    // The server did not read for a minute.
    assert!(!is_late(&mut busy, 166, 60));
    assert!(is_late(&mut busy, 171, 0));
    let look = seen(at(start, 1000), false);
    assert!(!timing.is_handler_late(&mut busy, look, &CONFIG));
}
