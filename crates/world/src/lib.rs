//! The fake world: a clock that is set, carriers that break, people who act, nodes that die.
//!
//! Two things are played in it, both through the real engine and a real database on one thread, in virtual time:
//!
//! - **scenarios** ([`scenario`]): a script goes in, a transcript comes out and is compared with the one that is kept.
//!   What nobody expected shows up in it, and what should not happen is asserted by its absence;
//! - **simulations** ([`sim`]): a small company, its troubles and its faults are made up from a seed, and the numbered
//!   invariants of `allclear_core::invariant` are checked at every step.
//!
//! [`fuzz`] makes hostile bodies, for the tests of everything that reads what others send. For the demo, a third: a
//! company with a past ([`Past`]) and phones on real sockets ([`phones`]).
//!
//! In scenarios and simulations nothing waits, and nothing is left to chance that does not come from the seed: the same
//! seed gives the same run, bit for bit.

mod chance;
mod check;
mod clock;
mod company;
mod damage;
pub mod fuzz;
mod house;
mod outside;
mod past;
mod payload;
pub mod phones;
mod read;
pub mod scenario;
pub mod sim;
mod task;

pub use past::{Past, Unlived};
