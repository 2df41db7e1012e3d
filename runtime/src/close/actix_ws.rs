//! Conversions from and to the types of actix-ws.

use super::{CloseCode, CloseReason, ClosedBy};

impl From<actix_ws::CloseCode> for CloseCode {
    fn from(code: actix_ws::CloseCode) -> Self {
        u16::from(code).into()
    }
}

impl From<CloseCode> for actix_ws::CloseCode {
    fn from(code: CloseCode) -> Self {
        u16::from(code).into()
    }
}

/// Converts a reason that actix-ws received. The peer has ended that connection.
impl From<actix_ws::CloseReason> for CloseReason {
    fn from(reason: actix_ws::CloseReason) -> Self {
        let text = reason.description.unwrap_or_default();
        Self::new(reason.code.into(), text, ClosedBy::Peer)
    }
}

impl From<CloseReason> for actix_ws::CloseReason {
    fn from(reason: CloseReason) -> Self {
        let description = Some(reason.reason.to_string()).filter(|text| !text.is_empty());
        Self {
            code: reason.code.into(),
            description,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_survive_the_way_there_and_back() {
        for code in 1000..5000 {
            let there = actix_ws::CloseCode::from(CloseCode::from(code));
            assert_eq!(u16::from(CloseCode::from(there)), code);
        }
    }

    #[test]
    fn reasons_survive_the_way_there_and_back() {
        let theirs = actix_ws::CloseReason {
            code: actix_ws::CloseCode::Away,
            description: Some("moving on".into()),
        };
        let ours = CloseReason::from(theirs.clone());
        assert_eq!(
            (ours.code, &*ours.reason),
            (CloseCode::GoingAway, "moving on")
        );
        assert_eq!(actix_ws::CloseReason::from(ours), theirs);
    }
}
