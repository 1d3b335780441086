//! Turns and who takes them, as people write them.

use std::fmt;
use std::str::FromStr;

use jiff::civil;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::read::text_or_map;
use super::text::{Text, Written};
use crate::recurrence::Rule;
use crate::schedule::{Recurrence, Turn};
use crate::wait::Wait;

/// Describes a [crew](crate::schedule::Crew) by the slugs of its people: `ana`, or `[ana, ben]` for two together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrewDocument(pub Vec<String>);

impl Serialize for CrewDocument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0[..] {
            [one] => one.serialize(serializer),
            people => people.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for CrewDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CrewReader)
    }
}

struct CrewReader;

impl<'de> Visitor<'de> for CrewReader {
    type Value = CrewDocument;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the login of a person, or a list of those who are on call together")
    }

    fn visit_str<E: Error>(self, slug: &str) -> Result<CrewDocument, E> {
        Ok(CrewDocument(vec![slug.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<CrewDocument, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(CrewDocument)
    }
}

/// Describes a [turn](Turn): `weekly`, `2mo`, `FREQ=WEEKLY;BYDAY=FR`, or the fields of a [`Recurrence`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnDocument(pub Turn);

/// [`TurnDocument`] when it is written as fields.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TurnFields {
    rule: Rule,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lasts: Option<Wait>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    except: Vec<Text<civil::DateTime>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    also: Vec<Text<civil::DateTime>>,
}

impl FromStr for TurnDocument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Turn::read(text).map(Self)
    }
}

impl TryFrom<TurnFields> for TurnDocument {
    type Error = String;

    fn try_from(TurnFields { rule, lasts, except, also }: TurnFields) -> Result<Self, String> {
        let times = |times: Vec<Text<civil::DateTime>>| times.into_iter().map(|Text(at)| at).collect();
        let recurrence = Recurrence { rule, lasts, except: times(except), also: times(also) };
        Ok(Self(Turn::Recurring(Box::new(recurrence))))
    }
}

impl Serialize for TurnDocument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Turn::Recurring(recurrence) = &self.0 else { return serializer.serialize_str(&self.0.write()) };
        if recurrence.is_plain() {
            return serializer.serialize_str(&self.0.write());
        }
        let times = |times: &[civil::DateTime]| times.iter().copied().map(Text).collect();
        let Recurrence { rule, lasts, except, also } = &**recurrence;
        TurnFields { rule: rule.clone(), lasts: *lasts, except: times(except), also: times(also) }.serialize(serializer)
    }
}

text_or_map!(TurnDocument, TurnFields, "the length of a turn such as `weekly`, or a recurrence `rule`");
