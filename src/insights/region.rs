//! Where the API lives (`docs/insights-api.md` section 1).

/// A region's hosts. An organisation lives in exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// The name a user types.
    pub name: &'static str,
    /// Base address of the API.
    pub api_url: &'static str,
    /// Where a service account gets its tokens.
    pub token_url: &'static str,
}

impl Region {
    /// Every region there is; the first is the default.
    pub const ALL: [Self; 3] = [
        Self {
            name: "us",
            api_url: "https://api.jumpcloud.com",
            token_url: "https://admin-oauth.id.jumpcloud.com/oauth2/token",
        },
        Self {
            name: "eu",
            api_url: "https://api.eu.jumpcloud.com",
            token_url: "https://admin-oauth.id.eu.jumpcloud.com/oauth2/token",
        },
        Self {
            name: "in",
            api_url: "https://api.in.jumpcloud.com",
            token_url: "https://admin-oauth.id.in.jumpcloud.com/oauth2/token",
        },
    ];

    /// The region of this name; none is ever assumed for an unknown one.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|region| region.name == name)
    }
}
