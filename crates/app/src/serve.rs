//! `allclear serve`.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use allclear_core::actor::Actor;
use allclear_core::directory::{Change, Organisation};
use allclear_core::limits;
use allclear_engine::{Engine, Host, Loops};
use allclear_web::{App, Options, server};
use anyhow::Context as _;
use axum::Router;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::logging;
use crate::outside::{NetworkCarrier, SystemClock, SystemRandom};
use crate::settings::Settings;

/// How long a graceful stop waits for messages that are under way: with the requests, which have 5 s, less than the 10
/// s after which most supervisors kill.
const LAST_WORDS: Duration = Duration::from_secs(4);

/// Runs the server until it is told to stop.
pub(crate) fn serve(settings: Settings) -> anyhow::Result<()> {
    logging::start(&settings.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run(settings))
}

async fn run(settings: Settings) -> anyhow::Result<()> {
    raise_file_limit();
    // Whatever could stop the start comes before the database is touched.
    let mut listeners = Vec::new();
    let listener = listen(settings.listen).await?;
    let at = reached_at(listener.local_addr()?);
    let scheme = if settings.tls.is_some() { "https" } else { "http" };
    let secure = settings.tls.is_some() || settings.address.as_deref().is_some_and(|url| url.starts_with("https:"));
    let tls = settings.tls.map(|(certificate, key)| server::TlsFiles { certificate, key }.open()).transpose()?;
    listeners.push((listener, tls));
    if let Some(plain) = settings.listen_plain {
        listeners.push((listen(plain).await?, None));
    }
    let (database, key) = settings.home.open_with_key().await?;
    let host = Host {
        clock: Arc::new(SystemClock::default()),
        random: Arc::new(SystemRandom),
        carrier: Arc::new(NetworkCarrier::new(settings.networks.clone())?),
        key,
    };
    let engine = Engine::new(database, host).await?;
    let local = format!("{scheme}://{at}");
    settle_address(&engine, settings.address.clone(), &local, settings.listen.ip()).await?;
    let (intake, writing) = engine.intake();
    let set_up_token = engine.maker().text(26);
    let options = Options { set_up_token: set_up_token.clone(), secure, framed: false };
    let app = App::new(engine.clone(), intake, options);
    let router = allclear_web::router(app.clone());
    announce(&engine, &local, &set_up_token);

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
    pub(crate) async fn on(self, listeners: Vec<(TcpListener, Option<server::Tls>)>) -> anyhow::Result<()> {
        let Self { engine, app, writing, router } = self;
        let mut loops = Loops::start(&engine);
        let mut writing = tokio::spawn(writing);
        let streams = app.streams();
        let mut background = tokio::spawn(allclear_web::background(app));
        let (stop, stopped) = watch::channel(false);
        let waited = |mut stopped: watch::Receiver<bool>| async move {
            stopped.wait_for(|stop| *stop).await.ok();
        };
        let mut servers = JoinSet::new();
        for (listener, tls) in listeners {
            let clock = Arc::clone(engine.clock());
            servers.spawn(server::serve(listener, router.clone(), tls, clock, waited(stopped.clone())));
        }
        // The servers alone hold the way in, so that it is gone when they are.
        drop(router);
        // A server of which a part has broken down would go on answering and page nobody. Whoever watches it starts
        // it again, and everything that is stored goes on.
        let broken = tokio::select! {
            () = signal() => None,
            () = loops.broken() => Some("a loop of the engine"),
            _ = &mut writing => Some("the intake"),
            _ = &mut background => Some("the live updates"),
            _ = servers.join_next() => Some("the server"),
        };
        match broken {
            None => tracing::info!("stopping: no new requests; finishing what is under way"),
            Some(part) => tracing::error!(part, "a part has broken down; stopping"),
        }
        stop.send(true).ok();
        streams.end();
        let finished = finish(servers, background, writing, loops, &engine);
        tokio::select! {
            () = finished => tracing::info!("stopped"),
            () = signal() => tracing::warn!("stopped at once; what was under way is sent again after the next start"),
        }
        broken.map_or(Ok(()), |part| Err(anyhow::anyhow!("{part} has broken down; the log says why")))
    }
}

/// Finishes what is under way, from the outside in.
async fn finish(
    mut servers: JoinSet<()>,
    background: JoinHandle<()>,
    writing: JoinHandle<()>,
    loops: Loops,
    engine: &Engine,
) {
    while servers.join_next().await.is_some() {}
    background.abort();
    // The last way in is gone, so this ends once everything that came in is on the disk. Where it has broken down, its
    // end was seen already.
    if !writing.is_finished() {
        writing.await.ok();
    }
    tokio::select! {
        () = loops.stop() => {}
        () = engine.clock().sleep(LAST_WORDS) => {
            tracing::warn!("some messages are still under way; they are sent again after the next start");
        }
    }
}

/// Lets this process have as many open files as it may, and says so where that is less than the connections that are
/// let in: the usual limit of 1,024 was made for programs of another kind.
fn raise_file_limit() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current < maximum || maximum.is_none() {
        setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).ok();
    }
    let may = getrlimit(Resource::Nofile).current;
    if let Some(files) = may.filter(|files| *files < 2 * limits::CONNECTIONS as u64) {
        tracing::warn!(files, "few files may be open at one time; raise the limit (ulimit -n, LimitNOFILE)");
    }
}

pub(crate) async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let listening = TcpListener::bind(address).await;
    listening.with_context(|| format!("{address} cannot be listened on; is another server running? (--listen)"))
}

/// The address that links in pages start with: the one that was given, or else the one that is listened on, until an
/// admin sets another one.
async fn settle_address(engine: &Engine, given: Option<String>, local: &str, listen: IpAddr) -> anyhow::Result<()> {
    let known = engine.directory().organisation.address.clone();
    if listen.is_unspecified() && known.is_none() && given.is_none() {
        tracing::warn!("links in pages would lead nowhere: say with --address where people reach this server");
        return Ok(());
    }
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

/// Where somebody on this machine reaches a server that listens there.
fn reached_at(address: SocketAddr) -> String {
    if address.ip().is_unspecified() { format!("localhost:{}", address.port()) } else { address.to_string() }
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
