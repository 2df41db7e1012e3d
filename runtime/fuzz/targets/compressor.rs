#![no_main]

use levante_fuzz::compressor::{Input, check};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: Input<'_>| check(input));
