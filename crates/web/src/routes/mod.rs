//! The pages' routes: each says who may take it, reads what was asked for, asks the store and the engine, and hands
//! what it got to the page's template. Nothing is decided here.

mod alerts;
mod assets;
mod calendar_links;
mod cookies;
mod cover;
mod deliveries;
mod flash;
mod form;
mod guard;
mod handoff;
mod holidays;
mod inbox;
mod incidents;
mod integrations;
mod keys;
mod link;
mod load;
mod mail_form;
mod messages;
mod now;
mod on_call;
mod password;
mod peer;
mod people;
mod policies;
mod preferences;
mod reader;
mod readiness;
mod refused;
mod reply;
mod saved;
mod schedules;
mod search;
mod services;
mod settings;
mod setup;
mod sign_in;
mod simulation;
mod slug;
mod suppressions;
mod teams;
mod view;
mod zones;

use allclear_core::access::Permission;
use allclear_core::directory::Kind;

pub(crate) use self::assets::routes as assets;
pub(crate) use self::guard::{guard, guard_intake};
pub use self::peer::Peer;
pub(crate) use self::peer::address;
pub use self::people::password_link;
pub(crate) use self::reply::{not_allowed, nothing_here, problem_page};
use crate::app::App;
use crate::gate::{Access, Gate};
use crate::live;

const VIEW: Access = Access::May(Permission::View);
const ACT: Access = Access::May(Permission::ActOnIncidents);

/// All pages.
pub(crate) fn mount(app: &App) -> Gate {
    let gate = Gate::new(app);
    let gate = doors(gate);
    let gate = incident_pages(gate);
    let gate = on_call_pages(gate);
    let gate = service_pages(gate);
    let gate = people_pages(gate);
    settings_pages(gate)
}

const OWN: Access = Access::May(Permission::ManageOwnProfile);

const fn manage(kind: Kind) -> Access {
    Access::May(Permission::Manage(kind))
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
        .get("/c/{token}", Access::ByLink, cover::link_page)
        .post("/c/{token}", Access::ByLink, cover::link_tap)
        .get("/h/{token}", Access::ByLink, handoff::link_page)
        .post("/h/{token}", Access::ByLink, handoff::link_note)
        .get("/calendars/{file}", Access::ByLink, calendar_links::feed)
        .get("/welcome/{token}", Access::Public, people::invited)
        .post("/welcome/{token}", Access::Public, people::accept)
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
        .get("/incidents/{reference}/why", VIEW, incidents::why)
        .post("/incidents/{reference}/{action}", ACT, incidents::act)
        .get("/alerts", VIEW, alerts::list)
        .get("/alerts/{id}", VIEW, alerts::one)
        .get("/suppressions", VIEW, suppressions::list)
        .post("/suppressions", ACT, suppressions::create)
        .get("/suppressions/new", ACT, suppressions::new)
        .post("/suppressions/{id}/end", ACT, suppressions::end)
        .get("/deliveries", VIEW, deliveries::list)
        .get("/deliveries/{id}", VIEW, deliveries::one)
        .post("/deliveries/{id}/retry", ACT, deliveries::retry)
}

fn on_call_pages(gate: Gate) -> Gate {
    let (schedule, policy) = (manage(Kind::Schedule), manage(Kind::Policy));
    // Whoever is on a schedule may plan overrides; the routes look who it is.
    let override_ = Access::May(Permission::ManageOwnContacts);
    let cover_ = Access::May(Permission::PlanCover);
    gate.get("/on-call", VIEW, on_call::page)
        .get("/on-call/load", VIEW, load::page)
        .get("/on-call/load.csv", VIEW, load::download)
        .get("/on-call/holidays", VIEW, holidays::page)
        .get("/readiness", VIEW, readiness::page)
        .get("/simulation", VIEW, simulation::page)
        .get("/schedules", VIEW, on_call::schedules)
        .post("/schedules", schedule, schedules::create)
        .get("/schedules/new", schedule, schedules::new)
        .get("/schedules/{slug}", VIEW, schedules::one)
        .post("/schedules/{slug}", schedule, schedules::save)
        .get("/schedules/{slug}/edit", schedule, schedules::edit)
        .post("/schedules/{slug}/calendar-links", OWN, calendar_links::share_schedule)
        .post("/schedules/{slug}/calendar-links/{id}/revoke", OWN, calendar_links::revoke_of_schedule)
        .post("/people/{slug}/calendar-links", OWN, calendar_links::share_person)
        .post("/people/{slug}/calendar-links/{id}/revoke", OWN, calendar_links::revoke_of_person)
        .post("/schedules/{slug}/overrides", override_, schedules::add_override)
        .post("/schedules/{slug}/overrides/{id}/remove", override_, schedules::remove_override)
        .post("/schedules/{slug}/handoff-notes", cover_, handoff::add_note)
        .post("/schedules/{slug}/handovers", schedule, handoff::tell)
        .get("/cover", VIEW, cover::page)
        .post("/cover", cover_, cover::ask)
        .post("/cover/{id}/accept", cover_, cover::accept)
        .post("/cover/{id}/decline", cover_, cover::decline)
        .post("/cover/{id}/withdraw", cover_, cover::withdraw)
        .get("/policies", VIEW, policies::list)
        .post("/policies", policy, policies::create)
        .get("/policies/new", policy, policies::new)
        .get("/policies/{slug}", VIEW, policies::one)
        .post("/policies/{slug}", policy, policies::save)
        .get("/policies/{slug}/edit", policy, policies::edit)
        .post("/policies/{slug}/apply", policy, policies::apply)
}

