//! How requests are packed into a segment, and how one of them is named.
//!
//! A segment is a version byte and then frame after frame. A frame holds, in this order, numbers little-endian: the
//! integration's UUID (16 bytes), the moment of receipt in microseconds since 1970 (8), the length of the source's
//! name (1) and the name, the length of the dedup key that the intake made (2; 0 for none) and the key, the length of
//! the body (4) and the body as it came.

use std::fmt;
use std::str::FromStr;

use allclear_core::id::IntegrationId;
use jiff::Timestamp;
use uuid::Uuid;

const VERSION: u8 = 1;

/// The most requests in one segment.
pub(crate) const FRAMES: usize = 1 << 12;

/// One request, as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Whose request.
    pub integration: IntegrationId,
    /// When it was received.
    pub received_at: Timestamp,
    /// The name of the source whose parser reads it.
    pub source: &'a str,
    /// The dedup key that the intake made, where the sender left that to us.
    pub dedup_key: Option<&'a str>,
    /// The body as it came.
    pub body: &'a [u8],
}

/// Packs requests into a segment.
pub fn pack<'a>(frames: impl IntoIterator<Item = Frame<'a>>) -> Vec<u8> {
    let mut segment = vec![VERSION];
    for frame in frames {
        let dedup_key = frame.dedup_key.unwrap_or_default();
        segment.extend_from_slice(frame.integration.uuid().as_bytes());
        segment.extend_from_slice(&frame.received_at.as_microsecond().to_le_bytes());
        segment.push(u8::try_from(frame.source.len()).expect("names of sources are short"));
        segment.extend_from_slice(frame.source.as_bytes());
        segment.extend_from_slice(&u16::try_from(dedup_key.len()).expect("our own keys are short").to_le_bytes());
        segment.extend_from_slice(dedup_key.as_bytes());
        segment.extend_from_slice(&u32::try_from(frame.body.len()).expect("bodies are limited").to_le_bytes());
        segment.extend_from_slice(frame.body);
    }
    segment
}

/// Unpacks a segment; none when it was not packed by this program.
pub fn unpack(segment: &[u8]) -> Option<Vec<Frame<'_>>> {
    let (version, mut rest) = segment.split_first()?;
    if *version != VERSION {
        return None;
    }
    let mut frames = Vec::new();
    while !rest.is_empty() {
        let reader = &mut rest;
        frames.push(Frame {
            integration: IntegrationId::new(Uuid::from_slice(take(reader, 16)?).ok()?),
            received_at: Timestamp::from_microsecond(i64::from_le_bytes(take(reader, 8)?.try_into().ok()?)).ok()?,
            source: {
                let length = usize::from(*take(reader, 1)?.first()?);
                std::str::from_utf8(take(reader, length)?).ok()?
            },
            dedup_key: {
                let length = u16::from_le_bytes(take(reader, 2)?.try_into().ok()?);
                let key = std::str::from_utf8(take(reader, length.into())?).ok()?;
                (!key.is_empty()).then_some(key)
            },
            body: {
                let length = u32::from_le_bytes(take(reader, 4)?.try_into().ok()?);
                take(reader, usize::try_from(length).ok()?)?
            },
        });
    }
    Some(frames)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}

/// The public id of a request: where it is kept. Written `evt_` and a number in base 32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventAddress {
    /// The segment.
    pub segment: i64,
    /// The place within it, from 0.
    pub position: u32,
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const LETTERS: u32 = 13;

impl fmt::Display for EventAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.segment.cast_unsigned() << 12 | u64::from(self.position);
        formatter.write_str("evt_")?;
        (0..LETTERS).rev().try_for_each(|place| {
            let digit = (number >> (place * 5)) & 31;
            write!(formatter, "{}", char::from(ALPHABET[digit as usize]))
        })
    }
}

impl FromStr for EventAddress {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text.strip_prefix("evt_").ok_or(())?;
        if digits.len() != LETTERS as usize {
            return Err(());
        }
        let number = digits.bytes().try_fold(0u64, |number, letter| {
            let digit = ALPHABET.iter().position(|known| *known == letter).ok_or(())?;
            number.checked_mul(32).and_then(|number| number.checked_add(digit as u64)).ok_or(())
        })?;
        Ok(Self { segment: (number >> 12).cast_signed(), position: (number & 0xfff) as u32 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_unpacked() {
        let received_at: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let integration = IntegrationId::new(Uuid::from_u128(7));
        let frames = [
            Frame { integration, received_at, source: "pagerduty", dedup_key: Some("made"), body: b"{}" },
            Frame { integration, received_at, source: "generic", dedup_key: None, body: &[0; 70_000] },
        ];
        let segment = pack(frames);
        assert_eq!(unpack(&segment).unwrap(), frames);
        for cut in 1..segment.len().min(100) {
            assert!(unpack(&segment[..segment.len() - cut]).is_none());
        }
        assert_eq!(unpack(&pack([])).unwrap(), []);
        assert!(unpack(&[]).is_none() && unpack(&[9]).is_none());
    }

    #[test]
    fn addresses_are_short_and_keep_their_order() {
        let first = EventAddress { segment: 1, position: 4_095 };
        let second = EventAddress { segment: 2, position: 0 };
        assert_eq!(first.to_string().parse(), Ok(first));
        assert!(first.to_string() < second.to_string());
        assert_eq!(second.to_string(), "evt_0000000000800");
        for wrong in ["", "evt_", "evt_000000000080u", "evt_00000000008000", "inc_0000000000800"] {
            assert_eq!(wrong.parse::<EventAddress>(), Err(()), "{wrong}");
        }
    }
}
