//! Why a request was not taken.

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The body is not of the shape at all: not JSON, or not an object.
    Unreadable,
    /// The body can be read, but a field is missing or wrong.
    Invalid,
    /// The intake will not take it: an unknown key, too large, too many, not now.
    Intake,
}

/// A refused request; [`crate::Source::refused`] puts it in the vendor's shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status that we would answer with; a vendor's shape may map it to its own.
    pub status: u16,
    /// Why.
    pub reason: Reason,
    /// Each names the field, the value and the remedy; for malformed JSON the line and the column.
    pub errors: Vec<String>,
}

impl Refusal {
    /// The body is not of the shape at all: 400.
    pub fn unreadable(error: impl Into<String>) -> Self {
        Self { status: 400, reason: Reason::Unreadable, errors: vec![error.into()] }
    }

    /// Fields are missing or wrong: 400.
    pub fn invalid(errors: Vec<String>) -> Self {
        Self { status: 400, reason: Reason::Invalid, errors }
    }

    /// The intake itself refuses: switched off (403), an unknown key (404), too large (413), too many requests (429),
    /// not now (503). Where a vendor answers with another status, [`crate::Source::refused`] knows.
    pub fn intake(status: u16, error: impl Into<String>) -> Self {
        Self { status, reason: Reason::Intake, errors: vec![error.into()] }
    }
}
