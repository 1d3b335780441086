//! The engine on a real database: each test on SQLite, and on PostgreSQL when `ALLCLEAR_TEST_POSTGRES` names a server.

mod intake;
mod leaving;
mod nodes;
mod outgoing;
mod pace;
mod place;
mod retention;
mod secrets;
mod withdrawal;