fn service_pages(gate: Gate) -> Gate {
    let (service, integration) = (manage(Kind::Service), manage(Kind::Integration));
    gate.get("/services", VIEW, services::list)
        .post("/services", service, services::create)
        .get("/services/new", service, services::new)
        .get("/services/{slug}", VIEW, services::one)
        .post("/services/{slug}", service, services::save)
        .get("/services/{slug}/edit", service, services::edit)
        .post("/services/{slug}/remove", service, services::remove)
        .post("/services/{slug}/integrations", integration, services::add_integration)
        .get("/integrations", VIEW, integrations::list)
        .get("/integrations/{slug}", VIEW, integrations::one)
        .post("/integrations/{slug}/sample", integration, integrations::sample)
        .post("/integrations/{slug}/name", integration, integrations::rename)
        .post("/integrations/{slug}/enable", integration, integrations::enable)
        .post("/integrations/{slug}/disable", integration, integrations::disable)
        .post("/integrations/{slug}/key", integration, integrations::replace_key)
        .post("/integrations/{slug}/remove", integration, integrations::remove)
        .get("/inbox", Access::May(Permission::ViewEvents), inbox::list)
        .post("/inbox/{id}/replay", Access::May(Permission::ReplayEvents), inbox::replay)
}

fn people_pages(gate: Gate) -> Gate {
    let (person, team) = (manage(Kind::User), manage(Kind::Team));
    // Their own, or by an admin anybody's; the routes look whose.
    let (profile, contacts) = (Access::May(Permission::ManageOwnProfile), Access::May(Permission::ManageOwnContacts));
    gate.get("/people", VIEW, people::list)
        .post("/people", person, people::create)
        .get("/people/new", person, people::new)
        .get("/people/{slug}", VIEW, people::one)
        .post("/people/{slug}", profile, people::save)
        .post("/people/{slug}/password", profile, people::change_password)
        .post("/people/{slug}/suspend", person, people::suspend)
        .post("/people/{slug}/restore", person, people::restore)
        .post("/people/{slug}/invite", person, people::invite)
        .post("/people/{slug}/test-page", contacts, people::test_page)
        .post("/people/{slug}/contacts", contacts, people::add_contact)
        .post("/people/{slug}/contacts/{id}/code", contacts, people::send_code)
        .post("/people/{slug}/contacts/{id}/verify", contacts, people::verify)
        .post("/people/{slug}/contacts/{id}/test", contacts, people::test_contact)
        .post("/people/{slug}/contacts/{id}/remove", contacts, people::remove_contact)
        .post("/people/{slug}/time-off", profile, people::add_time_off)
        .post("/people/{slug}/time-off/{id}/remove", profile, people::remove_time_off)
        .post("/people/{slug}/rules/{urgency}", contacts, people::save_rules)
        .get("/teams", VIEW, teams::list)
        .post("/teams", team, teams::create)
        .get("/teams/new", team, teams::new)
        .get("/teams/{slug}", VIEW, teams::one)
        .post("/teams/{slug}", team, teams::save)
        .post("/teams/{slug}/people", person, teams::add_person)
        .post("/teams/{slug}/people/{login}/remove", person, teams::remove_person)
}

fn settings_pages(gate: Gate) -> Gate {
    let (settings, tokens) = (Access::May(Permission::ManageSettings), Access::May(Permission::ManageTokens));
    gate.get("/settings", settings, settings::organisation)
        .post("/settings", settings, settings::save)
        .get("/settings/mail", settings, settings::mail)
        .post("/settings/mail", settings, settings::save_mail)
        .get("/settings/tokens", tokens, settings::tokens)
        .post("/settings/tokens", tokens, settings::create_token)
        .post("/settings/tokens/{id}/revoke", tokens, settings::revoke_token)
        .get("/settings/limits", VIEW, settings::limits)
        .get("/settings/audit", Access::May(Permission::ViewAudit), settings::audit)
}
