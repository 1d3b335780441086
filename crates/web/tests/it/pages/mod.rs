//! The pages, as people in browsers meet them.

mod browser;
mod doors;
mod house;
mod incidents;
mod link;
mod safety;
mod setup;
mod town;
