//! The first step: the organisation and its first admin.

use allclear_core::actor::Actor;
use allclear_core::directory::{Change, ContactMethod, Object, Organisation, Problem as Refused, Role, User};
use allclear_core::id::{ContactMethodId, UserId};
use allclear_core::limits;
use allclear_core::zone::Zone;
use allclear_engine::{Engine, check_address};
use allclear_store::passwords;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use subtle::ConstantTimeEq;

use super::super::cookies::SET_UP;
use super::super::form::{Form, Problems, guest_csrf};
use super::super::password;
use super::super::refused::beside_fields;
use super::super::reply::{Reply, go, html, with_cookie};
use super::super::{sign_in, zones};
use crate::address::web_address;
use crate::app::App;
use crate::auth::hash_password;
use crate::pages::{FieldProblem, SetupOrganisationPage};
use crate::problem::Problem;

/// What the signature of the cookie is for.
const PURPOSE: &str = "set-up";

fn is_done(app: &App) -> bool {
    app.engine().directory().users().next().is_some()
}

/// Whether that is the token that the server printed.
fn opens(app: &App, token: &str) -> bool {
    bool::from(app.0.set_up_token.as_bytes().ct_eq(token.as_bytes()))
}

/// Whether this browser has shown the token before.
fn is_open(app: &App, headers: &HeaderMap) -> bool {
    let kept = SET_UP.read(headers, app.0.secure).and_then(|kept| app.engine().key().read_text(PURPOSE, kept));
    kept.is_some_and(|token| opens(app, &token))
}

/// The page, where the token is still to be typed in.
pub(in crate::routes) async fn open(State(app): State<App>, headers: HeaderMap) -> Reply {
    if is_done(&app) {
        return Ok(go("/"));
    }
    let typed = Typed::of(&app, &Form::default());
    show(&app, &headers, StatusCode::OK, &typed, !is_open(&app, &headers), Vec::new())
}

/// The address that the server prints.
pub(in crate::routes) async fn by_token(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Reply {
    if is_done(&app) {
        return Ok(go("/"));
    }
    if !opens(&app, &token) {
        return Err(Problem::not_found("set-up; the server prints the right address when it starts"));
    }
    let typed = Typed::of(&app, &Form::default());
    let response = show(&app, &headers, StatusCode::OK, &typed, false, Vec::new())?;
    let kept = app.engine().key().sign_text(PURPOSE, &token);
    Ok(with_cookie(response, &SET_UP.set(&kept, app.0.secure)))
}

/// What was typed, so far as it is shown again.
struct Typed {
    organisation: String,
    address: String,
    time_zone: String,
    name: String,
    login: String,
    email: String,
}

impl Typed {
    fn of(app: &App, form: &Form) -> Self {
        let organisation = app.engine().directory().organisation.clone();
        let or = |field: &str, otherwise: String| {
            if form.text(field).is_empty() { otherwise } else { form.text(field).to_owned() }
        };
        Self {
            organisation: or("organisation", organisation.name.clone()),
            address: or("address", organisation.address.clone().unwrap_or_default()),
            time_zone: or("time_zone", organisation.time_zone.name().to_owned()),
            name: form.text("name").to_owned(),
            login: form.text("login").to_lowercase(),
            email: form.text("email").to_owned(),
        }
    }
}

fn show(
    app: &App,
    headers: &HeaderMap,
    status: StatusCode,
    typed: &Typed,
    wants_key: bool,
    problems: Vec<FieldProblem>,
) -> Reply {
    let (csrf, cookie) = guest_csrf(app, headers, None);
    let page = SetupOrganisationPage {
        csrf,
        wants_key,
        organisation: typed.organisation.clone(),
        address: typed.address.clone(),
        time_zones: zones::choices(&typed.time_zone),
        name: typed.name.clone(),
        login: typed.login.clone(),
        email: typed.email.clone(),
        problems,
    };
    let response = html(status, &page)?;
    Ok(match cookie {
        Some(cookie) => with_cookie(response, &cookie),
        None => response,
    })
}

/// The form.
pub(in crate::routes) async fn create(State(app): State<App>, headers: HeaderMap, form: Form) -> Reply {
    if is_done(&app) {
        return Ok(go("/"));
    }
    let knows = is_open(&app, &headers) || opens(&app, form.text("key"));
    let typed = Typed::of(&app, &form);
    let again = |problems| show(&app, &headers, StatusCode::UNPROCESSABLE_ENTITY, &typed, !knows, problems);
    let mut problems = Problems::default();
    if !knows {
        problems.add("key", "That is not the key that the server printed when it started. Copy it from its log.");
    }
    let Some((organisation, admin)) = read(app.engine(), &form, &typed, &mut problems) else {
        return again(problems.into_list());
    };
    let Some(hash) = hash_password(form.raw("password").to_owned()).await else {
        return Err(form.keep(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "The password could not be hashed.")));
    };
    match store(app.engine(), organisation, &admin, hash).await? {
        Ok(()) => begin(&app, &headers, &admin).await,
        Err(problems) => again(problems),
    }
}

