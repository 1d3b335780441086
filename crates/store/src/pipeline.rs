//! A transaction on PostgreSQL, with as few round trips as it can have: what nobody waits for, its beginning too, is
//! sent together with what comes next.

use std::task::Poll;

use deadpool_postgres::Object;
use futures_util::future::{join, try_join_all};
use futures_util::poll;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};

use crate::error::Result;
use crate::value::Encoded;

/// How many statements are sent together at the most. Up to 30, `try_join_all` starts each in its turn at the first
/// poll, before whatever is joined with it; above, it may stop on the way.
const TOGETHER: usize = 16;
/// Of a write, each statement sees what was committed before it, and waits for the rows that somebody else locks.
const WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
/// A read sees one moment.
const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// The transaction. When it is given up before its end, its connection goes with it, and the server takes it back.
pub(crate) struct Pipeline {
    /// Always there until the end.
    client: Option<Object>,
    /// Rows are locked by transactions that write, and only by those.
    pub(crate) locks: bool,
    /// What nobody has waited for yet.
    queue: Vec<Queued>,
    /// Something was sent, and neither a commit nor a rollback has come back.
    is_open: bool,
}

/// What is still to be sent.
enum Queued {
    Begin(&'static str),
    Statement { statement: Statement, parameters: Vec<Encoded> },
}

impl Pipeline {
    /// A transaction on this connection.
    pub(crate) fn new(client: Object, read_only: bool) -> Self {
        let begin = Queued::Begin(if read_only { READ } else { WRITE });
        Self { client: Some(client), locks: !read_only, queue: vec![begin], is_open: false }
    }

    fn client(&self) -> &Object {
        self.client.as_ref().expect("it goes with the transaction")
    }

    /// The statement, prepared once for each connection.
    pub(crate) async fn prepare(&self, sql: &str) -> Result<Statement> {
        Ok(self.client().prepare_cached(sql).await?)
    }

    /// Sends a statement with what comes next. What the database says of it, it says then.
    pub(crate) async fn push(&mut self, statement: Statement, parameters: Vec<Encoded>) -> Result<()> {
        if self.queue.len() == TOGETHER {
            self.is_open = true;
            let queue = std::mem::take(&mut self.queue);
            send(self.client(), &queue).await?;
        }
        self.queue.push(Queued::Statement { statement, parameters });
        Ok(())
    }

    pub(crate) async fn execute(&mut self, statement: &Statement, parameters: &[&(dyn ToSql + Sync)]) -> Result<u64> {
        let queue = self.take();
        let client = self.client();
        after(client, &queue, client.execute(statement, parameters)).await
    }

    pub(crate) async fn query(
        &mut self,
        statement: &Statement,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>> {
        let queue = self.take();
        let client = self.client();
        after(client, &queue, client.query(statement, parameters)).await
    }

    /// Commits it, with what is still to be sent.
    pub(crate) async fn commit(mut self) -> Result<()> {
        if !self.is_open && self.queue.len() == 1 {
            return Ok(());
        }
        let queue = self.take();
        let client = self.client();
        if !self.locks {
            // What was read is known; that its transaction is over as well, nobody has to wait for. It is sent with the
            // first poll, and whatever comes next on this connection comes after it.
            send(client, &queue).await?;
            let sent = {
                let mut commit = std::pin::pin!(client.batch_execute("COMMIT"));
                poll!(&mut commit)
            };
            if let Poll::Ready(Err(error)) = sent {
                return Err(error.into());
            }
            self.is_open = false;
            return Ok(());
        }
        // Where one of the queue failed, the server takes a commit for a rollback.
        after(client, &queue, client.batch_execute("COMMIT")).await?;
        self.is_open = false;
        Ok(())
    }

    /// Takes all of it back.
    pub(crate) async fn roll_back(mut self) {
        // A rollback that fails means a broken connection.
        if self.is_open && self.client().batch_execute("ROLLBACK").await.is_ok() {
            self.is_open = false;
        }
    }

    fn take(&mut self) -> Vec<Queued> {
        self.is_open = true;
        std::mem::take(&mut self.queue)
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        if self.is_open {
            // Out of the pool, and closed.
            drop(self.client.take().map(Object::take));
        }
    }
}

/// Sends what is in the queue and the statement behind it, and waits for all of it at once.
async fn after<T>(
    client: &Object,
    queue: &[Queued],
    statement: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
) -> Result<T> {
    let (sent, result) = join(send(client, queue), statement).await;
    // Where one of the queue failed, what follows fails only because of it.
    sent?;
    Ok(result?)
}

/// Sends all of these at once, [`TOGETHER`] at the most and one for the commit. They are run in this order.
async fn send(client: &Object, queue: &[Queued]) -> Result<()> {
    let sent = queue.iter().map(async |queued| match queued {
        Queued::Begin(begin) => client.batch_execute(begin).await,
        Queued::Statement { statement, parameters } => {
            let parameters: Vec<&(dyn ToSql + Sync)> = parameters.iter().map(|one| one as _).collect();
            client.execute(statement, &parameters).await.map(drop)
        }
    });
    try_join_all(sent).await?;
    Ok(())
}
