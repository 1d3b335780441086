//! Small things that a browser keeps for us, each in a cookie of its own.

use axum::http::HeaderMap;

use crate::auth::cookie_value;

/// A kind of cookie: its name, and for how long a browser keeps it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cookie {
    name: &'static str,
    seconds: u32,
}

/// What was just done, said on the next page.
pub(super) const FLASH: Cookie = Cookie { name: "allclear-flash", seconds: 60 };
/// Ties the forms of somebody who is not signed in to their browser.
pub(super) const GUEST: Cookie = Cookie { name: "allclear-guest", seconds: 12 * 3_600 };
/// The set-up was opened with its token.
pub(super) const SET_UP: Cookie = Cookie { name: "allclear-set-up", seconds: 3_600 };
/// Which mail server took a test mail.
pub(super) const TRIED: Cookie = Cookie { name: "allclear-tried", seconds: 3_600 };
/// The theme.
pub(super) const THEME: Cookie = Cookie { name: "allclear-theme", seconds: 365 * 86_400 };

impl Cookie {
    /// Behind https the name gets the prefix that ties the cookie to the host (RFC 6265bis §4.1.3.2).
    fn full_name(self, secure: bool) -> String {
        if secure { format!("__Host-{}", self.name) } else { self.name.to_owned() }
    }

    /// What the browser sent.
    pub(super) fn read(self, headers: &HeaderMap, secure: bool) -> Option<&str> {
        cookie_value(headers, &self.full_name(secure))
    }

    /// The header that sets it. The value must be plain: letters, digits, `-`, `_` and `.`.
    pub(super) fn set(self, value: &str, secure: bool) -> String {
        self.header(value, self.seconds, secure)
    }

    /// The header that takes it away.
    pub(super) fn remove(self, secure: bool) -> String {
        self.header("", 0, secure)
    }

    fn header(self, value: &str, seconds: u32, secure: bool) -> String {
        let flag = if secure { "; Secure" } else { "" };
        format!("{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{flag}", self.full_name(secure))
    }
}
