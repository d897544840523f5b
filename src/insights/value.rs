//! A value that is wanted of a field: as it is sent, and as it is compared (`docs/insights-api.md` section 3).

/// A value as it is sent, and as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// What is sent.
    pub text: String,
    /// The same without case.
    pub folded: String,
    /// Whether the user wants it taken as it is written.
    pub exact: bool,
}

impl Value {
    /// Of what somebody wrote: to the letter where that is wished, else in lower case, as the server's stored values are.
    pub fn of(written: &str, exact: bool) -> Self {
        let lower = || written.chars().flat_map(char::to_lowercase).collect();
        Self {
            text: if exact { written.to_owned() } else { lower() },
            folded: folded(written),
            exact,
        }
    }
}

/// A text without its case; by way of capitals, because some letters have two small forms.
pub fn folded(text: &str) -> String {
    let capitals = text.chars().flat_map(char::to_uppercase);
    capitals.flat_map(char::to_lowercase).collect()
}
