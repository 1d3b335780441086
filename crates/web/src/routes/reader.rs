//! The reader of a page: who they are, what time it is for them, and what every page shows them.

use std::sync::Arc;

use allclear_core::access::Permission;
use allclear_core::actor::Actor;
use allclear_core::directory::{Directory, User};
use allclear_core::id::UserId;
use allclear_core::sentence::Names;
use allclear_core::zone::Zone;
use allclear_engine::Engine;
use allclear_store::incidents::{self, Ringing};
use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use jiff::Timestamp;

use super::cookies::{FLASH, THEME};
use super::flash::Flash;
use super::reply::{Reply, go_saying, html, with_cookie};
use crate::app::App;
use crate::auth::Visitor;
use crate::pages::{COUNTED, Clock, Person, Section, Shell, Theme, When, Yours};
use crate::problem::Problem;

/// How many of the incidents that page the reader are looked at for the worst of them.
const RINGING: i64 = 200;

/// Whoever looks at a page.
pub(super) struct Reader {
    pub(super) app: App,
    pub(super) visitor: Visitor,
    pub(super) user: Arc<User>,
    /// The configuration at this moment: one page shows one version of it.
    pub(super) directory: Arc<Directory>,
    pub(super) clock: Clock,
    path: String,
    theme: Theme,
    flash: Option<Flash>,
}

/// Where things stand: what the frame around every page shows.
pub(super) struct Standing {
    /// How many incidents nobody has acknowledged.
    pub(super) triggered: u64,
    /// How many are open.
    pub(super) open: u64,
    /// How many are open, by status.
    pub(super) counts: Vec<(String, i64)>,
    /// What pages the reader while nobody has acknowledged it.
    ringing: Option<Ringing>,
}

impl FromRequestParts<App> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let visitor = Visitor::from_request_parts(parts, app).await?;
        let missing = || Problem::new(StatusCode::UNAUTHORIZED, "Sign in first.");
        let user = visitor.user.clone().ok_or_else(missing)?;
        let (engine, secure) = (app.engine(), app.0.secure);
        let directory = engine.directory();
        let zone = user.time_zone.clone().unwrap_or_else(|| directory.organisation.time_zone.clone());
        let theme = THEME.read(&parts.headers, secure).and_then(theme_of).unwrap_or_default();
        Ok(Self {
            clock: Clock { now: engine.now(), zone },
            path: parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            flash: FLASH.read(&parts.headers, secure).and_then(|kept| Flash::open(engine, kept)),
            app: app.clone(),
            visitor,
            user,
            directory,
            theme,
        })
    }
}

/// The theme of its value in a form or a cookie.
pub(super) fn theme_of(value: &str) -> Option<Theme> {
    Theme::ALL.into_iter().find(|theme| theme.value() == value)
}

impl Reader {
    pub(super) fn engine(&self) -> &Engine {
        self.app.engine()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now
    }

    pub(super) fn zone(&self) -> &Zone {
        &self.clock.zone
    }

    /// The names of things, for sentences.
    pub(super) fn names(&self) -> Names<'_> {
        Names::new(&self.directory, &self.clock.zone)
    }

    pub(super) fn may(&self, permission: Permission) -> bool {
        self.visitor.may(permission)
    }

    pub(super) fn actor(&self) -> Actor {
        self.visitor.actor()
    }

    pub(super) fn when(&self, at: Timestamp) -> When {
        self.clock.when(at)
    }

    /// A person as this reader sees them.
    pub(super) fn person(&self, id: UserId) -> Person {
        let known = self.directory.user(id);
        Person {
            slug: known.map_or_else(String::new, |user| user.slug.clone()),
            name: self.names().person(id).to_owned(),
            is_reader: id == self.user.id,
        }
    }

    pub(super) fn people(&self, ids: &[UserId]) -> Vec<Person> {
        ids.iter().map(|id| self.person(*id)).collect()
    }

    /// Where things stand now.
    pub(super) async fn standing(&self) -> Result<Standing, Problem> {
        let read = self.engine().database().read(self.user.id, |user, tx| {
            Box::pin(async move {
                let counts = incidents::open_counts_up_to(tx, COUNTED).await?;
                Ok((counts, incidents::ringing(tx, *user, RINGING).await?))
            })
        });
        let (counts, ringing) = read.await?;
        let sum = |wanted: Option<&str>| {
            let of_status = counts.iter().filter(|(status, _)| wanted.is_none_or(|wanted| wanted == status));
            of_status.map(|(_, count)| count.unsigned_abs()).sum()
        };
        Ok(Standing { triggered: sum(Some("triggered")), open: sum(None), counts, ringing })
    }

    /// The frame of a page.
    pub(super) async fn shell(&self, title: impl Into<String>, section: Section) -> Result<Shell, Problem> {
        Ok(self.shell_with(&self.standing().await?, title, section))
    }

    /// The frame of a page that has asked how things stand itself.
    pub(super) fn shell_with(&self, standing: &Standing, title: impl Into<String>, section: Section) -> Shell {
        Shell {
            title: title.into(),
            section,
            organisation: self.directory.organisation.name.clone(),
            reader: self.person(self.user.id),
            caller: self.visitor.caller,
            csrf: self.visitor.csrf().to_owned(),
            path: self.path.clone(),
            theme: self.theme,
            clock: self.clock.clone(),
            triggered: standing.triggered,
            yours: standing.ringing.clone().map(yours),
            flashes: self.flash.clone().into_iter().map(Into::into).collect(),
        }
    }

    /// Shows a page. What was said on it is not said again.
    pub(super) fn show(&self, page: &impl Template) -> Reply {
        self.show_as(StatusCode::OK, page)
    }

    /// Shows a form again that was refused.
    pub(super) fn refuse(&self, page: &impl Template) -> Reply {
        self.show_as(StatusCode::UNPROCESSABLE_ENTITY, page)
    }

    fn show_as(&self, status: StatusCode, page: &impl Template) -> Reply {
        let response = html(status, page)?;
        Ok(if self.flash.is_some() { with_cookie(response, &FLASH.remove(self.app.0.secure)) } else { response })
    }

    /// Goes on there, where this is said once.
    pub(super) fn go_saying(&self, location: &str, flash: &Flash) -> Response {
        go_saying(&self.app, location, flash)
    }
}

/// The red banner.
fn yours(ringing: Ringing) -> Yours {
    let others = u32::try_from(ringing.count.saturating_sub(1)).unwrap_or(u32::MAX);
    Yours { reference: ringing.reference, title: ringing.title, others }
}
