//! Which topics have the same names.

/// Fails to compile for a topic with the pattern of another one, but for the names of its parameters:
/// the two would have the same names. Each of `others` has the text that says so. A type that is no
/// topic has no pattern.
#[track_caller]
pub const fn check_topic(pattern: Option<&str>, mut others: &[(Option<&str>, &str)]) {
    while let [(other, message), rest @ ..] = others {
        if let (Some(pattern), Some(other)) = (pattern, other)
            && has_same_shape(pattern, other)
        {
            panic!("{}", *message);
        }
        others = rest;
    }
}

const fn has_same_shape(one: &str, other: &str) -> bool {
    let (mut one, mut other) = (one.as_bytes(), other.as_bytes());
    while let ([byte, rest @ ..], [other_byte, other_rest @ ..]) = (one, other) {
        if *byte != *other_byte {
            return false;
        }
        (one, other) = match *byte {
            b'{' => (behind_parameter(rest), behind_parameter(other_rest)),
            _ => (rest, other_rest),
        };
    }
    one.is_empty() && other.is_empty()
}

const fn behind_parameter(mut pattern: &[u8]) -> &[u8] {
    while let [byte, rest @ ..] = pattern {
        pattern = rest;
        if *byte == b'}' {
            break;
        }
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_of_one_shape_differ_in_the_names_of_parameters_alone() {
        assert!(has_same_shape("room/{a}", "room/{other}"));
        assert!(has_same_shape("room/{a}/{b}", "room/{b}/{a}"));
        assert!(has_same_shape("lobby", "lobby"));
        assert!(!has_same_shape("room/{a}", "room/{a}/{b}"));
        assert!(!has_same_shape("room/{a}/{b}", "room/{a}"));
        assert!(!has_same_shape("room/{a}", "rooms/{a}"));
        assert!(!has_same_shape("room/{a}", "room/a"));
        assert!(!has_same_shape("lobby", "lobb"));
    }

    #[test]
    #[should_panic = "`Room` has the same names"]
    fn the_text_of_the_other_topic_is_told() {
        let lobby = (Some("lobby"), "`Lobby`");
        let room = (Some("room/{id}"), "`Room` has the same names");
        check_topic(Some("room/{name}"), &[(None, "no topic"), lobby, room]);
    }

    #[test]
    fn a_type_that_is_no_topic_has_no_names() {
        check_topic(None, &[(None, "no topic"), (Some("lobby"), "`Lobby`")]);
    }
}
