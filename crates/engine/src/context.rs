//! What all parts of the engine share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use allclear_core::directory::Directory;
use allclear_core::pace::Rush;
use allclear_store::Database;
use arc_swap::ArcSwap;
use jiff::Timestamp;
use tokio::sync::{Notify, broadcast};
use uuid::Uuid;

use crate::desk::Changed;
use crate::host::{Carrier, Clock, Ids, Random};
use crate::intake::LANES;
use crate::nodes::ToSay;
use crate::seal::MasterKey;

/// Makes ids and other things that need chance.
pub struct Maker {
    ids: Ids,
    random: Arc<dyn Random>,
}

impl Maker {
    /// A new UUIDv7.
    pub fn id(&self, now: Timestamp) -> Uuid {
        self.ids.next(now, &*self.random)
    }

    /// The random source itself.
    pub fn random(&self) -> &dyn Random {
        &*self.random
    }

    /// A text of so many letters and digits that are easy to read aloud; five bits each.
    pub fn text(&self, letters: usize) -> String {
        const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
        let mut bytes = vec![0; letters];
        self.random.fill(&mut bytes);
        bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect()
    }

    /// A code of six digits, to be typed in by hand.
    pub fn code(&self) -> String {
        let mut bytes = [0; 8];
        self.random.fill(&mut bytes);
        format!("{:06}", u64::from_be_bytes(bytes) % 1_000_000)
    }
}

/// Wakes the loops when there is something to do. Only a hint: each loop looks by itself often enough.
#[derive(Debug, Default)]
pub(crate) struct Bells {
    /// One for each lane: whoever is woken for another's sake would not hand it on.
    inbox: [Notify; LANES as usize],
    pub(crate) timers: Notify,
    pub(crate) outbox: Notify,
}

impl Bells {
    /// The bell that rings when requests came into the lane.
    pub(crate) fn inbox(&self, lane: i64) -> &Notify {
        &self.inbox[lane.rem_euclid(LANES) as usize]
    }
}

/// Counters since the start, for metrics.
#[derive(Debug, Default)]
pub struct Counters {
    /// Requests made durable.
    pub accepted: AtomicU64,
    /// Group commits of the intake.
    pub segments: AtomicU64,
    /// Requests refused.
    pub rejected: AtomicU64,
    /// Events processed.
    pub processed: AtomicU64,
    /// Timers fired.
    pub timers: AtomicU64,
    /// Attempts to hand a message over.
    pub attempts: AtomicU64,
    /// Messages given up.
    pub dead_letters: AtomicU64,
}

impl Counters {
    pub(crate) fn add(counter: &AtomicU64, by: usize) {
        counter.fetch_add(by as u64, Ordering::Relaxed);
    }
}

pub(crate) struct Context {
    pub(crate) database: Database,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) carrier: Arc<dyn Carrier>,
    pub(crate) maker: Maker,
    pub(crate) key: MasterKey,
    pub(crate) directory: ArcSwap<Directory>,
    pub(crate) bells: Bells,
    pub(crate) rush: Mutex<Rush>,
    pub(crate) counters: Counters,
    pub(crate) changes: broadcast::Sender<Arc<Changed>>,
    pub(crate) to_say: ToSay,
}

impl Context {
    pub(crate) fn new(
        database: Database,
        directory: Directory,
        key: MasterKey,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        carrier: Arc<dyn Carrier>,
    ) -> Self {
        Self {
            database,
            clock,
            carrier,
            maker: Maker { ids: Ids::default(), random },
            key,
            directory: ArcSwap::from_pointee(directory),
            bells: Bells::default(),
            rush: Mutex::default(),
            counters: Counters::default(),
            changes: broadcast::channel(1_024).0,
            to_say: ToSay::default(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Wakes and tells whoever is concerned by what was committed, on this node and on all others.
    pub(crate) fn announce(&self, changed: Changed) {
        if self.database.is_shared() && changed != Changed::default() {
            self.to_say.add(&changed);
        }
        self.spread(changed);
    }

    /// Wakes and tells whoever is concerned on this node.
    pub(crate) fn spread(&self, changed: Changed) {
        if changed.sends {
            self.bells.outbox.notify_one();
        }
        if changed.wakes_at.is_some() {
            self.bells.timers.notify_one();
        }
        if !changed.incidents.is_empty() || changed.requests || changed.everything {
            // Nobody listening is fine.
            drop(self.changes.send(Arc::new(changed)));
        }
    }
}
