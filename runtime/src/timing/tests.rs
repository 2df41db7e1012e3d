use super::*;

/// Pings are sent only before the end of the idle timeout, not at an interval.
const CONFIG: Config = Config::DEFAULT
    .idle_timeout(Duration::from_secs(8))
    .ping_interval(Duration::ZERO);

/// A check that is in time.
fn seen(now: Moment, rests: bool) -> Look {
    Look {
        now,
        late: Duration::ZERO,
        rests,
        wrote: false,
        expired: None,
    }
}

fn look(timing: &mut Timing, now: Moment, rests: bool, config: &Config) -> Due {
    timing.look(seen(now, rests), config.ping_interval, config)
}

fn opened(now: Moment) -> Timing {
    let mut timing = Timing::new();
    timing.begin(now);
    timing
}

/// A worker of some weeks. Its moments wrap within the tests.
const BEGUN: Duration = Duration::from_millis((1 << 32) - 50);

/// The moment at this time after the connection was opened.
fn at(seconds: u64) -> Moment {
    after(Duration::from_secs(seconds))
}

fn after(time: Duration) -> Moment {
    Moment::at(BEGUN + time)
}

#[test]
fn a_silent_peer_is_pinged_once_and_then_given_up() {
    let mut timing = opened(at(0));
    assert_eq!(look(&mut timing, at(5), false, &CONFIG), Due::Nothing);
    assert_eq!(look(&mut timing, at(6), false, &CONFIG), Due::Ping);
    assert_eq!(look(&mut timing, at(7), false, &CONFIG), Due::Nothing);
    assert_eq!(look(&mut timing, at(8), false, &CONFIG), Due::IdleTimeout);
}

#[test]
fn a_late_look_pings_before_it_gives_up() {
    let mut timing = opened(at(0));
    assert_eq!(look(&mut timing, at(100), false, &CONFIG), Due::Ping);
    assert_eq!(look(&mut timing, at(101), false, &CONFIG), Due::IdleTimeout);
}

#[test]
fn a_peer_that_answers_stays() {
    let mut timing = opened(at(0));
    assert_eq!(look(&mut timing, at(7), false, &CONFIG), Due::Ping);
    timing.heard();
    assert_eq!(look(&mut timing, at(8), false, &CONFIG), Due::Nothing);
    assert_eq!(look(&mut timing, at(14), false, &CONFIG), Due::Ping);
    assert_eq!(look(&mut timing, at(16), false, &CONFIG), Due::IdleTimeout);
}

#[test]
fn the_idle_timeout_rests_while_nothing_is_read() {
    let mut timing = opened(at(0));
    assert_eq!(look(&mut timing, at(100), true, &CONFIG), Due::Nothing);
    assert_eq!(look(&mut timing, at(107), false, &CONFIG), Due::Ping);
}

#[test]
fn a_connection_of_many_weeks_is_looked_at_like_any_other() {
    let config = CONFIG.send_pings(false);
    let mut timing = opened(at(0));
    let week = 7 * 24 * 60 * 60;
    for weeks in 1..20 {
        timing.heard();
        assert_eq!(
            look(&mut timing, at(weeks * week), false, &config),
            Due::Nothing
        );
        assert_eq!(
            look(&mut timing, at(weeks * week + 7), false, &config),
            Due::Nothing
        );
    }
    assert_eq!(
        look(&mut timing, at(19 * week + 8), false, &config),
        Due::IdleTimeout
    );
}

#[test]
fn without_pings_or_timeout_nothing_is_due() {
    let silent = CONFIG.send_pings(false);
    assert_eq!(
        look(&mut opened(at(0)), at(7), false, &silent),
        Due::Nothing
    );
    let never = CONFIG.idle_timeout(Duration::ZERO);
    assert_eq!(
        look(&mut opened(at(0)), at(1 << 20), false, &never),
        Due::Nothing
    );
}

#[test]
fn a_lifetime_ends_however_lively_the_peer_is() {
    let config = CONFIG.max_lifetime(Duration::from_secs(60));
    let mut timing = opened(at(0));
    timing.heard();
    assert_eq!(look(&mut timing, at(59), false, &config), Due::Nothing);
    timing.heard();
    assert_eq!(look(&mut timing, at(60), false, &config), Due::Lifetime);
}

#[test]
fn an_expiry_takes_the_place_of_the_lifetime() {
    let config = CONFIG.max_lifetime(Duration::from_secs(60));
    let due = |second, expired| {
        let mut timing = opened(at(0));
        timing.heard();
        let look = Look {
            expired,
            ..seen(at(second), false)
        };
        timing.look(look, config.ping_interval, &config)
    };
    assert_eq!(due(59, Some(false)), Due::Nothing);
    assert_eq!(due(59, Some(true)), Due::Expiry);
    assert_eq!(due(3600, Some(false)), Due::Nothing);
    assert_eq!(due(3600, None), Due::Lifetime);
    let endless = CONFIG.max_lifetime(Duration::ZERO);
    assert_eq!(
        look(&mut opened(at(0)), at(0), false, &endless),
        Due::Nothing
    );
    let mut old = opened(at(0));
    old.heard();
    assert_eq!(look(&mut old, at(1 << 30), false, &endless), Due::Nothing);
}

