//! Sealed secrets and signed links.
//!
//! One master key, kept beside the database or in the environment, protects everything: from it come a key that seals
//! secrets at rest (XChaCha20-Poly1305; the secret's name is authenticated along, so that sealed secrets cannot be
//! swapped) and a key that signs one-tap links (HMAC-SHA256, RFC 2104).

use allclear_core::id::{ContactMethodId, CoverId, IncidentId, ScheduleId, SessionId, UserId};
use allclear_core::limits;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::host::Random;

const FORMAT: u8 = 1;
const NONCE: usize = 24;
const SIGNATURE: usize = 16;

/// For how long a one-tap link works.
pub const LINK_LIFETIME: SignedDuration = SignedDuration::from_hours(24 * limits::LINK_DAYS as i64);

/// The master key.
#[derive(Clone)]
pub struct MasterKey([u8; 32]);

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("MasterKey(…)")
    }
}

/// What a one-tap link lets its holder do: act on one incident in the name of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tap {
    /// The incident.
    pub incident: IncidentId,
    /// The person who was paged.
    pub user: UserId,
    /// Until when.
    pub expires_at: Timestamp,
}

/// What a link about on-call duty lets its holder do, in the name of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DutyTap {
    /// Answer a request for cover.
    Cover {
        /// Which one.
        cover: CoverId,
        /// Who was asked.
        user: UserId,
        /// Until when.
        expires_at: Timestamp,
    },
    /// Read the handoff notes of a schedule, and write one.
    Handoff {
        /// Which one.
        schedule: ScheduleId,
        /// Who comes on call or goes off.
        user: UserId,
        /// Until when.
        expires_at: Timestamp,
    },
}

impl DutyTap {
    /// Until when it acts.
    pub const fn expires_at(&self) -> Timestamp {
        match self {
            Self::Cover { expires_at, .. } | Self::Handoff { expires_at, .. } => *expires_at,
        }
    }

    /// In whose name.
    pub const fn user(&self) -> UserId {
        match self {
            Self::Cover { user, .. } | Self::Handoff { user, .. } => *user,
        }
    }
}

impl MasterKey {
    /// The token of a link about on-call duty.
    pub fn sign_duty(&self, tap: DutyTap) -> String {
        let ends = tap.expires_at().as_second();
        let text = match tap {
            DutyTap::Cover { cover, user, .. } => format!("{cover} {user} {ends}"),
            DutyTap::Handoff { schedule, user, .. } => format!("{schedule} {user} {ends}"),
        };
        self.sign_text("duty", &text)
    }

    /// What a token of [`sign_duty`](Self::sign_duty) lets its holder do, also once that is over; none when it is not
    /// one of ours.
    pub fn read_duty(&self, token: &str) -> Option<DutyTap> {
        let text = self.read_text("duty", token)?;
        let [what, user, ends] = text.split(' ').collect::<Vec<_>>().try_into().ok()?;
        let (user, expires_at) = (user.parse().ok()?, Timestamp::from_second(ends.parse().ok()?).ok()?);
        if let Ok(cover) = what.parse::<CoverId>() {
            return Some(DutyTap::Cover { cover, user, expires_at });
        }
        Some(DutyTap::Handoff { schedule: what.parse().ok()?, user, expires_at })
    }

