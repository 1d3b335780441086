//! The rules of Allclear.
//!
//! Everything here is pure: a decision is a function of the moment, the configuration, the state and the input. Nothing
//! here reads a clock, a random source, a socket or a database, so that every promise about time and failure can be
//! checked by the million (see `ARCHITECTURE.md`).

pub mod access;
pub mod actor;
pub mod alert;
pub mod audit;
pub mod conflict;
pub mod correlate;
pub mod cover;
pub mod declaration;
pub mod delivery;
pub mod directory;
pub mod event;
pub mod explanation;
pub mod fact;
pub mod handover;
mod hex;
pub mod id;
pub mod incident;
pub mod invariant;
pub mod journal;
pub mod limits;
pub mod load;
pub mod pace;
pub mod readiness;
pub mod recurrence;
pub mod schedule;
pub mod schedule_change;
pub mod sentence;
pub mod severity;
pub mod simulation;
pub mod throttle;
pub mod upcoming;
pub mod wait;
pub mod zone;

pub use crate::hex::hex;