#[test]
fn closing_takes_its_timeout_from_when_it_was_first_seen() {
    let mut timing = opened(at(0));
    let timeout = CONFIG.close_timeout;
    assert_eq!(
        timing.look_closing(seen(at(100), false), &CONFIG),
        Due::Nothing
    );
    let almost = after(Duration::from_secs(100) + timeout - Duration::from_millis(1));
    assert_eq!(
        timing.look_closing(seen(almost, false), &CONFIG),
        Due::Nothing
    );
    assert_eq!(
        timing.look_closing(
            seen(after(Duration::from_secs(100) + timeout), false),
            &CONFIG
        ),
        Due::CloseTimeout
    );
}

#[test]
fn a_ping_is_due_each_interval_for_as_long_as_it_is_quiet() {
    let config = Config::DEFAULT.ping_interval(Duration::from_secs(5));
    let mut timing = opened(at(0));
    for (second, due) in [
        (4, Due::Nothing),
        (5, Due::Ping),
        (9, Due::Nothing),
        (10, Due::Ping),
        (15, Due::Ping),
    ] {
        timing.heard();
        assert_eq!(
            look(&mut timing, at(second), false, &config),
            due,
            "{second}"
        );
    }
}

#[test]
fn a_ping_is_due_if_only_one_side_is_quiet() {
    let config = Config::DEFAULT.ping_interval(Duration::from_secs(5));
    for (hears, writes, expected) in [
        (true, true, Due::Nothing),
        (true, false, Due::Ping),
        (false, true, Due::Ping),
    ] {
        let mut timing = opened(at(0));
        let mut last = Due::Nothing;
        for second in 1..=5 {
            if hears {
                timing.heard();
            }
            let look = Look {
                wrote: writes,
                ..seen(at(second), false)
            };
            last = timing.look(look, config.ping_interval, &config);
        }
        assert_eq!(last, expected, "{hears} {writes}");
    }
}

#[test]
fn pings_go_on_while_nothing_is_read_and_no_idle_timeout_is_set() {
    let interval = Duration::from_secs(5);
    let config = Config::DEFAULT
        .ping_interval(interval)
        .idle_timeout(Duration::ZERO);
    let mut timing = opened(at(0));
    for second in [5, 10, 15, 3600] {
        let due = look(&mut timing, at(second), true, &config);
        assert_eq!(due, Due::Ping, "{second}");
    }
    let without = config.send_pings(false);
    assert_eq!(look(&mut timing, at(7200), true, &without), Due::Nothing);
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
    let config = CONFIG.send_pings(false);
    let late = |now, late| Look {
        late: Duration::from_secs(late),
        ..seen(now, false)
    };
    let mut timing = opened(at(0));
    let interval = config.ping_interval;
    assert_eq!(
        timing.look(seen(at(7), false), interval, &config),
        Due::Nothing
    );
    // A minute of silence, but the server did not read.
    assert_eq!(
        timing.look(late(at(67), 60), interval, &config),
        Due::Nothing
    );
    assert_eq!(
        timing.look(seen(at(68), false), interval, &config),
        Due::IdleTimeout
    );

    let mut closing = opened(at(0));
    assert_eq!(
        closing.look_closing(seen(at(1), false), &config),
        Due::Nothing
    );
    assert_eq!(
        closing.look_closing(late(at(61), 60), &config),
        Due::Nothing
    );
    assert_eq!(
        closing.look_closing(seen(at(66), false), &config),
        Due::CloseTimeout
    );

    // `late` is longer than the silence, so the connection counts as just heard.
    let mut young = opened(at(60));
    assert_eq!(
        young.look(late(at(61), 60), interval, &config),
        Due::Nothing
    );
    assert_eq!(
        young.look(seen(at(68), false), interval, &config),
        Due::Nothing
    );
    assert_eq!(
        young.look(seen(at(69), false), interval, &config),
        Due::IdleTimeout
    );
}

#[test]
fn a_handler_has_its_time_from_when_it_was_first_seen() {
    let config = CONFIG.handler_timeout(Duration::from_secs(5));
    let timing = opened(at(0));
    let mut busy = Busy::UNSEEN;
    let is_late = |busy: &mut Busy, second, late| {
        let look = Look {
            late: Duration::from_secs(late),
            ..seen(at(second), false)
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
    let look = seen(at(1000), false);
    assert!(!timing.is_handler_late(&mut busy, look, &CONFIG));
}

#[test]
fn the_times_of_a_connection_take_little_memory() {
    assert_eq!(size_of::<Timing>(), 20);
}
