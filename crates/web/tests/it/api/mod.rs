//! The API, as programs see it.

mod access;
mod alerts;
mod audit;
mod calendar_links;
mod configuration;
mod cover;
mod deliveries;
mod directory;
mod document;
mod escalations;
mod events;
mod holidays;
mod hostile;
pub(crate) mod house;
mod idempotency;
mod incidents;
mod me;
mod on_call;
mod schedules;
mod schema;
mod settings;
mod silences;
mod tokens;
mod wrong_types;
