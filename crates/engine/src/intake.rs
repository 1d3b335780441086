//! The intake: makes requests durable, and only then lets them be answered.
//!
//! One task gathers whatever requests wait, writes them as one segment, and answers them all after that one commit.
//! While the disk is at work the next segment gathers, so that the busier it gets the less a request costs.

use std::sync::{Arc, PoisonError};

use allclear_core::id::IntegrationId;
use allclear_core::limits;
use allclear_store::Result;
use allclear_store::inbox::{self, NewSegment};
use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use crate::context::{Context, Counters};
use crate::frame::{self, EventAddress, Frame};

/// A request that was found in order.
#[derive(Debug, Clone)]
pub struct Request {
    /// Whose it is.
    pub integration: IntegrationId,
    /// The name of the source whose parser reads it.
    pub source: &'static str,
    /// The dedup key that the intake made, where the sender left that to us.
    pub dedup_key: Option<String>,
    /// The body as it came.
    pub body: Bytes,
}

/// Why a request was not stored. Nothing of it was kept: the sender must try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotStored {
    /// More requests wait for the disk than may.
    #[error("more requests are waiting for the disk than may; try again in a moment")]
    Busy,
    /// The database refused.
    #[error("the request could not be stored; try again in a moment")]
    Failed,
}

struct Waiting {
    request: Request,
    received_at: Timestamp,
    reply: oneshot::Sender<std::result::Result<EventAddress, NotStored>>,
}

/// The way in.
#[derive(Clone)]
pub struct Intake {
    queue: mpsc::Sender<Waiting>,
    context: Arc<Context>,
}

impl std::fmt::Debug for Intake {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Intake")
    }
}

/// How many bytes of bodies one segment may gather before it is written.
const SEGMENT_BYTES: usize = 4 * 1024 * 1024;
/// How many requests one segment gathers.
const GROUP: usize = 256;
const _: () = assert!(GROUP <= frame::FRAMES, "a request's address has room for its place");

impl Intake {
    /// The way in, and the loop behind it, which ends when the last clone of the way in is gone.
    pub(crate) fn new(context: Arc<Context>) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (queue, waiting) = mpsc::channel(limits::INTAKE_QUEUE);
        let writing = write_segments(Arc::clone(&context), waiting);
        (Self { queue, context }, writing)
    }

    /// Stores a request and returns its address once it is on the disk.
    ///
    /// # Errors
    /// When it could not be stored; then it was not.
    pub async fn store(&self, request: Request) -> std::result::Result<EventAddress, NotStored> {
        let (reply, stored) = oneshot::channel();
        let waiting = Waiting { request, received_at: self.context.now(), reply };
        self.queue.try_send(waiting).map_err(|_| NotStored::Busy)?;
        stored.await.map_err(|_| NotStored::Failed)?
    }
}

async fn write_segments(context: Arc<Context>, mut queue: mpsc::Receiver<Waiting>) {
    let mut group = Vec::with_capacity(GROUP);
    while queue.recv_many(&mut group, GROUP).await > 0 {
        while !group.is_empty() {
            let rest = group.split_off(within_bytes(group.iter().map(|waiting| &waiting.request)));
            write_segment(&context, std::mem::replace(&mut group, rest)).await;
        }
    }
}

/// How many of the first requests fit into one segment; one at least.
fn within_bytes<'a>(group: impl Iterator<Item = &'a Request>) -> usize {
    let mut bytes = 0;
    let fits = |request: &&Request| {
        bytes += request.body.len();
        bytes <= SEGMENT_BYTES
    };
    group.take_while(fits).count().max(1)
}

/// The lane of a request. Events about one alert must stay in order, and an alert belongs to a service.
fn lane(context: &Context, request: &Request) -> i64 {
    if !context.database.is_shared() {
        return 0;
    }
    let directory = context.directory.load();
    let service = directory.integration(request.integration).map(|integration| integration.service);
    let lane = service.map_or(0, |service| service.uuid().as_u128() % u128::from(LANES.unsigned_abs()));
    i64::try_from(lane).unwrap_or(0)
}

/// How many lanes there are where several nodes share the work.
pub(crate) const LANES: i64 = 4;

