//! Measures the time of the hot paths: `cargo bench -p levante-hot-paths`.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use levante_hot_paths::GROUPS;

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

criterion_group!(benches, hot_paths);
criterion_main!(benches);
