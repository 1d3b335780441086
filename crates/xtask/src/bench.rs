//! `cargo xtask bench <name>`: the benchmarks of the workspace, by name.

use std::process::ExitCode;

use anyhow::Result;

use crate::process;

/// Every benchmark: its name, the package, the binary in that package, and what it measures.
const BENCHMARKS: &[(&str, &str, &str, &str)] = &[];

/// Builds one benchmark as it ships and runs it; what follows the name is handed on to it.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let name = arguments.first().map_or("", String::as_str);
    let Some((_, package, binary, _)) = BENCHMARKS.iter().find(|(known, ..)| *known == name) else {
        eprint!("{}", usage(name, BENCHMARKS));
        return Ok(ExitCode::FAILURE);
    };
    let mut command = process::cargo(&process::root());
    command.args(["run", "--release", "--locked", "--package", package, "--bin", binary, "--"]).args(&arguments[1..]);
    process::run(&mut command)?;
    Ok(ExitCode::SUCCESS)
}

fn usage(name: &str, benchmarks: &[(&str, &str, &str, &str)]) -> String {
    let mut text = String::new();
    if !name.is_empty() {
        text.push_str(&format!("There is no benchmark `{name}`. "));
    }
    text.push_str("Usage: cargo xtask bench <name> [arguments]\n\n");
    for (name, _, _, what) in benchmarks {
        text.push_str(&format!("  {name:<22} {what}\n"));
    }
    if benchmarks.is_empty() {
        text.push_str("  (the workspace has no benchmark yet)\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_shows_the_list() {
        let text = usage("intak", &[("intake", "p", "b", "events stored a second")]);
        assert!(
            text.contains("no benchmark `intak`") && text.contains("intake                 events stored"),
            "{text}"
        );
        assert!(usage("", &[]).contains("no benchmark yet"));
    }
}
