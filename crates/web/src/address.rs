//! Addresses that people type in.

/// The address of an installation: `https://allclear.example.com`, without a slash at the end.
pub(crate) fn web_address(address: &str) -> Result<String, String> {
    let address = address.trim_end_matches('/');
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    let plain =
        |rest: &&str| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic() && !b"\"'<>?#@\\".contains(&b));
    match rest.filter(plain) {
        Some(_) => Ok(address.to_owned()),
        None => Err(format!("`{address}` is not a web address; write it like https://allclear.example.com")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_without_anything_behind_them() {
        for good in ["https://allclear.example.com", "http://127.0.0.1:8080", "https://a.example/pager"] {
            assert_eq!(web_address(&format!("{good}/")).as_deref(), Ok(good));
        }
        for bad in ["", "a.example", "javascript:alert(1)", "https://", "https://a@b", "https://a/?x", "https://a b"] {
            assert!(web_address(bad).unwrap_err().contains("write it like"), "{bad}");
        }
    }
}
