//! What an Alertmanager says of itself: whom it tells, and how it is set up.

use axum::response::Response;
use jiff::Timestamp;
use serde_json::json;

use super::Asked;
use super::answer::{Answered, found};

/// What stands in the place of a configuration: a valid one of Alertmanager, so that `amtool config routes` reads it.
const CONFIGURATION: &str = "# Allclear stands in the place of this Alertmanager. Who is paged, and when, is set up there.\n\
                             # Silences are kept and shown here, but do not hold back pages.\n";

/// The one receiver: the integration's service.
pub(super) async fn receivers(asked: Asked) -> Answered<Response> {
    let service = json!({"name": asked.service.slug, "labels": {}});
    Ok(found(if asked.receiver_fits()? { vec![service] } else { Vec::new() }))
}

pub(super) fn status(asked: &Asked, started: Timestamp) -> Response {
    let slug = &asked.service.slug;
    found(json!({
        "cluster": {"status": "disabled", "peers": []},
        "config": {"original": format!("{CONFIGURATION}route:\n  receiver: {slug}\nreceivers:\n- name: {slug}\n")},
        "uptime": started,
        "versionInfo": {
            "version": env!("CARGO_PKG_VERSION"),
            "revision": "",
            "branch": "allclear",
            "buildUser": "",
            "buildDate": "",
            "goVersion": "",
        },
    }))
}
