#![no_main]

use levante_fuzz::redis::{Input, check};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: Input<'_>| check(input));
