//! Commands that work on the data itself, on the machine of the server.

pub(crate) mod backup;
mod copy;
pub(crate) mod doctor;
pub(crate) mod password;
pub(crate) mod restore;
pub(crate) mod token;

use std::sync::Arc;

use allclear_engine::{Engine, Host, MasterKey};
use allclear_store::Database;

use crate::outside::{NetworkCarrier, Networks, SystemClock, SystemRandom};

/// An engine over that database, none of whose loops runs.
async fn engine(database: Database, key: MasterKey) -> anyhow::Result<Engine> {
    let host = Host {
        clock: Arc::new(SystemClock::default()),
        random: Arc::new(SystemRandom),
        carrier: Arc::new(NetworkCarrier::new(Networks::default())?),
        key,
    };
    Ok(Engine::new(database, host).await?)
}
