//! Reading JSON without trusting it: a field of the wrong type is a finding, not a parse error, and strings are
//! borrowed from the body where they hold no escapes.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use allclear_core::limits;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A field that should hold a string.
#[derive(Debug, Clone, Default)]
pub(crate) enum Text<'a> {
    /// It is not there.
    #[default]
    Absent,
    /// It is `null`.
    Null,
    /// It is a string.
    Is(Cow<'a, str>),
    /// It is something else, named with its article.
    Other(&'static str),
}

impl<'a> Text<'a> {
    /// The string, unless it is missing, blank or not a string.
    pub(crate) fn get(&self) -> Option<&str> {
        match self {
            Self::Is(text) if !text.trim().is_empty() => Some(text),
            Self::Is(_) | Self::Absent | Self::Null | Self::Other(_) => None,
        }
    }

    /// As [`Self::get`], owned by the body where possible.
    pub(crate) fn into_given(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Is(text) if !text.trim().is_empty() => Some(text),
            Self::Is(_) | Self::Absent | Self::Null | Self::Other(_) => None,
        }
    }

    /// What is there instead of a string, with its article: `a number`.
    pub(crate) fn wrong_kind(&self) -> Option<&'static str> {
        match self {
            Self::Other(kind) => Some(kind),
            Self::Absent | Self::Null | Self::Is(_) => None,
        }
    }
}

/// A field that should hold an object.
#[derive(Debug, Clone, Default)]
pub(crate) enum Nested<T> {
    /// It is not there, or `null`.
    #[default]
    Absent,
    /// It is an object.
    Is(T),
    /// It is something else, named with its article.
    Other(&'static str),
}

impl<T> Nested<T> {
    /// The object, if it is one.
    pub(crate) fn get(&self) -> Option<&T> {
        match self {
            Self::Is(object) => Some(object),
            Self::Absent | Self::Other(_) => None,
        }
    }
}

/// What a lenient field makes of each kind of JSON value.
trait Lenient<'de>: Sized {
    fn null() -> Self;
    fn other(kind: &'static str) -> Self;
    fn borrowed(text: &'de str) -> Self;
    fn owned(text: String) -> Self;
    fn map<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error>;
}

impl<'de: 'a, 'a> Lenient<'de> for Text<'a> {
    fn null() -> Self {
        Self::Null
    }
    fn other(kind: &'static str) -> Self {
        Self::Other(kind)
    }
    fn borrowed(text: &'de str) -> Self {
        Self::Is(Cow::Borrowed(text))
    }
    fn owned(text: String) -> Self {
        Self::Is(Cow::Owned(text))
    }
    fn map<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self::Other("an object"))
    }
}

impl<'de, T: Deserialize<'de>> Lenient<'de> for Nested<T> {
    fn null() -> Self {
        Self::Absent
    }
    fn other(kind: &'static str) -> Self {
        Self::Other(kind)
    }
    fn borrowed(_: &'de str) -> Self {
        Self::Other("a string")
    }
    fn owned(_: String) -> Self {
        Self::Other("a string")
    }
    fn map<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Self::Is)
    }
}

struct LenientVisitor<L>(PhantomData<L>);

impl<'de, L: Lenient<'de>> Visitor<'de> for LenientVisitor<L> {
    type Value = L;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON value")
    }
    fn visit_unit<E>(self) -> Result<L, E> {
        Ok(L::null())
    }
    fn visit_bool<E>(self, _: bool) -> Result<L, E> {
        Ok(L::other("a boolean"))
    }
    fn visit_i64<E>(self, _: i64) -> Result<L, E> {
        Ok(L::other("a number"))
    }
    fn visit_u64<E>(self, _: u64) -> Result<L, E> {
        Ok(L::other("a number"))
    }
    fn visit_f64<E>(self, _: f64) -> Result<L, E> {
        Ok(L::other("a number"))
    }
    fn visit_str<E>(self, text: &str) -> Result<L, E> {
        Ok(L::owned(text.to_owned()))
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<L, E> {
        Ok(L::borrowed(text))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<L, A::Error> {
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(L::other("an array"))
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<L, A::Error> {
        L::map(map)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LenientVisitor(PhantomData))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Nested<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LenientVisitor(PhantomData))
    }
}

struct ListVisitor<T>(PhantomData<T>);

/// The first events of a list, so that a hostile one fills no memory: the rest is only counted.
#[derive(Debug)]
pub(crate) struct List<T> {
    /// The first [`limits::EVENTS_PER_REQUEST`].
    pub(crate) items: Vec<T>,
    /// How many there are.
    pub(crate) given: usize,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = List<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<List<T>, A::Error> {
        let mut items = Vec::new();
        while items.len() < limits::EVENTS_PER_REQUEST {
            match sequence.next_element()? {
                Some(item) => items.push(item),
                None => return Ok(List { given: items.len(), items }),
            }
        }
        let mut given = items.len();
        while sequence.next_element::<IgnoredAny>()?.is_some() {
            given += 1;
        }
        Ok(List { items, given })
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListVisitor(PhantomData))
    }
}

/// The body as text: a byte order mark is skipped, as some clients of Windows send one.
///
/// # Errors
/// Names the line and the column of the first byte that is not UTF-8.
pub(crate) fn utf8(body: &[u8]) -> Result<&str, String> {
    let body = without_mark(body);
    str::from_utf8(body).map_err(|error| {
        let before = &body[..error.valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before.len() - before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1) + 1;
        format!("the body is not UTF-8 at line {line} column {column}")
    })
}

/// The body as text, with `�` in place of what is not UTF-8.
pub(crate) fn lossy(body: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(without_mark(body))
}

/// Whether there is nothing but white space.
pub(crate) fn is_blank(body: &[u8]) -> bool {
    without_mark(body).trim_ascii().is_empty()
}

fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body)
}

/// Reads one JSON value.
///
/// # Errors
/// Says what is wrong with the line and the column.
pub(crate) fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| {
        let mut message = error.to_string();
        // serde's words for what JSON calls an object and an array.
        for (word, ours) in
            [("invalid type: map,", "invalid type: object,"), ("invalid type: sequence,", "invalid type: array,")]
        {
            if let Some(rest) = message.strip_prefix(word) {
                message = format!("{ours}{rest}");
            }
        }
        // An error may quote the value it stumbled on, and a value may be half a megabyte.
        if let Some((end, _)) = message.char_indices().nth(300) {
            message.truncate(end);
            message.push('…');
            message.push_str(&format!(" at line {} column {}", error.line(), error.column()));
        }
        message
    })
}
