//! Values on their way into a statement, and columns on their way out, the same for both databases.

use std::borrow::Cow;

use allclear_core::id;
use jiff::Timestamp;
use rusqlite::types::{ToSqlOutput, ValueRef};
use sha2::{Digest, Sha256};
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;

use crate::error::Error;

/// A value of a statement's parameter. Borrowed, so that nothing is copied on the way to SQLite.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// SQL's NULL.
    Null,
    /// Whole numbers, and moments as microseconds since 1970 in UTC.
    Int(i64),
    /// True or false.
    Bool(bool),
    /// Text. PostgreSQL has no text with a NUL in it (its manual, §8.3), and a source's text may have one: each is
    /// stored as U+FFFD, on both databases, so that one odd event can never stop a lane.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A UUID.
    Uuid(Uuid),
}

/// The SHA-256 of a text that may be too long for an index.
pub(crate) fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

fn without_nul(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "\u{fffd}").into() } else { text.into() }
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Self::Int(number) => ToSqlOutput::Borrowed(ValueRef::Integer(*number)),
            Self::Bool(truth) => ToSqlOutput::Borrowed(ValueRef::Integer(i64::from(*truth))),
            Self::Text(text) => match without_nul(text) {
                Cow::Borrowed(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
                Cow::Owned(text) => ToSqlOutput::Owned(text.into()),
            },
            Self::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Self::Uuid(uuid) => ToSqlOutput::Borrowed(ValueRef::Blob(uuid.as_bytes())),
        })
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self, wanted: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) => number.to_sql_checked(wanted, out),
            Self::Bool(truth) => truth.to_sql_checked(wanted, out),
            Self::Text(text) => without_nul(text).to_sql_checked(wanted, out),
            Self::Bytes(bytes) => bytes.to_sql_checked(wanted, out),
            Self::Uuid(uuid) => uuid.to_sql_checked(wanted, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        // Each variant checks the type itself.
        true
    }

    to_sql_checked!();
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Self::Int(number.into())
    }
}

impl From<bool> for Value<'_> {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a> From<&'a Vec<u8>> for Value<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a> From<&'a [u8; 32]> for Value<'a> {
    fn from(bytes: &'a [u8; 32]) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<Uuid> for Value<'_> {
    fn from(uuid: Uuid) -> Self {
        Self::Uuid(uuid)
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(at: Timestamp) -> Self {
        Self::Int(at.as_microsecond())
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

macro_rules! identifiers {
    ($($name:ident),*) => {$(
        impl From<id::$name> for Value<'_> {
            fn from(id: id::$name) -> Self {
                Self::Uuid(id.uuid())
            }
        }
    )*};
}

identifiers!(
    AlertId,
    ContactMethodId,
    CoverId,
    DeliveryId,
    HandoffNoteId,
    IncidentId,
    IntegrationId,
    PolicyId,
    ScheduleId,
    ServiceId,
    SessionId,
    SilenceId,
    TeamId,
    CalendarLinkId,
    TokenId,
    UserId
);

/// A type that a column can be read as, from both databases.
pub trait Column: rusqlite::types::FromSql + for<'a> tokio_postgres::types::FromSql<'a> {}

impl<T: rusqlite::types::FromSql + for<'a> tokio_postgres::types::FromSql<'a>> Column for T {}

/// The values of a bulk statement, a column at a time, as PostgreSQL's `unnest` takes them.
#[derive(Debug)]
pub(crate) enum Array<'a> {
    Int(Vec<Option<i64>>),
    Bool(Vec<Option<bool>>),
    Text(Vec<Option<Cow<'a, str>>>),
    Bytes(Vec<Option<&'a [u8]>>),
    Uuid(Vec<Option<Uuid>>),
}

/// The type of a bulk statement's column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `BIGINT`
    Int,
    /// `BOOLEAN`
    Bool,
    /// `TEXT`
    Text,
    /// `BYTEA`
    Bytes,
    /// `UUID`
    Uuid,
}

impl Kind {
    pub(crate) const fn postgres_array(self) -> &'static str {
        match self {
            Self::Int => "bigint[]",
            Self::Bool => "boolean[]",
            Self::Text => "text[]",
            Self::Bytes => "bytea[]",
            Self::Uuid => "uuid[]",
        }
    }
}

macro_rules! gather {
    ($rows:ident, $column:ident, $array:ident, $value:ident) => {
        gather!($rows, $column, $array, $value, std::convert::identity)
    };
    ($rows:ident, $column:ident, $array:ident, $value:ident, $convert:expr) => {
        Array::$array(
            $rows
                .iter()
                .map(|row| match row.as_ref()[$column] {
                    Value::$value(value) => Some($convert(value)),
                    Value::Null => None,
                    ref other => panic!("column {} of a bulk statement holds {other:?}", $column),
                })
                .collect(),
        )
    };
}

impl<'a> Array<'a> {
    /// Column number `column` of these rows.
    pub(crate) fn gather<R: AsRef<[Value<'a>]>>(kind: Kind, column: usize, rows: &[R]) -> Self {
        match kind {
            Kind::Int => gather!(rows, column, Int, Int),
            Kind::Bool => gather!(rows, column, Bool, Bool),
            Kind::Text => gather!(rows, column, Text, Text, without_nul),
            Kind::Bytes => gather!(rows, column, Bytes, Bytes),
            Kind::Uuid => gather!(rows, column, Uuid, Uuid),
        }
    }

    /// In the form in which it is sent, on its own.
    pub(crate) fn encode(&self, kind: &Type) -> Result<Encoded, Error> {
        let mut bytes = BytesMut::new();
        self.as_parameter().to_sql_checked(kind, &mut bytes).map_err(|error| Error::Body(error.to_string()))?;
        Ok(Encoded(bytes))
    }

    pub(crate) fn as_parameter(&self) -> &(dyn ToSql + Sync) {
        match self {
            Self::Int(values) => values,
            Self::Bool(values) => values,
            Self::Text(values) => values,
            Self::Bytes(values) => values,
            Self::Uuid(values) => values,
        }
    }
}

/// A parameter in the form in which it is sent.
#[derive(Debug)]
pub(crate) struct Encoded(BytesMut);

impl ToSql for Encoded {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        out.extend_from_slice(&self.0);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
