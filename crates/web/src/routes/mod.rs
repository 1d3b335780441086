//! The pages' routes: each says who may take it, reads what was asked for, asks the store and the engine, and hands
//! what it got to the page's template. Nothing is decided here.

mod assets;
mod cookies;
mod flash;
mod form;
mod guard;
mod incidents;
mod keys;
mod link;
mod mail_form;
mod now;
mod password;
mod peer;
mod preferences;
mod reader;
mod refused;
mod reply;
mod search;
mod setup;
mod sign_in;
mod slug;
mod view;
mod zones;

use allclear_core::access::Permission;

pub(crate) use self::assets::routes as assets;
pub(crate) use self::guard::guard;
pub(crate) use self::peer::Peer;
pub(crate) use self::reply::{nothing_here, problem_page};
use crate::app::App;
use crate::gate::{Access, Gate};
use crate::live;

const VIEW: Access = Access::May(Permission::View);
const ACT: Access = Access::May(Permission::ActOnIncidents);

/// All pages.
pub(crate) fn mount(app: &App) -> Gate {
    let gate = Gate::new(app);
    let gate = doors(gate);
    incident_pages(gate)
}

fn doors(gate: Gate) -> Gate {
    let set_up = Access::May(Permission::ManageSettings);
    gate.get("/login", Access::Public, sign_in::page)
        .post("/login", Access::Public, sign_in::sign_in)
        .post("/logout", Access::May(Permission::ManageOwnProfile), sign_in::sign_out)
        .post("/preferences/theme", VIEW, preferences::theme)
        .get("/setup", Access::Public, setup::open)
        .post("/setup", Access::Public, setup::create)
        .get("/setup/{token}", Access::Public, setup::by_token)
        .get("/setup/mail", set_up, setup::mail)
        .post("/setup/mail", set_up, setup::save_mail)
        .get("/setup/service", set_up, setup::service)
        .post("/setup/service", set_up, setup::create_service)
        .get("/setup/first-page", set_up, setup::first_page)
        .post("/setup/first-page", set_up, setup::page_me)
        .get("/setup/done", set_up, setup::done)
        .post("/setup/done", set_up, setup::finish)
        .get("/k/{token}", Access::ByLink, link::page)
        .post("/k/{token}", Access::ByLink, link::tap)
}

fn incident_pages(gate: Gate) -> Gate {
    let declare = Access::May(Permission::DeclareIncidents);
    gate.get("/", VIEW, now::page)
        .get("/live", VIEW, live::stream)
        .get("/search.json", VIEW, search::search)
        .get("/incidents", VIEW, incidents::list)
        .post("/incidents", declare, incidents::declare)
        .get("/incidents/new", declare, incidents::new)
        .post("/incidents/bulk", ACT, incidents::bulk)
        .get("/incidents/{reference}", VIEW, incidents::one)
        .post("/incidents/{reference}/{action}", ACT, incidents::act)
}