    /// The key of these bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    fn derive(&self, purpose: &str) -> [u8; 32] {
        mac(&self.0, &[purpose.as_bytes()])
    }

    /// Seals a secret under its name.
    pub fn seal(&self, random: &dyn Random, name: &str, secret: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE];
        random.fill(&mut nonce);
        let cipher = XChaCha20Poly1305::new(&Key::from(self.derive("seal")));
        let payload = Payload { msg: secret, aad: name.as_bytes() };
        let sealed = cipher.encrypt(&XNonce::from(nonce), payload).expect("secrets are far shorter than the limit");
        [&[FORMAT], nonce.as_slice(), &sealed].concat()
    }

    /// Opens what was sealed under that name; none when it was not, or not with this key.
    pub fn open(&self, name: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (format, rest) = sealed.split_first()?;
        let (nonce, sealed) = rest.split_at_checked(NONCE)?;
        if *format != FORMAT {
            return None;
        }
        let cipher = XChaCha20Poly1305::new(&Key::from(self.derive("seal")));
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        cipher.decrypt(&XNonce::from(nonce), Payload { msg: sealed, aad: name.as_bytes() }).ok()
    }

    /// Seals a code that is on its way to a contact method, as text.
    pub(crate) fn seal_code(&self, random: &dyn Random, contact: ContactMethodId, code: &str) -> String {
        BASE64_STANDARD.encode(self.seal(random, &code_name(contact), code.as_bytes()))
    }

    /// The code that [`seal_code`](Self::seal_code) sealed for that contact method; none for anything else.
    pub(crate) fn open_code(&self, contact: ContactMethodId, sealed: &str) -> Option<String> {
        let sealed = BASE64_STANDARD.decode(sealed).ok()?;
        String::from_utf8(self.open(&code_name(contact), &sealed)?).ok()
    }

    /// The secret with which webhooks to a contact method are signed, as Standard Webhooks writes them. Derived, so
    /// that there is nothing to store and nothing to lose.
    pub fn webhook_secret(&self, contact: ContactMethodId) -> String {
        let secret = mac(&self.derive("webhook"), &[contact.uuid().as_bytes()]);
        format!("whsec_{}", BASE64_STANDARD.encode(secret))
    }

    /// What the forms of a session carry, so that only our own pages can send them.
    pub fn form_token(&self, session: SessionId) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(&mac(&self.derive("form"), &[session.uuid().as_bytes()])[..SIGNATURE])
    }

    /// What is stored of a code of a few digits that was sent to a contact method: without the key, nobody who reads
    /// the database can find the code by trying all of them.
    pub fn code_digest(&self, contact: ContactMethodId, code: &str) -> [u8; 32] {
        mac(&self.derive("code"), &[contact.uuid().as_bytes(), code.as_bytes()])
    }

    /// The signature of where the audit log starts once its oldest entries were deleted, so that nobody but us can move
    /// that start.
    pub(crate) fn sign_start(&self, number: u64, hash: &[u8; 32]) -> [u8; 32] {
        mac(&self.derive("audit"), &[&number.to_be_bytes(), hash])
    }

    /// A text that somebody else keeps for us, such as a browser in a cookie, with a signature: only what comes back
    /// unchanged and for the same purpose is read again.
    pub fn sign_text(&self, purpose: &str, text: &str) -> String {
        let signature = &mac(&self.derive("text"), &[purpose.as_bytes(), &[0], text.as_bytes()])[..SIGNATURE];
        BASE64_URL_SAFE_NO_PAD.encode([signature, text.as_bytes()].concat())
    }

    /// The text that [`sign_text`](Self::sign_text) signed for that purpose; none for anything else.
    pub fn read_text(&self, purpose: &str, signed: &str) -> Option<String> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(signed).ok()?;
        let (signature, text) = bytes.split_at_checked(SIGNATURE)?;
        let wanted = mac(&self.derive("text"), &[purpose.as_bytes(), &[0], text]);
        let holds = bool::from(wanted[..SIGNATURE].ct_eq(signature));
        if holds { String::from_utf8(text.to_vec()).ok() } else { None }
    }

    /// The token of a one-tap link.
    pub fn sign(&self, tap: Tap) -> String {
        let mut token = Vec::with_capacity(56);
        token.extend_from_slice(tap.incident.uuid().as_bytes());
        token.extend_from_slice(tap.user.uuid().as_bytes());
        token.extend_from_slice(&tap.expires_at.as_second().to_be_bytes());
        let signature = mac(&self.derive("tap"), &[&token]);
        token.extend_from_slice(&signature[..SIGNATURE]);
        BASE64_URL_SAFE_NO_PAD.encode(token)
    }

    /// What a token lets its holder do; none when it was not signed by us or has expired.
    pub fn verify(&self, now: Timestamp, token: &str) -> Option<Tap> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
        let (signed, signature) = bytes.split_at_checked(40)?;
        let wanted = mac(&self.derive("tap"), &[signed]);
        if !bool::from(wanted[..SIGNATURE].ct_eq(signature)) {
            return None;
        }
        let expires_at = i64::from_be_bytes(signed[32..].try_into().ok()?);
        let tap = Tap {
            incident: IncidentId::new(Uuid::from_slice(&signed[..16]).ok()?),
            user: UserId::new(Uuid::from_slice(&signed[16..32]).ok()?),
            expires_at: Timestamp::from_second(expires_at).ok()?,
        };
        (now < tap.expires_at).then_some(tap)
    }
}