async fn begin(app: &App, headers: &HeaderMap, admin: &User) -> Result<Response, Problem> {
    let response = sign_in::begin(app, headers, admin, true, "/setup/mail").await?;
    Ok(with_cookie(response, &SET_UP.remove(app.0.secure)))
}

fn read(engine: &Engine, form: &Form, typed: &Typed, problems: &mut Problems) -> Option<(Organisation, User)> {
    problems.needed(form, "organisation", "The organisation's name", limits::NAME_CHARACTERS);
    problems.needed(form, "name", "Your name", limits::NAME_CHARACTERS);
    problems.needed(form, "login", "The login", limits::SLUG_CHARACTERS);
    let zone = problems.take("time_zone", typed.time_zone.parse::<Zone>());
    let address = problems.take("address", web_address(form.text("address")));
    let email = problems.take("email", check_address("email", &typed.email));
    // An address that will not do is said so; what the password has in common with it does not matter then.
    let mail = email.clone().unwrap_or_default();
    let id = || engine.maker().id(engine.now());
    let contact = ContactMethod {
        id: ContactMethodId::new(id()),
        name: "mail".to_owned(),
        channel: "email".to_owned(),
        address: mail.clone(),
        verified_at: None,
    };
    let admin = User {
        id: UserId::new(id()),
        slug: typed.login.clone(),
        name: typed.name.clone(),
        email: mail,
        role: Role::Admin,
        time_zone: None,
        teams: Vec::new(),
        skills: Vec::new(),
        contacts: vec![contact],
        high_urgency: Vec::new(),
        low_urgency: Vec::new(),
        time_off: Vec::new(),
        silent_handovers: false,
        holidays: None,
        suspended: false,
    };
    password::check(form, "password", &admin, problems);
    let (name, time_zone, address) = (typed.organisation.clone(), zone?, address?);
    problems
        .is_empty()
        .then_some((Organisation { name, time_zone, address: Some(address), ..Organisation::default() }, admin))
}

/// Stores all of it, unless somebody else was faster.
async fn store(
    engine: &Engine,
    organisation: Organisation,
    admin: &User,
    hash: String,
) -> Result<Result<(), Vec<FieldProblem>>, Problem> {
    let (now, user) = (engine.now(), admin.id);
    // First, so that there is never an admin who cannot sign in.
    engine.database().write(hash, move |hash, tx| Box::pin(passwords::put(tx, now, user, hash))).await?;
    let plan = |directory: &allclear_core::directory::Directory| {
        if directory.users().next().is_some() {
            let message = "Somebody else has just set it up. Sign in instead.".to_owned();
            return Err(vec![Refused { field: "login".to_owned(), message }]);
        }
        let mail = directory.organisation.mail.clone();
        let organisation = Organisation { mail, ..organisation.clone() };
        Ok(vec![Change::Organisation(organisation), Change::Put(Object::from(admin.clone()))])
    };
    let Err(error) = engine.configure(Actor::System, plan).await else { return Ok(Ok(())) };
    engine.database().write(user, |user, tx| Box::pin(passwords::remove(tx, *user))).await?;
    let field = |place: &str| if place == "slug" { "login".to_owned() } else { place.to_owned() };
    beside_fields(error, field).map(Err)
}
