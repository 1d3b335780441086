//! `allclear serve`.

use std::sync::Arc;

use allclear_core::actor::Actor;
use allclear_core::directory::{Change, Organisation};
use allclear_engine::{Engine, Host, Loops};
use allclear_web::{App, Options, server};
use anyhow::Context as _;
use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::logging;
use crate::outside::{NetworkCarrier, SystemClock, SystemRandom};
use crate::settings::Settings;

/// Runs the server until it is told to stop.
pub(crate) fn serve(settings: Settings) -> anyhow::Result<()> {
    logging::start(&settings.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run(settings))
}

async fn run(settings: Settings) -> anyhow::Result<()> {
    let key = settings.home.key_or_new()?;
    let database = settings.home.open().await?;
    let listener = listen(settings.listen).await?;
    let host = Host {
        clock: Arc::new(SystemClock::default()),
        random: Arc::new(SystemRandom),
        carrier: Arc::new(NetworkCarrier::new(settings.networks.clone())?),
        key,
    };
    let engine = Engine::new(database, host).await?;
    let scheme = if settings.tls.is_some() { "https" } else { "http" };
    let local = format!("{scheme}://{}", listener.local_addr()?);
    settle_address(&engine, settings.address.clone(), &local).await?;
    let (intake, writing) = engine.intake();
    let set_up_token = engine.maker().text(26);
    let secure = settings.tls.is_some() || settings.address.as_deref().is_some_and(|url| url.starts_with("https:"));
    let options = Options { set_up_token: set_up_token.clone(), secure, framed: false };
    let app = App::new(engine.clone(), intake, options);
    let router = allclear_web::router(app.clone());
    announce(&engine, &local, &set_up_token);

    let tls = settings.tls.map(|(certificate, key)| server::TlsFiles { certificate, key });
    let mut listeners = vec![(listener, tls)];
    if let Some(plain) = settings.listen_plain {
        listeners.push((listen(plain).await?, None));
    }
    Serving { engine, app, writing, router }.on(listeners).await
}

/// A server that is ready to answer.
pub(crate) struct Serving<W> {
    pub(crate) engine: Engine,
    pub(crate) app: App,
    /// The loop behind the intake.
    pub(crate) writing: W,
    pub(crate) router: Router,
}

impl<W: Future<Output = ()> + Send + 'static> Serving<W> {
    /// Serves on these until a signal comes, then finishes what is under way.
    pub(crate) async fn on(self, listeners: Vec<(TcpListener, Option<server::TlsFiles>)>) -> anyhow::Result<()> {
        let Self { engine, app, writing, router } = self;
        let loops = Loops::start(&engine);
        let writing = tokio::spawn(writing);
        let background = tokio::spawn(allclear_web::background(app));
        let (stop, stopped) = watch::channel(false);
        let waited = |mut stopped: watch::Receiver<bool>| async move {
            stopped.wait_for(|stop| *stop).await.ok();
        };
        let mut servers = tokio::task::JoinSet::new();
        for (listener, tls) in listeners {
            let clock = Arc::clone(engine.clock());
            servers.spawn(server::serve(listener, router.clone(), tls, clock, waited(stopped.clone())));
        }
        // The servers alone hold the way in, so that it is gone when they are.
        drop(router);
        tokio::select! {
            () = signal() => tracing::info!("stopping: no new requests; finishing what is under way"),
            Some(ended) = servers.join_next() => ended??,
        }
        stop.send(true).ok();
        while let Some(ended) = servers.join_next().await {
            ended??;
        }
        background.abort();
        background.await.ok();
        // The last way in is gone, so this ends once everything that came in is on the disk.
        writing.await?;
        loops.stop().await;
        tracing::info!("stopped");
        Ok(())
    }
}

pub(crate) async fn listen(address: std::net::SocketAddr) -> anyhow::Result<TcpListener> {
    let listening = TcpListener::bind(address).await;
    listening.with_context(|| format!("{address} cannot be listened on; is another server running? (--listen)"))
}

/// The address that links in pages start with: the one that was given, or else the one that is listened on, until an
/// admin sets another one.
async fn settle_address(engine: &Engine, given: Option<String>, local: &str) -> anyhow::Result<()> {
    let known = engine.directory().organisation.address.clone();
    let wanted = given.or_else(|| known.is_none().then(|| local.to_owned()));
    let Some(wanted) = wanted.filter(|wanted| known.as_deref() != Some(wanted)) else { return Ok(()) };
    engine
        .configure(Actor::System, |directory| {
            let organisation = Organisation { address: Some(wanted.clone()), ..(*directory.organisation).clone() };
            Ok(vec![Change::Organisation(organisation)])
        })
        .await?;
    Ok(())
}

/// Says where to go.
fn announce(engine: &Engine, local: &str, set_up_token: &str) {
    if engine.directory().users().next().is_none() {
        eprintln!("\n  Welcome to Allclear. Set it up here, in five minutes:\n\n    {local}/setup/{set_up_token}\n");
    } else {
        eprintln!("\n  Allclear is at {local}\n");
    }
    tracing::info!(address = local, database = engine.database().name(), "ready");
}

async fn signal() {
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(error) => {
            tracing::warn!(%error, "the signal to stop cannot be waited for; use Ctrl-C");
            tokio::signal::ctrl_c().await.ok();
            return;
        }
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
