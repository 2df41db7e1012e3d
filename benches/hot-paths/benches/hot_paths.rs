//! Measures the time of the hot paths: `cargo bench -p levante-hot-paths`.

use std::{
    thread,
    time::{Duration, Instant},
};

use criterion::{Bencher, Criterion, Throughput, criterion_group, criterion_main};
use levante::{
    Server,
    cluster::{Cluster, Memory},
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

/// How long the thread of the broker gets to fall asleep.
const REST: Duration = Duration::from_micros(500);

/// Measures what a publish costs the thread that publishes, in a space that is alone, and in one
/// that has joined a cluster. The time of the broker's thread is not part of it. A burst finds that
/// thread asleep, so a burst of one message pays for waking it.
fn cluster(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cluster");
    for burst in [1, 64] {
        for subscribers in [0, 10] {
            for joins in [false, true] {
                let server = Server::new();
                let cluster = joins.then(|| join(&server));
                let mut call = publisher(&server, subscribers);
                let how = if joins { "joined" } else { "alone" };
                let name = format!("publish-64-to-{subscribers}-{burst}-at-once-{how}");
                group.bench_function(name, |bencher| {
                    time(bencher, burst, &mut call, cluster.as_ref());
                });
            }
        }
    }
}

fn join(server: &Server) -> Cluster {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let joined = runtime
        .expect("a runtime")
        .block_on(async { server.join(Memory::new()).await });
    joined.expect("a broker in this process")
}

fn time(bencher: &mut Bencher<'_>, burst: u64, call: &mut Call, cluster: Option<&Cluster>) {
    bencher.iter_custom(|iterations| {
        let mut total = Duration::ZERO;
        let mut left = iterations;
        while left > 0 {
            let count = left.min(burst);
            let began = Instant::now();
            for _ in 0..count {
                call();
            }
            total += began.elapsed();
            left -= count;
            while cluster.is_some_and(|cluster| cluster.stats().waiting > 0) {
                thread::yield_now();
            }
            thread::sleep(REST);
        }
        total
    });
}

criterion_group!(benches, hot_paths, cluster);
criterion_main!(benches);
