//! Plays every scenario, and compares its transcript with the one that is kept beside it.
//!
//! `UPDATE=1 cargo test -p allclear-world scenarios` writes the transcripts anew: read them before they are
//! kept.

use std::path::{Path, PathBuf};

fn scripts() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let files = std::fs::read_dir(folder).expect("there is a folder with scenarios");
    let paths = files.map(|file| file.expect("its files can be listed").path());
    let mut scripts: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|end| end == "txt")).collect();
    scripts.sort();
    scripts
}

#[test]
fn transcripts_are_as_kept() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut wrong = Vec::new();
    for script in scripts() {
        let kept = script.with_extension("transcript");
        let text = std::fs::read_to_string(&script).expect("a scenario can be read");
        match allclear_world::scenario::play(&text) {
            Err(error) => wrong.push(format!("{}: {error}", script.display())),
            Ok(transcript) if update => std::fs::write(&kept, transcript).expect("a transcript can be written"),
            Ok(transcript) => {
                let expected = std::fs::read_to_string(&kept).unwrap_or_default();
                if transcript != expected {
                    wrong.push(format!("{}:\n{}", script.display(), difference(&expected, &transcript)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// The first lines that differ.
fn difference(expected: &str, found: &str) -> String {
    let (expected, found): (Vec<_>, Vec<_>) = (expected.lines().collect(), found.lines().collect());
    let same = expected.iter().zip(&found).take_while(|(one, other)| one == other).count();
    let show = |sign: char, lines: &[&str]| {
        lines.iter().skip(same).take(8).map(|line| format!("{sign} {line}\n")).collect::<String>()
    };
    format!("from line {} on\n{}{}", same + 1, show('-', &expected), show('+', &found))
}
