//! Reading documents with the place of every mistake.
//!
//! Serde's own tagged and untagged enums read everything into memory before they choose, and lose where it stood.
//! These readers choose while they read.

use std::fmt;
use std::vec;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Error, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::document::{
    Document, IntegrationDocument, OrganisationDocument, ScheduleDocument, ServiceDocument, TeamDocument, UserDocument,
};
use super::policy::PolicyDocument;

/// Lets a type be read from its short form, a text, or from its fields.
macro_rules! text_or_map {
    ($type:ty, $fields:ty, $expected:literal) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Reader;

                impl<'de> serde::de::Visitor<'de> for Reader {
                    type Value = $type;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        formatter.write_str($expected)
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$type, E> {
                        text.parse().map_err(E::custom)
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<$type, A::Error> {
                        let fields = <$fields>::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                        fields.try_into().map_err(serde::de::Error::custom)
                    }
                }

                deserializer.deserialize_any(Reader)
            }
        }
    };
}

pub(super) use text_or_map;

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum DocumentKind {
    Organisation,
    Team,
    User,
    Schedule,
    Policy,
    Service,
    Integration,
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(DocumentReader)
    }
}

struct DocumentReader;

impl<'de> Visitor<'de> for DocumentReader {
    type Value = Document;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a document with `kind`, `slug` and the fields of that kind")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
        let mut before = Vec::new();
        let kind = loop {
            match map.next_key::<String>()? {
                Some(key) if key == "kind" => break map.next_value::<DocumentKind>()?,
                Some(key) => before.push((key, map.next_value()?)),
                None => return Err(A::Error::missing_field("kind")),
            }
        };
        let fields = MapAccessDeserializer::new(Fields { before: before.into_iter(), value: None, rest: map });
        Ok(match kind {
            DocumentKind::Organisation => Document::Organisation(OrganisationDocument::deserialize(fields)?),
            DocumentKind::Team => Document::Team(TeamDocument::deserialize(fields)?),
            DocumentKind::User => Document::User(UserDocument::deserialize(fields)?),
            DocumentKind::Schedule => Document::Schedule(ScheduleDocument::deserialize(fields)?),
            DocumentKind::Policy => Document::Policy(PolicyDocument::deserialize(fields)?),
            DocumentKind::Service => Document::Service(ServiceDocument::deserialize(fields)?),
            DocumentKind::Integration => Document::Integration(IntegrationDocument::deserialize(fields)?),
        })
    }
}

/// The fields that stood before `kind`, from memory, then the others as they come.
struct Fields<A> {
    before: vec::IntoIter<(String, Value)>,
    value: Option<Value>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Fields<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        match self.before.next() {
            Some((key, value)) => {
                self.value = Some(value);
                seed.deserialize(key.into_deserializer()).map(Some)
            }
            None => self.rest.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        match self.value.take() {
            Some(value) => seed.deserialize(value).map_err(A::Error::custom),
            None => self.rest.next_value_seed(seed),
        }
    }
}
