//! Notices from node to node, by PostgreSQL's `LISTEN` and `NOTIFY`. A hint and no more: whoever hears one reads what
//! is stored, and whoever was away takes it that everything may have changed.

use std::future::poll_fn;

use tokio::sync::mpsc;
use tokio_postgres::{AsyncMessage, Client, Config};

use crate::error::Result;
use crate::tls::Tls;

/// The channel, the same for all nodes.
const LISTEN: &str = "LISTEN allclear";
/// How many notices may wait to be heard; whoever is slower than that starts anew.
const WAITING: usize = 1_024;

/// The longest notice, in bytes: PostgreSQL takes fewer than 8,000 (its manual, NOTIFY).
pub const LONGEST: usize = 7_900;

/// What other nodes say from now on, and this one as well.
pub struct Notices {
    heard: mpsc::Receiver<String>,
    /// The connection ends with it.
    _client: Client,
}

impl std::fmt::Debug for Notices {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Notices")
    }
}

impl Notices {
    /// Listens on a connection of its own.
    pub(crate) async fn open(config: &Config, tls: Tls) -> Result<Self> {
        let (client, mut connection) = config.connect(tls).await?;
        let (tell, heard) = mpsc::channel(WAITING);
        // Ends with the client, with the connection, or when nobody keeps up with what is heard.
        tokio::spawn(async move {
            while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
                if let AsyncMessage::Notification(notice) = message
                    && tell.try_send(notice.payload().to_owned()).is_err()
                {
                    return;
                }
            }
        });
        client.batch_execute(LISTEN).await?;
        Ok(Self { heard, _client: client })
    }

    /// The next notice. None once the connection is lost: then listen anew, and take it that something was missed.
    pub async fn next(&mut self) -> Option<String> {
        self.heard.recv().await
    }
}
