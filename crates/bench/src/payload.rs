//! The requests that are sent: made once, with a few digits that change.

/// How many bytes the body of an event has.
pub(crate) const BODY_BYTES: usize = 600;
/// How many digits a key has.
const DIGITS: usize = 16;
/// Where the digits go.
const PLACE: &str = "KKKKKKKKKKKKKKKK";

/// A request whose key can be changed.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    bytes: Vec<u8>,
    /// Where the key is, each time.
    places: Vec<usize>,
}

impl Request {
    fn post(path: &str, body: &str) -> Self {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let text = head + body;
        let places = text.match_indices(PLACE).map(|(place, _)| place).collect();
        Self { bytes: text.into_bytes(), places }
    }

    /// Puts in another key.
    pub(crate) fn set_key(&mut self, key: u64) -> &[u8] {
        let digits = key_text(key);
        for place in &self.places {
            self.bytes[*place..place + DIGITS].copy_from_slice(digits.as_bytes());
        }
        &self.bytes
    }
}

/// A key as it stands in a request.
pub(crate) fn key_text(key: u64) -> String {
    format!("{key:016x}")
}

/// The keys in a text.
pub(crate) fn keys_after(text: &str, before: &str) -> Option<u64> {
    let (_, rest) = text.split_once(before)?;
    u64::from_str_radix(rest.get(..DIGITS)?, 16).ok()
}

/// What comes before the key in the summary of an event, so that it is found again in pages.
pub(crate) const MARK: &str = "ref-";

/// A trigger for PagerDuty's Events API v2, of [`BODY_BYTES`] bytes.
pub(crate) fn pagerduty(routing_key: &str, severity: &str) -> Request {
    let body = |filling: &str| {
        format!(
            r#"{{"routing_key":"{routing_key}","event_action":"trigger","dedup_key":"{PLACE}","payload":{{"summary":"{MARK}{PLACE} disk almost full on node-7: 97 % of /var used","source":"node-7.eu-west-1.example.com","severity":"{severity}","component":"postgres","group":"checkout","class":"disk","custom_details":{{"free":"3.1 GiB","used_percent":97,"mount":"/var","runbook":"{filling}"}}}}}}"#
        )
    };
    Request::post("/v2/enqueue", &filled(body))
}

/// An alert as Prometheus posts it to Alertmanager's API v2, of the same size.
pub(crate) fn alertmanager() -> Request {
    let body = |filling: &str| {
        format!(
            r#"[{{"labels":{{"alertname":"DiskAlmostFull","instance":"{PLACE}","severity":"warning","component":"postgres","group":"checkout","class":"disk"}},"annotations":{{"summary":"{MARK}{PLACE} disk almost full on node-7: 97 % of /var used","runbook":"{filling}"}},"generatorURL":"http://prometheus.example.com/graph"}}]"#
        )
    };
    Request::post("/api/v2/alerts", &filled(body))
}

/// The same event for a path of the reference server.
pub(crate) fn reference(path: &str) -> Request {
    let event = pagerduty("00000000000000000000000000000000", "warning");
    let text = String::from_utf8(event.bytes).expect("a request is text");
    let (_, body) = text.split_once("\r\n\r\n").expect("a request has a body");
    Request::post(path, body)
}

fn filled(body: impl Fn(&str) -> String) -> String {
    let bare = body("").len();
    body(&"see the runbook of the disk ".repeat(40)[..BODY_BYTES - bare])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_have_the_size_and_the_key() {
        for mut request in [pagerduty(&"k".repeat(32), "critical"), alertmanager(), reference("/append")] {
            let text = String::from_utf8(request.set_key(0xbeef).to_vec()).unwrap();
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            assert_eq!(body.len(), BODY_BYTES);
            assert!(head.contains("Content-Length: 600"), "{head}");
            assert_eq!(keys_after(body, MARK), Some(0xbeef));
            assert!(serde_json::from_str::<serde_json::Value>(body).is_ok(), "{body}");
        }
    }
}
