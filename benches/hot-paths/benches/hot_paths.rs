//! Measures the time of the hot paths: `cargo bench -p levante-hot-paths`.

use std::{
    env, hint,
    time::{Duration, Instant},
};

use criterion::{Bencher, Criterion, Throughput, criterion_group, criterion_main};
use levante::{
    Server,
    cluster::{Cluster, Memory, Nats, Redis},
};
use levante_hot_paths::{Call, GROUPS, publisher};

fn hot_paths(criterion: &mut Criterion) {
    for (name, paths) in GROUPS {
        let mut group = criterion.benchmark_group(*name);
        for path in *paths {
            group.throughput(Throughput::Bytes(path.bytes as u64));
            let mut call = path.prepare();
            group.bench_function(path.name, |bencher| bencher.iter(&mut call));
        }
    }
}

/// When messages are published.
#[derive(Clone, Copy)]
struct Pace {
    name: &'static str,
    /// So many follow each other at once.
    burst: u64,
    /// The time between bursts.
    rest: Duration,
}

/// After half a millisecond the thread of the broker sleeps.
const PACES: [Pace; 4] = [
    Pace {
        name: "64-at-once",
        burst: 64,
        rest: Duration::from_micros(500),
    },
    Pace {
        name: "each-500-us",
        burst: 1,
        rest: Duration::from_micros(500),
    },
    Pace {
        name: "each-100-us",
        burst: 1,
        rest: Duration::from_micros(100),
    },
    Pace {
        name: "each-20-us",
        burst: 1,
        rest: Duration::from_micros(20),
    },
];

/// Measures what a publish costs the thread that publishes, in a space that is alone, and in one
/// that has joined a cluster. The time of the broker's thread is not part of it, but the time to wake
/// that thread is, for each publish that finds it asleep.
///
/// `BROKER` is the URL of Redis or NATS. Without it, the broker is in this process.
fn cluster(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cluster");
    for pace in PACES {
        for subscribers in [0, 10] {
            for joins in [false, true] {
                let server = Server::new();
                let cluster = joins.then(|| join(&server));
                let mut call = publisher(&server, subscribers);
                let how = if joins { "joined" } else { "alone" };
                let name = format!("publish-64-to-{subscribers}-{}-{how}", pace.name);
                group.bench_function(name, |bencher| time(bencher, pace, &mut call));
                if let Some(cluster) = cluster {
                    let lost = cluster.stats().lost;
                    assert_eq!(lost, 0, "a message that is lost costs less");
                }
            }
        }
    }
}

fn join(server: &Server) -> Cluster {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let joined = runtime.expect("a runtime").block_on(async {
        match env::var("BROKER").ok() {
            Some(url) if url.starts_with("nats") => {
                server.join(Nats::new(url).expect("a URL")).await
            }
            Some(url) => server.join(Redis::new(url).expect("a URL")).await,
            None => server.join(Memory::new()).await,
        }
    });
    joined.expect("a broker")
}

fn time(bencher: &mut Bencher<'_>, pace: Pace, call: &mut Call) {
    bencher.iter_custom(|iterations| {
        let mut total = Duration::ZERO;
        let mut left = iterations;
        while left > 0 {
            let count = left.min(pace.burst);
            let began = Instant::now();
            for _ in 0..count {
                call();
            }
            total += began.elapsed();
            left -= count;
            // A sleep may last longer, and the processor would save power meanwhile.
            let rested = Instant::now();
            while rested.elapsed() < pace.rest {
                hint::spin_loop();
            }
        }
        total
    });
}

criterion_group!(benches, hot_paths, cluster);
criterion_main!(benches);
