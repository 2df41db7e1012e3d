#![no_main]

use levante_fuzz::outbox::{Input, check};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: Input| check(input));