async fn write_segment(context: &Context, group: Vec<Waiting>) {
    let (received, replies): (Vec<_>, Vec<_>) = group
        .into_iter()
        .map(|waiting| (Received { request: waiting.request, at: waiting.received_at }, waiting.reply))
        .unzip();
    match append(context, &received).await {
        Ok(addresses) => {
            for (reply, address) in replies.into_iter().zip(addresses) {
                // A sender that has hung up will send again; what is stored is stored.
                reply.send(Ok(address)).ok();
            }
        }
        Err(error) => {
            tracing::error!(%error, "a segment could not be stored; its senders are told to try again");
            for reply in replies {
                reply.send(Err(NotStored::Failed)).ok();
            }
        }
    }
}

/// Stores requests as one segment for each lane, and returns their addresses in the same order.
async fn append(context: &Context, group: &[Received]) -> Result<Vec<EventAddress>> {
    let mut lanes: Vec<(i64, Vec<usize>)> = Vec::new();
    for (place, received) in group.iter().enumerate() {
        let lane = lane(context, &received.request);
        match lanes.iter_mut().find(|(known, _)| *known == lane) {
            Some((_, members)) => members.push(place),
            None => lanes.push((lane, vec![place])),
        }
    }
    let segments: Vec<NewSegment> = lanes.iter().map(|(lane, members)| segment(*lane, group, members)).collect();
    let numbers = context.database.write_inbox(segments, |segments, tx| Box::pin(inbox::append(tx, segments))).await?;
    Counters::add(&context.counters.segments, numbers.len());
    Counters::add(&context.counters.accepted, group.len());
    context.rush.lock().unwrap_or_else(PoisonError::into_inner).count(context.now(), group.len());
    let mut addresses = vec![EventAddress { segment: 0, position: 0 }; group.len()];
    for (lane, members) in lanes {
        let number = numbers.iter().find(|(known, _)| *known == lane).map(|(_, number)| *number);
        let segment = number.expect("each segment that was stored has a number");
        for (position, place) in (0..).zip(members) {
            addresses[place] = EventAddress { segment, position };
        }
        context.bells.inbox(lane).notify_one();
    }
    Ok(addresses)
}

/// Stores requests at once, on the caller's own time, as the loop stores those that wait for it; returns their
/// addresses in the same order.
pub(crate) async fn store_now(context: &Context, requests: Vec<Request>) -> Result<Vec<EventAddress>> {
    let at = context.now();
    let received: Vec<Received> = requests.into_iter().map(|request| Received { request, at }).collect();
    let mut addresses = Vec::with_capacity(received.len());
    let mut rest = received.as_slice();
    while !rest.is_empty() {
        let (group, later) = rest.split_at(within_bytes(rest.iter().take(GROUP).map(|received| &received.request)));
        addresses.extend(append(context, group).await?);
        rest = later;
    }
    Ok(addresses)
}

/// Stores a request again that was stored before, so that it is processed anew. None when there is none at that
/// address.
pub(crate) async fn replay(context: &Context, address: EventAddress) -> Result<Option<EventAddress>> {
    let segment = context
        .database
        .read(address.segment, |number, tx| Box::pin(async move { inbox::find(tx, *number).await }))
        .await?;
    let request = segment.and_then(|segment| {
        let frame = frame::unpack(&segment.body)?.into_iter().nth(address.position as usize)?;
        Some(Request {
            integration: frame.integration,
            source: allclear_inbound::by_name(frame.source)?.name,
            dedup_key: frame.dedup_key.map(str::to_owned),
            body: Bytes::copy_from_slice(frame.body),
        })
    });
    match request {
        Some(request) => Ok(store_now(context, vec![request]).await?.into_iter().next()),
        None => Ok(None),
    }
}

/// A request and when it came.
struct Received {
    request: Request,
    at: Timestamp,
}

/// The requests of one lane, packed.
fn segment(lane: i64, group: &[Received], members: &[usize]) -> NewSegment {
    let frames = members.iter().map(|place| {
        let Received { request, at } = &group[*place];
        Frame {
            integration: request.integration,
            received_at: *at,
            source: request.source,
            dedup_key: request.dedup_key.as_deref(),
            body: &request.body,
        }
    });
    NewSegment {
        lane,
        received_at: members.first().map_or(Timestamp::UNIX_EPOCH, |first| group[*first].at),
        events: members.len() as i64,
        body: frame::pack(frames),
    }
}
