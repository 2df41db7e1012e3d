//! The error of a call of `contract()` without the feature `contract`.

/// Nothing implements it. The lifetime keeps rustc from checking the bound where the function is
/// generated: it is checked where the function is called.
#[diagnostic::on_unimplemented(
    message = "`contract()` needs the feature `contract` of levante",
    label = "the feature `contract` is not enabled",
    note = "in `Cargo.toml`: `levante = {{ version = \"0.1\", features = [\"contract\"] }}`"
)]
pub trait HasContract<'f> {}

/// Stands for the contract, with its methods: so the missing feature is the only error.
#[derive(Debug)]
pub struct NoContract;

impl NoContract {
    /// Returns nothing.
    pub fn typescript(&self) -> String {
        String::new()
    }

    /// Returns nothing.
    pub fn javascript(&self) -> String {
        String::new()
    }

    /// Returns nothing.
    pub fn to_json(&self) -> String {
        String::new()
    }

    /// Returns nothing.
    pub fn asyncapi(&self, _title: &str, _version: &str) -> String {
        String::new()
    }

    /// Does nothing.
    pub fn assert_locked(&self, _file: impl AsRef<std::path::Path>) {}
}
