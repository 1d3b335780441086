//! No dependency but those that `deny.toml` lets in: by its licence, and by its name.
//!
//! The same file serves cargo-deny, which checks more; this rule needs nothing but cargo, so it runs everywhere.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::Finding;
use super::repository::Repository;
use crate::metadata::Package;

const CONFIGURATION: &str = "deny.toml";

/// cargo-deny's configuration, as far as we use it.
#[derive(Deserialize)]
struct Configuration {
    licenses: Licences,
    #[serde(default)]
    bans: Bans,
}

#[derive(Deserialize)]
struct Licences {
    allow: Vec<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

/// Licences that one crate may have beside those that all may have.
#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

#[derive(Default, Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Deserialize)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let configuration: Configuration = match toml::from_str(repository.text(CONFIGURATION).unwrap_or_default()) {
        Ok(configuration) => configuration,
        Err(error) => {
            let what = format!("cannot be read: {}", error.message());
            return vec![Finding::new(CONFIGURATION, 0, what, "it needs `[licenses] allow = [\"MIT\", …]`")];
        }
    };
    let metadata = &repository.metadata;
    let foreign = metadata.packages.iter().filter(|package| !metadata.workspace_members.contains(&package.id));
    let mut findings: Vec<Finding> =
        foreign.filter_map(|package| of_package(package, &configuration.licenses)).collect();
    let names: BTreeSet<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let banned = configuration.bans.deny.iter().filter(|ban| names.contains(ban.name.as_str()));
    findings.extend(banned.map(|Ban { name, reason }| {
        let remedy = format!("`cargo tree --invert {name}` shows what brings it in; switch off that feature");
        Finding::new(CONFIGURATION, 0, format!("`{name}` is banned ({reason})"), remedy)
    }));
    let stale = configuration.licenses.exceptions.iter().filter(|exception| !names.contains(exception.name.as_str()));
    findings.extend(stale.map(|exception| {
        let what = format!("there is an exception for `{}`, which nothing needs", exception.name);
        Finding::new(CONFIGURATION, 0, what, "remove it")
    }));
    findings
}

fn of_package(package: &Package, allowed: &Licences) -> Option<Finding> {
    let own = allowed.exceptions.iter().filter(|exception| exception.name == package.name);
    let names: Vec<&str> = allowed.allow.iter().chain(own.flat_map(|it| &it.allow)).map(String::as_str).collect();
    let licence = package.license.as_deref().unwrap_or("no licence");
    if package.license.is_some() && satisfied(licence, &names) {
        return None;
    }
    let what = format!("`{}` {} is under {licence}", package.name, package.version);
    Some(Finding::new(CONFIGURATION, 0, what, "leave the crate out, or allow the licence there and say why"))
}

/// Whether an SPDX expression can be met with the allowed licences alone. `AND` binds closer than `OR`; the old form
/// with `/` means `OR`.
fn satisfied(expression: &str, allowed: &[&str]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ").replace(" WITH ", "+WITH+");
    let mut tokens: Vec<&str> = spaced.split_whitespace().rev().collect();
    either(&mut tokens, allowed) && tokens.is_empty()
}

fn either(tokens: &mut Vec<&str>, allowed: &[&str]) -> bool {
    let mut met = both(tokens, allowed);
    while tokens.pop_if(|token| *token == "OR").is_some() {
        met |= both(tokens, allowed);
    }
    met
}

fn both(tokens: &mut Vec<&str>, allowed: &[&str]) -> bool {
    let mut met = one(tokens, allowed);
    while tokens.pop_if(|token| *token == "AND").is_some() {
        met &= one(tokens, allowed);
    }
    met
}

fn one(tokens: &mut Vec<&str>, allowed: &[&str]) -> bool {
    match tokens.pop() {
        Some("(") => {
            let met = either(tokens, allowed);
            tokens.pop_if(|token| *token == ")").is_some() && met
        }
        Some(name) => allowed.contains(&name.replace("+WITH+", " WITH ").as_str()),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::brief;
    use super::*;
    use crate::metadata::tests::graph;

    #[test]
    fn expressions_are_met_or_not() {
        let allowed = ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"];
        for (expression, expected) in [
            ("MIT", true),
            ("GPL-3.0", false),
            ("MIT OR GPL-3.0", true),
            ("MIT/GPL-3.0", true),
            ("MIT AND GPL-3.0", false),
            ("MIT AND ISC", true),
            ("GPL-3.0 OR MIT AND ISC", true),
            ("(GPL-3.0 OR MIT) AND ISC", true),
            ("(GPL-3.0 OR MIT) AND BSL-1.0", false),
            ("Apache-2.0 WITH LLVM-exception OR Apache-2.0", true),
            ("Apache-2.0", false),
            ("(MIT", false),
        ] {
            assert_eq!(satisfied(expression, &allowed), expected, "{expression}");
        }
    }

    #[test]
    fn a_forbidden_licence_a_banned_crate_and_a_stale_exception_are_found() {
        let deny = "[licenses]\nallow = [\"MIT\"]\n\
                    [[licenses.exceptions]]\ncrate = \"ring\"\nallow = [\"ISC\"]\n\
                    [[licenses.exceptions]]\ncrate = \"gone\"\nallow = [\"ISC\"]\n\
                    [bans]\ndeny = [{ crate = \"openssl-sys\", reason = \"C\" }, { crate = \"cmake\", reason = \"C\" }]\n";
        let mut repository = Repository::of(&[(CONFIGURATION, deny)]);
        repository.metadata = graph(&[
            ("crates/core=", &[]),
            ("serde", &[]),
            ("ring=MIT AND ISC", &[]),
            ("gnu=GPL-3.0", &[]),
            ("bare=", &[]),
            ("openssl-sys", &[]),
        ]);
        assert_eq!(
            brief(&check(&repository)),
            [
                "deny.toml:0 `gnu` 1.0.0 is under GPL-3.0",
                "deny.toml:0 `bare` 1.0.0 is under no licence",
                "deny.toml:0 `openssl-sys` is banned (C)",
                "deny.toml:0 there is an exception for `gone`, which nothing needs",
            ]
        );
        assert_eq!(check(&Repository::of(&[])).len(), 1, "no configuration");
    }
}
