//! The suite of the store: the same tests on SQLite (a file, and in memory) and on PostgreSQL.
//!
//! PostgreSQL is used when `ALLCLEAR_TEST_POSTGRES` holds the `postgres://` URL of a server on which databases may be
//! made (`cargo xtask postgres` starts one, `cargo xtask ci` does so by itself). Without it, its half is reported as
//! ignored, never as passed.

mod accounts;
mod alerts;
mod configuration;
mod covers;
mod deliveries;
mod durability;
mod idempotency;
mod inbox;
mod incidents;
mod migrations;
mod place;
mod plans;
mod retention;
mod samples;
mod statements;
mod timers;
mod tls;
mod transactions;
mod upkeep;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

use crate::place::{Engine, Test};

fn main() -> ExitCode {
    if let Some(file) = std::env::var_os(durability::CHILD) {
        return durability::write_until_killed(&file);
    }
    quiet_what_is_on_purpose();
    let suites: [(&str, &[Test]); 17] = [
        ("accounts", accounts::ALL),
        ("alerts", alerts::ALL),
        ("configuration", configuration::ALL),
        ("covers", covers::ALL),
        ("deliveries", deliveries::ALL),
        ("durability", durability::ALL),
        ("idempotency", idempotency::ALL),
        ("inbox", inbox::ALL),
        ("incidents", incidents::ALL),
        ("migrations", migrations::ALL),
        ("plans", plans::ALL),
        ("retention", retention::ALL),
        ("statements", statements::ALL),
        ("timers", timers::ALL),
        ("tls", tls::ALL),
        ("transactions", transactions::ALL),
        ("upkeep", upkeep::ALL),
    ];
    let trials = suites.into_iter().flat_map(|(suite, tests)| tests.iter().flat_map(move |test| trials(suite, test)));
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials.collect());
    place::clean_up();
    conclusion.exit_code()
}

fn trials(suite: &'static str, test: &'static Test) -> impl Iterator<Item = Trial> {
    test.on.iter().map(move |engine| {
        let run = move || {
            place::run(*engine, test.body);
            Ok::<(), Failed>(())
        };
        let name = format!("{suite}::{} ({})", test.name, engine.name());
        let no_server = *engine == Engine::Postgres && place::server().is_none();
        Trial::test(name, run).with_ignored_flag(no_server)
    })
}

/// Some tests panic to see that it does no harm; the log of a run should not look as if it did.
fn quiet_what_is_on_purpose() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !panic.payload_as_str().is_some_and(|text| text.starts_with("on purpose")) {
            tell(panic);
        }
    }));
}
