//! What one node does is heard on another, also after the connection between them was lost.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::incident::Input;
use allclear_core::severity::Severity;
use allclear_engine::{Changed, Loops};
use allclear_store::Database;
use tokio::sync::broadcast::Receiver;

use crate::place::{Home, by, connect, everywhere, node, pause};

/// Waits until a change of this kind is told.
async fn told(changes: &mut Receiver<Arc<Changed>>, wanted: impl Fn(&Changed) -> bool) {
    let waiting = async {
        while let Ok(changed) = changes.recv().await {
            if wanted(&changed) {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting).await.expect("it is told");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_one_node_hear_what_another_did() {
    everywhere(async |place| {
        let Home::Server(url) = &place.home else { return };
        let other = node(&place.clock, &place.outside, Database::postgres(url).await.unwrap()).await;
        let (here, there) = (Loops::start(&place.engine), Loops::start(&other));
        // Until both listen, and have caught up with the configuration.
        let mut changes = other.changes();
        while other.directory().version != place.engine.directory().version {
            pause(Duration::from_millis(20)).await;
        }
        pause(Duration::from_millis(1_000)).await;
        let incident = place.declare(Severity::Sev3).await;
        told(&mut changes, |changed| changed.incidents.contains(&incident)).await;

        // The connections are lost; a change that nobody could hear of is made up for.
        let administrator = connect(url).await;
        let killed = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                      WHERE query LIKE 'LISTEN%' AND datname = current_database()";
        assert_eq!(administrator.query(killed, &[]).await.unwrap().len(), 2);
        place.engine.act(incident, by(1), Input::Acknowledge).await.unwrap();
        told(&mut changes, |changed| changed.everything).await;
        let another = place.declare(Severity::Sev3).await;
        told(&mut changes, |changed| changed.incidents.contains(&another)).await;
        here.stop().await;
        there.stop().await;
    })
    .await;
}
