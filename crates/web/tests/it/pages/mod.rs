//! The pages, as people in browsers meet them.

pub(crate) mod browser;
mod cover;
mod directory;
mod doors;
pub(crate) mod house;
mod incidents;
mod link;
mod live;
mod people;
mod records;
mod safety;
mod schedule_faces;
mod schedules;
mod security;
mod setup;
mod storm;
mod suppressions;
mod town;
