//! `/login`

use askama::Template;

/// `/login`
#[derive(Debug, Clone, Template)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    /// The organisation's name.
    pub organisation: String,
    /// The token that the form carries.
    pub csrf: String,
    /// What was typed as the login.
    pub login: String,
    /// Where to go afterwards: an address of ours.
    pub next: String,
    /// Why the last attempt failed, without saying which half was wrong; empty on the first visit.
    pub refusal: String,
}
