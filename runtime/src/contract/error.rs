use std::{error::Error, fmt};

/// The reason why [`Contract::from_json`](crate::Contract::from_json) cannot read a text.
///
/// ```
/// use levante::{Contract, ContractError};
///
/// let error = Contract::from_json("[]").unwrap_err();
/// assert!(matches!(error, ContractError::Invalid(_)));
/// assert!(error.to_string().starts_with("not a contract: "));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ContractError {
    /// The contract has a form that this version of levante does not know.
    Version {
        /// The version of the form, which is 1 for all that this version of levante writes.
        found: u64,
    },
    /// The text is not JSON, or its content is not a contract.
    Invalid(serde_json::Error),
}

impl fmt::Display for ContractError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { found } => write!(
                f,
                "the contract is of version {found}, and this levante knows version {}",
                super::VERSION
            ),
            Self::Invalid(error) => write!(f, "not a contract: {error}"),
        }
    }
}

impl Error for ContractError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Version { .. } => None,
            Self::Invalid(error) => Some(error),
        }
    }
}

impl From<serde_json::Error> for ContractError {
    fn from(error: serde_json::Error) -> Self {
        Self::Invalid(error)
    }
}
