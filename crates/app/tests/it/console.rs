//! Documents as sessions: their commands are run in order in one shell, and what they print is what the document says.
//!
//! In a block of the language `console`, a line that begins with `$ ` is a command, and a line that begins with `> `
//! goes on with it; what follows is its output, standard output and errors alike. `…` in a line stands for any text,
//! and a line of `…` alone for any lines. A command without output in the document may print anything. Each must end
//! with 0.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::house::House;

const MARK: &str = "--- the command has ended with ";

/// A command of a document, and what it is to print.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) line: usize,
    pub(crate) command: String,
    expected: Vec<String>,
}

/// The steps of all blocks of a document.
pub(crate) fn steps(document: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for (number, line) in (1..).zip(document.lines()) {
        match (inside, line) {
            (false, "```console") => inside = true,
            (true, "```") => inside = false,
            (true, line) => {
                if let Some(command) = line.strip_prefix("$ ") {
                    steps.push(Step { line: number, command: command.to_owned(), expected: Vec::new() });
                } else if let Some(step) = steps.last_mut() {
                    match line.strip_prefix("> ").filter(|_| step.expected.is_empty()) {
                        Some(more) => step.command += &format!("\n{more}"),
                        None => step.expected.push(line.to_owned()),
                    }
                }
            }
            (false, _) => {}
        }
    }
    steps
}

/// A shell that lives as long as a document.
pub(crate) struct Shell {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Shell {
    /// A shell beside the server of a house.
    pub(crate) fn new(house: &House) -> Self {
        let mut command = Command::new("sh");
        house.surround(&mut command);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (process.stdin.take().unwrap(), BufReader::new(process.stdout.take().unwrap()));
        Self { process, input, output }
    }

    /// Runs a command, and says how it ended and what it printed.
    pub(crate) fn run(&mut self, command: &str) -> (String, Vec<String>) {
        // In braces, so that what it exports stays; and without the shell's own input, which is the next command.
        writeln!(self.input, "{{ {command}\n}} 2>&1 < /dev/null; printf '\\n{MARK}%s\\n' $?").unwrap();
        let mut printed = Vec::new();
        for line in self.output.by_ref().lines() {
            let line = line.unwrap();
            if let Some(code) = line.strip_prefix(MARK) {
                // The line break before the mark.
                if printed.last().is_some_and(String::is_empty) {
                    printed.pop();
                }
                return (code.to_owned(), printed);
            }
            printed.push(line);
        }
        panic!("the shell has ended: {printed:#?}")
    }

    /// Runs a step of a document; says what is not as the document says.
    pub(crate) fn check(&mut self, step: &Step) -> Option<String> {
        let (code, printed) = self.run(&step.command);
        let as_expected = step.expected.is_empty() || matches(&step.expected, &printed);
        (code != "0" || !as_expected).then(|| {
            let Step { line, command, expected } = step;
            let (expected, printed) = (expected.join("\n"), printed.join("\n"));
            format!("line {line}: {command}\nended with {code} and printed\n{printed}\ninstead of\n{expected}\n")
        })
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn matches(expected: &[String], printed: &[String]) -> bool {
    match (expected.split_first(), printed.split_first()) {
        (None, _) => printed.is_empty(),
        (Some((any, rest)), _) if any == "…" => (0..=printed.len()).any(|skipped| matches(rest, &printed[skipped..])),
        (Some(_), None) => false,
        (Some((line, rest)), Some((actual, others))) => line_matches(line, actual) && matches(rest, others),
    }
}

fn line_matches(expected: &str, actual: &str) -> bool {
    let actual = actual.trim_end();
    match expected.split_once('…') {
        None => expected == actual,
        Some((start, rest)) => actual.strip_prefix(start).is_some_and(|left| {
            let mut ends = left.char_indices().map(|(at, _)| at).chain([left.len()]);
            ends.any(|at| line_matches(rest, &left[at..]))
        }),
    }
}

#[test]
fn blocks_are_read_as_commands_with_their_output() {
    let document = "Text.\n\n```console\n$ one \\\n> two\nout\n\n$ three\n```\n```sh\n$ four\n```\n";
    let step = |line, command: &str, expected: &[&str]| Step {
        line,
        command: command.to_owned(),
        expected: expected.iter().map(|line| (*line).to_owned()).collect(),
    };
    assert_eq!(steps(document), [step(4, "one \\\ntwo", &["out", ""]), step(8, "three", &[])]);
}

#[test]
fn dots_stand_for_anything() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let is = |expected: &str, actual: &str| matches(&lines(expected), &lines(actual));
    assert!(is("a … c\n…\nd", "a b c\nx\ny\nd") && is("a\n…", "a") && is("…", "") && is("a…", "a"));
    assert!(!is("a … c", "a b d") && !is("a", "a\nb") && !is("a\n…\nd", "a\nb") && !is("a", ""));
}
