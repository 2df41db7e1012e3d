use super::*;
use crate::language::settings;

fn corrected_as(name: &str, value: &str) -> Option<String> {
    let setting = settings().find(|it| it.name == name).unwrap();
    let text = corrected(setting, &syn::parse_str(value).unwrap())?;
    Some(text.strip_prefix(&format!("{name} = ")).unwrap().to_owned())
}

#[test]
fn literals_of_the_wrong_type_are_corrected() {
    for (name, value, expected) in [
        ("idle_timeout", "60", "Duration::from_secs(60)"),
        ("idle_timeout", "60u32", "Duration::from_secs(60)"),
        ("idle_timeout", "60_000", "Duration::from_millis(60000)"),
        ("idle_timeout", "0", "Duration::ZERO"),
        ("close_timeout", "0", "Duration::from_secs(5)"),
        ("idle_timeout", "2 * 60", "Duration::from_secs(2 * 60)"),
        (
            "idle_timeout",
            "2 * 60 * 60",
            "Duration::from_secs(2 * 60 * 60)",
        ),
        ("idle_timeout", "1.5", "Duration::from_millis(1500)"),
        ("idle_timeout", "0.0", "Duration::from_secs(120)"),
        ("idle_timeout", "\"90s\"", "Duration::from_secs(90)"),
        ("idle_timeout", "\"50 ms\"", "Duration::from_millis(50)"),
        ("idle_timeout", "\"2m\"", "Duration::from_secs(2 * 60)"),
        ("idle_timeout", "\"1h\"", "Duration::from_secs(1 * 60 * 60)"),
        ("idle_timeout", "\"never\"", "Duration::from_secs(120)"),
        ("idle_timeout", "true", "Duration::from_secs(120)"),
        ("send_pings", "1", "true"),
        ("send_pings", "0", "false"),
        ("send_pings", "\"false\"", "false"),
        ("send_pings", "\"on\"", "true"),
        ("max_message_size", "\"1 MiB\"", "1024 * 1024"),
        ("max_message_size", "\"64KB\"", "64 * 1024"),
        ("max_message_size", "\"4096\"", "4096"),
        ("max_message_size", "\"large\"", "16 * 1024 * 1024"),
        ("max_message_size", "64u32", "64"),
        ("max_message_size", "1.5", "16 * 1024 * 1024"),
        ("max_subscriptions", "64usize", "64"),
        (
            "max_message_rate",
            "10",
            "MessageRate { per_second: 10, burst: 100 }",
        ),
        (
            "max_message_rate",
            "(10, 20)",
            "MessageRate { per_second: 10, burst: 20 }",
        ),
        (
            "max_message_rate",
            "\"10/s\"",
            "MessageRate { per_second: 10, burst: 100 }",
        ),
        ("compression", "true", "Compression::Shared"),
        ("compression", "false", "Compression::Off"),
        ("compression", "0", "Compression::Off"),
        ("compression", "\"shared\"", "Compression::Shared"),
        (
            "compression",
            "\"16KB\"",
            "Compression::Dedicated { window_bits: 12 }",
        ),
        ("compression", "\"disable\"", "Compression::Off"),
        (
            "compression",
            "uws::SHARED_COMPRESSOR",
            "Compression::Shared",
        ),
        (
            "compression",
            "DEDICATED_COMPRESSOR_4KB",
            "Compression::Dedicated { window_bits: 12 }",
        ),
        ("protocols", "\"chat\"", "&[\"chat\"]"),
        ("protocols", "\"chat, feed\"", "&[\"chat\", \"feed\"]"),
        ("protocols", "[\"chat\"]", "&[\"chat\"]"),
        (
            "protocols",
            "vec![\"chat\", \"feed\"]",
            "&[\"chat\", \"feed\"]",
        ),
        ("protocols", "[CHAT]", "&[…]"),
        ("protocols", "1", "&[]"),
        ("hosts", "\"example.com\"", "&[\"example.com\"]"),
        ("origins", "\"*\"", "Origins::Any"),
        (
            "origins",
            "\"https://example.com\"",
            "Origins::List(&[\"https://example.com\"])",
        ),
        (
            "origins",
            "[\"https://example.com\"]",
            "Origins::List(&[\"https://example.com\"])",
        ),
        (
            "origins",
            "&([\"https://example.com\"])",
            "Origins::List(&[\"https://example.com\"])",
        ),
        ("origins", "true", "Origins::SameHost"),
    ] {
        let corrected = corrected_as(name, value);
        assert_eq!(corrected.as_deref(), Some(expected), "{name} = {value}");
    }
}

#[test]
fn values_that_may_be_right_are_left_to_rustc() {
    for (name, value) in [
        ("idle_timeout", "Duration::from_secs(60)"),
        ("idle_timeout", "MINUTE"),
        ("idle_timeout", "2 * MINUTE"),
        ("idle_timeout", "if cfg!(test) { SHORT } else { LONG }"),
        ("send_pings", "true"),
        ("send_pings", "(false)"),
        ("max_message_size", "64"),
        ("max_message_size", "64usize"),
        ("max_message_size", "64 << 10"),
        (
            "max_message_rate",
            "MessageRate { per_second: 1, burst: 2 }",
        ),
        ("compression", "Compression::Shared"),
        ("compression", "SHARED"),
        ("protocols", "&[\"chat\"]"),
        ("protocols", "PROTOCOLS"),
        ("origins", "Origins::List(&[\"https://example.com\"])"),
        ("origins", "&PAGES"),
    ] {
        assert_eq!(corrected_as(name, value), None, "{name} = {value}");
    }
}

#[test]
fn every_setting_refuses_a_character_and_accepts_its_example() {
    for setting in settings() {
        let character = syn::parse_str("'x'").unwrap();
        let corrected = corrected(setting, &character).unwrap();
        let argument: syn::ExprAssign = syn::parse_str(&corrected).unwrap();
        assert!(super::corrected(setting, &argument.right).is_none());
        let example: syn::ExprAssign = syn::parse_str(&setting.example()).unwrap();
        assert!(super::corrected(setting, &example.right).is_none());
    }
}
