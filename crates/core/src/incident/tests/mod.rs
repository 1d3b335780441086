//! Incidents told as stories: a script in, a transcript out.

pub(crate) mod cast;
mod properties;
mod refusals;
pub(crate) mod stage;
mod stories;
