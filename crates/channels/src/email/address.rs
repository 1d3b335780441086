//! Mail addresses: the subset of RFC 5321 §4.1.2 that people have.

use crate::text::{line, without_paths};
use crate::wire::Mailbox;

/// RFC 5321 §4.5.3.1.1.
const LOCAL_BYTES: usize = 64;
/// RFC 5321 §4.5.3.1.3: a path is 256 octets, with its angle brackets.
const ADDRESS_BYTES: usize = 254;

/// Takes an address as typed in; gives it with the domain in lower case. Quoted local parts and address literals are
/// not taken, nor local parts beyond ASCII (few servers take those); an international domain stays as it is.
pub(super) fn check(text: &str) -> Result<String, String> {
    let text = text.trim();
    let refuse = |why: &str| {
        Err(format!("address: `{}` {why}; write it like `ada@example.com`", line(&without_paths(text), 80)))
    };
    let Some((local, domain)) = text.rsplit_once('@') else { return refuse("has no `@`") };
    if text.contains(['<', '>', ',', ';']) || text.contains(char::is_whitespace) {
        return refuse("is more than one plain address");
    }
    if text.len() > ADDRESS_BYTES || local.len() > LOCAL_BYTES {
        return refuse(&format!("is longer than {ADDRESS_BYTES} bytes, or {LOCAL_BYTES} before the `@`"));
    }
    if !local.split('.').all(is_atom) {
        return refuse("has characters before the `@` that cannot be used, or a dot too many");
    }
    if !domain.split('.').all(is_label) {
        return refuse("has no proper domain behind the `@`");
    }
    Ok(format!("{local}@{}", domain.to_ascii_lowercase()))
}

/// Takes a mailbox as it stands in the settings: an address, or a name and an address in angle brackets.
pub(super) fn mailbox(text: &str) -> Result<Mailbox, String> {
    let (name, address) = match text.trim().strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
        Some((name, address)) => (name.trim().trim_matches('"'), address),
        None => ("", text),
    };
    Ok(Mailbox { name: line(name, 120), address: check(address)? })
}

/// RFC 5322 §3.2.3.
fn is_atom(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte))
}

fn is_label(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 63
        && text.chars().all(|c| c.is_alphanumeric() || c == '-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (given, kept) in [
            ("ada@example.com", "ada@example.com"),
            (" Ada.Lovelace+Pager@Example.COM\n", "Ada.Lovelace+Pager@example.com"),
            ("o'hara=x@mail.example.co.uk", "o'hara=x@mail.example.co.uk"),
            ("root@localhost", "root@localhost"),
            ("ada@Bücher.example", "ada@bücher.example"),
        ] {
            assert_eq!(check(given).as_deref(), Ok(kept));
            assert_eq!(check(kept).as_deref(), Ok(kept));
        }
        for (given, why) in [
            ("", "no `@`"),
            ("ada", "no `@`"),
            ("Ada <ada@example.com>", "more than one plain"),
            ("ada@example.com, ben@example.com", "more than one plain"),
            ("ada@example.com\r\nBcc: eve@example.com", "more than one plain"),
            ("@example.com", "before the `@`"),
            ("a..b@example.com", "before the `@`"),
            (".a@example.com", "before the `@`"),
            ("\"a b\"@example.com", "more than one plain"),
            ("\"a\"@example.com", "before the `@`"),
            ("adä@example.com", "before the `@`"),
            ("a@b@example.com", "before the `@`"),
            ("ada@", "proper domain"),
            ("ada@example..com", "proper domain"),
            ("ada@-example.com", "proper domain"),
            ("ada@[127.0.0.1]", "proper domain"),
            ("ada@example.com\u{0}", "proper domain"),
        ] {
            let refusal = check(given).unwrap_err();
            assert!(refusal.contains(why) && refusal.contains("write it like"), "{given:?}: {refusal}");
            assert!(!refusal.contains('\n'), "{refusal}");
        }
        assert!(check(&format!("{}@example.com", "a".repeat(65))).unwrap_err().contains("64"));
        assert!(check(&format!("a@{}com", "example.".repeat(40))).unwrap_err().contains("254"));
    }

    #[test]
    fn mailboxes() {
        for (given, name, address) in [
            ("pager@example.com", "", "pager@example.com"),
            ("Allclear <pager@Example.com>", "Allclear", "pager@example.com"),
            (" \"Acme, on call\" <pager@example.com> ", "Acme, on call", "pager@example.com"),
            ("A\r\nBcc: x <pager@example.com>", "A Bcc: x", "pager@example.com"),
        ] {
            assert_eq!(mailbox(given), Ok(Mailbox { name: name.into(), address: address.into() }), "{given:?}");
        }
        assert!(mailbox("Allclear").is_err());
    }
}
