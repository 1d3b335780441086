//! Reading the body of a request.

use axum::body::{Body, Bytes, to_bytes};
use http_body_util::LengthLimitError;

/// Why a body was not read to its end.
pub(crate) enum Unread {
    /// It is larger than it may be.
    TooLarge,
    /// It stopped arriving, or did not arrive in time: what was said of that.
    Broken(String),
}

/// The whole body, if it is within the limit.
pub(crate) async fn read_whole(body: Body, limit: usize) -> Result<Bytes, Unread> {
    to_bytes(body, limit).await.map_err(|error| {
        let cause = std::error::Error::source(&error);
        if cause.is_some_and(|cause| cause.is::<LengthLimitError>()) {
            Unread::TooLarge
        } else {
            Unread::Broken(error.to_string())
        }
    })
}
