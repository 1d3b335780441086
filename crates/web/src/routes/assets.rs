//! Styles, scripts and icons.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::OnceLock;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::app::App;
use crate::pages::assets;
use crate::problem::Problem;

/// An asset, packed once for all who ask.
struct Packed {
    media_type: &'static str,
    plain: Bytes,
    gzip: Bytes,
}

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/assets/{digest}/{*name}", get(asset))
}

async fn asset(Path((digest, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(asset) = packed().get(name.as_str()) else { return Problem::not_found("file").into_response() };
    // Another digest is that of another version: what is here now is right, but not for ever.
    let kept = if digest == assets::digest() { "public, max-age=31536000, immutable" } else { "no-cache" };
    let fixed = [(CONTENT_TYPE, asset.media_type), (CACHE_CONTROL, kept), (VARY, "accept-encoding")];
    if takes_gzip(&headers) && asset.gzip.len() < asset.plain.len() {
        return (fixed, [(CONTENT_ENCODING, "gzip")], asset.gzip.clone()).into_response();
    }
    (fixed, asset.plain.clone()).into_response()
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT_ENCODING).map(HeaderValue::as_bytes).unwrap_or_default();
    let accepted = String::from_utf8_lossy(accepted);
    accepted
        .split(',')
        .any(|one| matches!(one.split(';').map(str::trim).collect::<Vec<_>>()[..], ["gzip"] | ["gzip", _]))
        && !accepted.replace(' ', "").contains("gzip;q=0,")
        && !accepted.replace(' ', "").ends_with("gzip;q=0")
}

fn packed() -> &'static HashMap<String, Packed> {
    static PACKED: OnceLock<HashMap<String, Packed>> = OnceLock::new();
    PACKED.get_or_init(|| assets::names().filter_map(|name| Some((name.clone().into_owned(), pack(&name)?))).collect())
}

fn pack(name: &str) -> Option<Packed> {
    let asset = assets::get(name)?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writing into memory does not fail; were it to, the plain bytes are served.
    let gzip = encoder.write_all(&asset.bytes).and_then(|()| encoder.finish());
    let plain = Bytes::from(asset.bytes.into_owned());
    let gzip = gzip.map_or_else(|_| plain.clone(), Bytes::from);
    Some(Packed { media_type: asset.media_type, plain, gzip })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_for_those_who_take_it() {
        for (header, takes) in
            [("gzip, deflate, br", true), ("br, gzip;q=0.5", true), ("br", false), ("gzip;q=0", false), ("", false)]
        {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(header));
            assert_eq!(takes_gzip(&headers), takes, "{header}");
        }
    }
}
