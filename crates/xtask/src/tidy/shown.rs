//! Every kind of fact and of effect is shown by a scenario, and every limit is crossed somewhere.
//!
//! What nobody has seen happen reads badly when it does, or never happens. The transcripts of `crates/world/scenarios`
//! end with the kinds that they have shown, and are compared by a test; a test or a scenario that crosses limits says
//! so in a comment of its own: `beyond: LABELS, LINKS`.

use std::collections::BTreeSet;

use super::Finding;
use super::repository::Repository;
use super::source::Source;

/// An enum, where it is declared, and how a transcript begins the line with its kinds.
const KINDS: [(&str, &str, &str); 2] = [
    ("Fact", "crates/core/src/fact.rs", "shows facts: "),
    ("Effect", "crates/core/src/incident/mod.rs", "shows effects: "),
];
const SCENARIOS: &str = "crates/world/scenarios/";
const LIMITS: &str = "crates/core/src/limits.rs";
const MARK: &str = "beyond: ";

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let kinds = KINDS.iter().flat_map(|kind| unshown(repository, kind));
    kinds.chain(uncrossed(repository)).collect()
}

fn unshown(repository: &Repository, (name, path, line): &(&str, &str, &str)) -> Vec<Finding> {
    let transcripts = repository.files.iter().filter(|file| file.path.starts_with(SCENARIOS));
    let lines = transcripts.flat_map(|file| file.text.lines()).filter_map(|text| text.strip_prefix(line));
    let shown: BTreeSet<&str> = lines.flat_map(str::split_whitespace).collect();
    let source = repository.rust().find(|(file, _)| file.path == *path).map(|(_, source)| source);
    let variants = source.map(|source| variants(source, name)).unwrap_or_default();
    let missing = variants.into_iter().filter(|(_, variant)| !shown.contains(snake(variant).as_str()));
    let finding = |(number, variant): (usize, String)| {
        let what = format!("no scenario shows `{name}::{variant}`");
        Finding::new(path, number, what, format!("write one in {SCENARIOS}, as its neighbours are"))
    };
    missing.map(finding).collect()
}

/// The variants of an enum, with their lines: what stands at its own depth of braces.
fn variants(source: &Source, name: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut depth = 0_i32;
    let mut inside = false;
    for (number, line) in source.code_lines() {
        if inside && depth == 1 {
            let word: String = line.trim_start().chars().take_while(|letter| letter.is_alphanumeric()).collect();
            if word.starts_with(char::is_uppercase) {
                found.push((number, word));
            }
        }
        inside |= line.starts_with(&format!("pub enum {name} {{"));
        if inside {
            depth += i32::try_from(line.matches('{').count()).unwrap_or(0);
            depth -= i32::try_from(line.matches('}').count()).unwrap_or(0);
            if depth == 0 {
                break;
            }
        }
    }
    found
}

/// `StepTaken` as it is stored: `step_taken`.
fn snake(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

fn uncrossed(repository: &Repository) -> Vec<Finding> {
    let Some((_, source)) = repository.rust().find(|(file, _)| file.path == LIMITS) else { return Vec::new() };
    let crossed = crossed(repository);
    let limits =
        source.code_lines().filter(|(number, _)| !source.is_test_line(*number)).filter_map(|(number, line)| {
            let (name, rest) = line.trim_start().split_once(": ")?;
            let is_limit =
                rest.contains(" = ") && name.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_');
            is_limit.then_some((number, name))
        });
    let missing = limits.filter(|(_, name)| !crossed.contains(name));
    let finding = |(number, name)| {
        let remedy = format!("cross it in a test, or in a scenario, and say so there: `{MARK}{name}`");
        Finding::new(LIMITS, number, format!("nothing crosses `{name}`"), remedy)
    };
    missing.map(finding).collect()
}

/// The limits that tests and scenarios say they cross.
fn crossed(repository: &Repository) -> BTreeSet<&str> {
    let scripts = repository.files.iter().filter(|file| file.path.starts_with(SCENARIOS));
    let scripts = scripts.flat_map(|file| file.text.lines()).filter_map(|line| line.trim().strip_prefix("# "));
    let tests = repository.rust().flat_map(|(file, source)| {
        let is_test = move |line| file.is_test() || source.is_test_line(line);
        source.comments.iter().filter(move |comment| is_test(comment.line)).map(|comment| comment.text.as_str())
    });
    let marks = scripts.chain(tests).filter_map(|text| text.strip_prefix(MARK));
    marks.flat_map(|names| names.split(", ")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::brief;
    use super::*;

    const FACTS: &str = "pub enum Other {\n    No,\n}\npub enum Fact {\n    /// One.\n    IncidentOpened {\n        \
                         /// Whose.\n        Service: u8,\n    },\n    SnoozeEnded,\n}\n";
    const LIMITS_FILE: &str = "limits! {\n    LABELS: usize = 1, \"a: b = c\";\n    LINKS: usize = 2, \"\";\n    \
                               STEPS: usize = 3, \"\";\n}\n";

    #[test]
    fn a_kind_that_no_scenario_shows_is_found() {
        let repository = Repository::of(&[
            ("crates/core/src/fact.rs", FACTS),
            ("crates/world/scenarios/a.transcript", "shows facts: incident_opened x\n"),
            ("docs/b.md", "shows facts: snooze_ended\n"),
        ]);
        let found = brief(&check(&repository));
        assert_eq!(found, ["crates/core/src/fact.rs:10 no scenario shows `Fact::SnoozeEnded`"]);
    }

    #[test]
    fn a_limit_that_nothing_crosses_is_found() {
        let repository = Repository::of(&[
            ("crates/core/src/limits.rs", LIMITS_FILE),
            ("crates/core/tests/limits.rs", "fn f() {\n    // beyond: LABELS, OTHER\n}\n"),
            ("crates/web/src/a.rs", "// beyond: STEPS\nfn f() {}\n"),
            ("crates/world/scenarios/a.txt", "# beyond: LINKS\n"),
        ]);
        assert_eq!(brief(&check(&repository)), ["crates/core/src/limits.rs:4 nothing crosses `STEPS`"]);
    }
}
