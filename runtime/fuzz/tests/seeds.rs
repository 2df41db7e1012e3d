//! Every seed passes. The seeds include every input that once was a finding.

use std::{fs, path::Path};

#[test]
fn the_targets_pass_on_their_seeds() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    for (name, target) in levante_fuzz::TARGETS {
        let folder = fs::read_dir(seeds.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        let mut count = 0;
        for seed in folder {
            let path = seed.unwrap().path();
            println!("{}", path.display());
            target(&fs::read(path).unwrap());
            count += 1;
        }
        assert!(count > 0, "{name} has no seeds");
    }
}
