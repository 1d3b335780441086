//! The schemas of the core's words, each from the core's own list.

use std::borrow::Cow;

use allclear_core::access::Scope;
use allclear_core::delivery;
use allclear_core::directory::Role;
use allclear_core::severity;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::silences::State;

macro_rules! words {
    ($($(#[doc = $doc:literal])* $name:ident = $values:expr;)*) => {$(
        $(#[doc = $doc])*
        #[derive(Debug)]
        pub(crate) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let object = ObjectBuilder::new().schema_type(Type::String).enum_values(Some($values));
                object.description(Some(concat!($($doc),*).trim())).into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )*};
}

words! {
    /// How bad it is; `sev1` is the worst.
    Severity = severity::Severity::ALL.map(|severity| severity.name().to_ascii_lowercase());
    /// How loud it is: `high` wakes people.
    Urgency = [severity::Urgency::Low, severity::Urgency::High].map(severity::Urgency::word);
    /// Where an incident stands.
    IncidentStatus = ["triggered", "acknowledged", "snoozed", "resolved", "merged"];
    /// Where a delivery stands, in the order of its life.
    DeliveryStatus = delivery::Status::ALL.map(delivery::Status::word);
    /// What a person may do; each may do all that the ones before it may.
    UserRole = Role::ALL.map(Role::word);
    /// What an API token is good for.
    TokenScope = Scope::ALL.map(Scope::word);
    /// Whether a silence holds.
    SilenceState = State::ALL.map(State::word);
    /// A kind of thing in the configuration.
    SubjectKind = ["organisation", "team", "user", "schedule", "policy", "service", "integration"];
}
