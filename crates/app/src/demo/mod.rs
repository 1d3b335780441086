//! `allclear demo`: a company, its phones, and its troubles on buttons, with no account anywhere.
//!
//! Nothing in it is staged but the company: the server is the one of `allclear serve`, alerts come in through its
//! intake, pages leave it by SMTP and as signed webhooks, and the phones take them on real sockets.

mod company;
mod cut;
mod history;
mod stage;
mod trouble;

use std::net::SocketAddr;
use std::sync::Arc;

use allclear_core::actor::Actor;
use allclear_engine::host::Clock;
use allclear_engine::{Engine, Host, MasterKey};
use allclear_store::Database;
use allclear_web::{App, Options};
use allclear_world::Past;
use allclear_world::phones::Phones;
use anyhow::Context as _;
use clap::Args;

use self::stage::Stage;
use crate::logging;
use crate::outside::{NetworkCarrier, Networks, SystemClock, SystemRandom};
use crate::serve::{self, Serving};

/// How the demo is started.
#[derive(Debug, Clone, Args)]
pub(crate) struct Flags {
    /// The address to listen on; the demo is for this machine alone, so choose one of loopback.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// What to log.
    #[arg(long, value_name = "FILTER", default_value = "warn")]
    log: String,
}

/// Plays until it is told to stop. What it wrote goes with it.
pub(crate) fn demo(flags: &Flags) -> anyhow::Result<()> {
    if !flags.listen.ip().is_loopback() {
        anyhow::bail!("--listen: {} can be reached by others, and in the demo everybody is signed in", flags.listen);
    }
    logging::start(&flags.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run(flags.listen))
}

async fn run(listen: SocketAddr) -> anyhow::Result<()> {
    let folder = tempfile::Builder::new().prefix("allclear-demo-").tempdir().context("no folder can be made")?;
    let key = new_key();
    let listener = serve::listen(listen).await?;
    let address = format!("http://{}", listener.local_addr()?);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    eprintln!("\n  Living through the company's last week …");
    let database = Database::sqlite(folder.path().join("allclear.db"))?;
    let begin = clock.now() - history::LENGTH;
    let past = Past::begin(database.clone(), key.clone(), begin, 1).await?;
    company::found(past.engine()).await?;
    history::live_through(&past, clock.now()).await?;

    let (phones, _ringing) = Phones::switch_on(Arc::clone(&clock)).await.context("the phones cannot be switched on")?;
    let networks = Networks::new(vec!["127.0.0.0/8".parse().map_err(anyhow::Error::msg)?]);
    let carrier = Arc::new(NetworkCarrier::new(networks)?);
    let engine = Engine::new(database, Host { clock, random: Arc::new(SystemRandom), carrier, key }).await?;
    let (reached, settings) = (phones.clone(), address.clone());
    engine.configure(Actor::System, move |directory| Ok(cut::for_the_demo(directory, &reached, &settings))).await?;
    phones.trust(cut::secrets(&engine));

    let (intake, writing) = engine.intake();
    let options = Options { set_up_token: engine.maker().text(26), secure: false, framed: true };
    let app = App::new(engine.clone(), intake, options);
    let stage = Stage::new(app.clone(), engine.clone(), phones, address.clone()).await?;
    let router = allclear_web::router(app.clone()).merge(stage::routes(stage));
    eprintln!("\n  The demo is at {address}/demo (Ctrl-C ends it, and nothing is left of it)\n");
    Serving { engine, app, writing, router }.on(vec![(listener, None)]).await
}

fn new_key() -> MasterKey {
    use allclear_engine::host::Random as _;

    let mut bytes = [0; 32];
    SystemRandom.fill(&mut bytes);
    MasterKey::new(bytes)
}
