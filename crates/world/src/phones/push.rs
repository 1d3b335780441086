//! The push service: takes signed webhooks (Standard Webhooks 1.0.0) and shows them on a phone.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;
use tokio::net::TcpListener;

use super::{Message, Phones};

pub(super) async fn serve(phones: Phones, listener: TcpListener) {
    let router = Router::new().route("/push/{login}", post(push)).with_state(phones);
    // It ends with the task that it runs in.
    axum::serve(listener, router).await.ok();
}

async fn push(
    State(phones): State<Phones>,
    Path(login): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, StatusCode> {
    if phones.are_cut() {
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    }
    let secret = phones.secret(&login).ok_or(StatusCode::NOT_FOUND)?;
    if !signed(&secret, &headers, &body) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    let said: Value = serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    phones.arrived(|number, at| {
        let mut message = read(&said);
        (message.number, message.at, message.person) = (number, at, login);
        message
    });
    Ok(StatusCode::NO_CONTENT)
}

fn signed(secret: &str, headers: &HeaderMap, body: &[u8]) -> bool {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let key = secret.strip_prefix("whsec_").and_then(|text| BASE64.decode(text).ok()).unwrap_or_default();
    let mut signatures = header("webhook-signature").split(' ').filter_map(|one| one.strip_prefix("v1,"));
    signatures.any(|signature| {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else { return false };
        mac.update(format!("{}.{}.", header("webhook-id"), header("webhook-timestamp")).as_bytes());
        mac.update(body);
        BASE64.decode(signature).is_ok_and(|signature| mac.verify_slice(&signature).is_ok())
    })
}

/// What a phone shows of it. Who it is for, and when it came, is not in there.
fn read(said: &Value) -> Message {
    let text = |pointer: &str| said.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let kind = text("/type").unwrap_or_default();
    let (title, told) = match kind.as_str() {
        "page" => {
            let title = text("/data/incident/title").unwrap_or_default();
            let reference = text("/data/incident/reference").map(|reference| format!("{reference}."));
            let lines = [reference, text("/data/why"), text("/data/next")];
            (title, lines.into_iter().flatten().collect::<Vec<_>>().join(" "))
        }
        "bundle" => {
            let total = said.pointer("/data/total").and_then(Value::as_u64).unwrap_or_default();
            let services = said.pointer("/data/services").and_then(Value::as_array);
            let named = services.into_iter().flatten().filter_map(|service| {
                let name = service.get("service").and_then(Value::as_str)?;
                Some(format!("{} on {name}", service.get("incidents").and_then(Value::as_u64)?))
            });
            (format!("{total} more incidents"), named.collect::<Vec<_>>().join(", "))
        }
        "notice" => {
            let title = text("/data/sentence").unwrap_or_default();
            let about = [text("/data/incident/reference"), text("/data/incident/title")];
            (title, about.into_iter().flatten().collect::<Vec<_>>().join(" "))
        }
        "verification" => (format!("Your code: {}", text("/data/code").unwrap_or_default()), String::new()),
        _ => ("Test page".to_owned(), "This is how a page arrives here.".to_owned()),
    };
    let severity = text("/data/incident/severity").or_else(|| text("/data/severity"));
    let link = text("/data/acknowledge_link").or_else(|| text("/data/incident/link")).or_else(|| text("/data/link"));
    Message {
        number: 0,
        person: String::new(),
        channel: "push",
        at: jiff::Timestamp::UNIX_EPOCH,
        kind,
        title,
        text: told,
        severity,
        link,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The specification's own example.
    #[test]
    fn only_a_right_signature_rings() {
        let secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
        let body = br#"{"email":"test@example.com","username":"test_user"}"#;
        let headers = |signature: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("webhook-id", "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk".parse().unwrap());
            headers.insert("webhook-timestamp", "1649367553".parse().unwrap());
            headers.insert("webhook-signature", signature.parse().unwrap());
            headers
        };
        let right = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";
        assert!(signed(secret, &headers(right), body));
        assert!(signed(secret, &headers(&format!("v1,AAAA {right}")), body), "one of several, while keys change");
        assert!(!signed(secret, &headers(right), b"{}"));
        assert!(!signed("whsec_", &headers(right), body));
        assert!(!signed(secret, &headers("v1,"), body));
    }
}
