//! What a document, a change or a finding is about.

use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::directory::{Kind, Object};

/// The organisation, or a thing by its kind and short name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// The organisation and its settings.
    Organisation,
    /// The thing of that kind with that slug.
    Object(Kind, String),
}

impl Subject {
    /// That thing.
    pub fn of(object: &Object) -> Self {
        Self::Object(object.kind(), object.slug().to_owned())
    }

    /// The word for its kind, as documents write it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Organisation => "organisation",
            Self::Object(kind, _) => kind.word(),
        }
    }

    /// The short name; none for the organisation, of which there is one.
    pub fn slug(&self) -> Option<&str> {
        match self {
            Self::Organisation => None,
            Self::Object(_, slug) => Some(slug),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organisation => formatter.write_str(self.kind()),
            Self::Object(kind, slug) => write!(formatter, "{} {slug}", kind.word()),
        }
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Subject", 2)?;
        fields.serialize_field("kind", self.kind())?;
        fields.serialize_field("slug", &self.slug())?;
        fields.end()
    }
}