fn code_name(contact: ContactMethodId) -> String {
    format!("code.{contact}")
}

fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).expect("HMAC takes keys of every length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting;

    impl Random for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for (place, byte) in bytes.iter_mut().enumerate() {
                *byte = place as u8;
            }
        }
    }

    #[test]
    fn a_secret_opens_only_under_its_name_and_key() {
        let key = MasterKey::new([7; 32]);
        let sealed = key.seal(&Counting, "mail password", b"correct horse");
        assert_eq!(key.open("mail password", &sealed).as_deref(), Some(b"correct horse".as_slice()));
        assert_eq!(key.open("another", &sealed), None);
        assert_eq!(MasterKey::new([8; 32]).open("mail password", &sealed), None);
        let mut changed = sealed.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert_eq!(key.open("mail password", &changed), None);
        assert_eq!(key.open("mail password", &[]), None);
        assert!(!format!("{key:?}").contains('7'));
    }

    #[test]
    fn a_code_opens_only_for_its_contact_method() {
        let key = MasterKey::new([7; 32]);
        let (contact, other) = (ContactMethodId::new(Uuid::from_u128(1)), ContactMethodId::new(Uuid::from_u128(2)));
        let sealed = key.seal_code(&Counting, contact, "493021");
        assert!(!sealed.contains("493021"));
        assert_eq!(key.open_code(contact, &sealed).as_deref(), Some("493021"));
        assert_eq!(key.open_code(other, &sealed), None);
        assert_eq!(key.open_code(contact, "493021"), None);
    }

    #[test]
    fn a_text_comes_back_only_unchanged_and_for_its_purpose() {
        let key = MasterKey::new([7; 32]);
        let signed = key.sign_text("flash", "INC-1 is resolved.");
        assert_eq!(key.read_text("flash", &signed).as_deref(), Some("INC-1 is resolved."));
        assert_eq!(key.read_text("theme", &signed), None);
        assert_eq!(MasterKey::new([8; 32]).read_text("flash", &signed), None);
        assert_eq!(key.read_text("flash", &format!("A{}", &signed[1..])), None);
        assert_eq!(key.read_text("flash", ""), None);
    }

    #[test]
    fn a_link_about_duty_comes_back_as_it_was_signed() {
        let key = MasterKey::new([7; 32]);
        let (user, expires_at) = (UserId::new(Uuid::from_u128(2)), Timestamp::from_second(1_800_000_000).unwrap());
        for tap in [
            DutyTap::Cover { cover: CoverId::new(Uuid::from_u128(1)), user, expires_at },
            DutyTap::Handoff { schedule: ScheduleId::new(Uuid::from_u128(1)), user, expires_at },
        ] {
            let token = key.sign_duty(tap);
            assert_eq!(key.read_duty(&token), Some(tap));
            assert_eq!(MasterKey::new([8; 32]).read_duty(&token), None);
            assert_eq!(key.read_duty(&token[1..]), None);
            assert_eq!(key.read_duty(&key.sign_text("flash", "cov_x")), None);
        }
    }

    #[test]
    fn a_link_works_until_it_expires_and_cannot_be_forged() {
        let key = MasterKey::new([7; 32]);
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let tap = Tap {
            incident: IncidentId::new(Uuid::from_u128(1)),
            user: UserId::new(Uuid::from_u128(2)),
            expires_at: now.checked_add(LINK_LIFETIME).unwrap(),
        };
        let token = key.sign(tap);
        assert_eq!(key.verify(now, &token), Some(tap));
        // beyond: LINK_DAYS
        assert_eq!(key.verify(tap.expires_at, &token), None);
        assert_eq!(MasterKey::new([8; 32]).verify(now, &token), None);
        for place in 0..token.len() {
            let mut forged = token.clone().into_bytes();
            forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
            assert_eq!(key.verify(now, std::str::from_utf8(&forged).unwrap()), None, "{place}");
        }
    }
}
