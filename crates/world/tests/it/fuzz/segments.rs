//! The frames of a segment: what a disk may make of them.

use allclear_core::id::IntegrationId;
use allclear_engine::{Frame, pack, unpack};
use allclear_inbound::Raw;
use allclear_world::fuzz::Cases;
use jiff::Timestamp;
use uuid::Uuid;

use super::payloads;

fn segments() -> Vec<Vec<u8>> {
    let bodies = payloads();
    let frame = |(number, body): (usize, &'_ Vec<u8>)| {
        let source = allclear_inbound::ALL[number % allclear_inbound::ALL.len()].name;
        (IntegrationId::new(Uuid::from_u128(number as u128)), source, body.clone())
    };
    let frames: Vec<_> = bodies.iter().enumerate().map(frame).collect();
    let pack_some = |some: &[(IntegrationId, &'static str, Vec<u8>)]| {
        pack(some.iter().map(|(integration, source, body)| Frame {
            integration: *integration,
            received_at: Timestamp::UNIX_EPOCH,
            source,
            dedup_key: (body.len() % 2 == 0).then_some("made"),
            body,
        }))
    };
    frames.chunks(3).map(pack_some).collect()
}

#[test]
fn segments_are_read_as_they_were_packed_or_not_at_all() {
    let corpus = segments();
    for case in Cases::of(&corpus, 3_000) {
        case.check(|segment| {
            let Some(frames) = unpack(segment) else { return };
            // Every byte means something: what was read is packed to the same ones.
            assert_eq!(pack(frames.iter().copied()), segment);
            for frame in frames {
                let Some(source) = allclear_inbound::by_name(frame.source) else { continue };
                let raw = Raw { body: frame.body, dedup_key: frame.dedup_key, received_at: frame.received_at };
                (source.parse)(&raw);
            }
        });
    }
}
