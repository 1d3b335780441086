//! Every command that a document shows is run, and prints what the document says.

use super::console::{Shell, steps};
use super::house::{House, repository};

fn play(house: &House, path: &str) {
    let document = std::fs::read_to_string(repository().join(path)).unwrap();
    let steps = steps(&document);
    assert!(!steps.is_empty(), "{path} shows no command");
    let mut shell = Shell::new(house);
    let wrong: Vec<String> = steps.iter().filter_map(|step| shell.check(step)).collect();
    assert!(wrong.is_empty(), "{path}:\n\n{}", wrong.join("\n"));
}

#[test]
fn the_readme_is_true() {
    play(&House::empty(), "README.md");
}

#[test]
fn the_page_about_the_command_line_is_true() {
    play(&House::empty(), "docs/cli.md");
}

#[test]
fn every_command_is_shown_on_the_page() {
    let page = std::fs::read_to_string(repository().join("docs/cli.md")).unwrap();
    let shown: String = steps(&page).iter().map(|step| format!("{}\n", step.command)).collect();
    let house = House::empty();
    let commands = |arguments: &[&str]| -> Vec<String> {
        let help = house.run(&[arguments, &["--help"]].concat()).ends(0).out;
        let list = help.split_once("Commands:\n").map(|(_, rest)| rest.split("\n\n").next().unwrap().to_owned());
        let names = list.unwrap_or_default();
        let names = names.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        names.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
    };
    for command in commands(&[]).iter().filter(|command| !["help", "serve", "demo"].contains(&command.as_str())) {
        let inner: Vec<String> = commands(&[command]).into_iter().filter(|inner| inner != "help").collect();
        let all = if inner.is_empty() { vec![String::new()] } else { inner };
        for inner in all {
            let whole = format!("allclear {command} {inner}").trim_end().to_owned();
            assert!(shown.contains(&whole), "docs/cli.md does not show `{whole}`");
            let mut arguments = vec![command.as_str()];
            arguments.extend((!inner.is_empty()).then_some(inner.as_str()));
            let help = house.run(&[&arguments[..], &["--help"]].concat()).ends(0).out;
            assert!(help.contains("Example: "), "`{whole} --help` has no example:\n{help}");
        }
    }
}
