//! The loop of Allclear: it loads, lets the core decide, and stores.
//!
//! ```text
//! request ─► intake ─► segment (durable; only then 2xx) ─► process ─► desk ─┐
//! people, API ─► command ─────────────────────────────────────────► desk ─┤ one transaction: states + facts + timers
//! timers where due_at <= now ─► timing ───────────────────────────► desk ─┤ + deliveries
//! deliveries where due_at <= now ─► pump ─► channels ─► the wire ─► desk ─┘
//! ```
//!
//! The engine sees nothing of the outside but [`host`]'s traits and the store, so that the simulator can run all of
//! it on one thread from a seed.

mod apply;
mod chain;
mod command;
mod compose;
mod configuration;
mod context;
mod cover;
mod desk;
mod engine;
mod events;
mod frame;
pub mod host;
mod intake;
mod mail_test;
mod nodes;
mod process;
mod pump;
mod reach;
mod retention;
mod run;
mod seal;
mod secrets;
mod timing;
mod verification;

pub use chain::ChainChecked;
pub use command::{Commanded, Declaration};
pub use configuration::{Draft, NotChanged};
pub use context::{Counters, Maker};
pub use cover::Answered;
pub use desk::Changed;
pub use engine::{Engine, Host};
pub use events::StoredEvent;
pub use frame::{EventAddress, Frame, pack, unpack};
pub use intake::{Intake, NotStored, Request};
pub use mail_test::MailTried;
pub use process::{Became, EventBecame};
pub use pump::Claimed;
pub use reach::{Reach, check_address, ways_to_reach};
pub use run::Loops;
pub use seal::{DutyTap, LINK_LIFETIME, MasterKey, Tap};
pub use secrets::{CODE_LIFETIME, MAIL_PASSWORD, integration_key_name};
pub use verification::Verified;
