//! The files of a configuration, and where in them something is wrong.

use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use allclear_core::declaration::{self, Document, Located, Location, Options, plan};
use allclear_core::directory::Directory;
use anyhow::Context as _;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use serde_saphyr::Spanned;
use uuid::Uuid;

use super::positions::{Node, Position};
use crate::Usage;
use crate::client::{FieldError, Refused};

/// All documents of all files, in order.
#[derive(Debug)]
pub(super) struct Files(Vec<Placed>);

/// A document, and where it stands.
#[derive(Debug)]
struct Placed {
    file: String,
    content: Document,
    positions: Spanned<Node>,
}

/// What is wrong with files.
#[derive(Debug, Serialize)]
pub(crate) struct Mistakes {
    title: &'static str,
    errors: Vec<Mistake>,
}

/// What is wrong, and where: line and column count from 1.
#[derive(Debug, Serialize)]
struct Mistake {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    field: String,
    message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(formatter, "{file}:")?;
        }
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(formatter, "{line}:{column}:")?;
        }
        let field = if self.field.is_empty() { String::new() } else { format!("{}: ", self.field) };
        let blank = if self.file.is_some() { " " } else { "" };
        write!(formatter, "{blank}{field}{}", self.message)
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.title)?;
        self.errors.iter().try_for_each(|mistake| write!(formatter, "\n{mistake}"))
    }
}

impl std::error::Error for Mistakes {}

impl Files {
    /// Reads these files, and all of these folders. Every file with a mistake is named.
    pub(super) fn read(paths: &[PathBuf]) -> anyhow::Result<Self> {
        let mut placed = Vec::new();
        let mut errors = Vec::new();
        for path in expand(paths)? {
            let (file, text) = contents(&path)?;
            match parse(&file, &text) {
                Ok(documents) => placed.extend(documents),
                Err(mistake) => errors.push(mistake),
            }
        }
        if !errors.is_empty() {
            return Err(Mistakes { title: "The files have mistakes; nothing was changed.", errors }.into());
        }
        if placed.is_empty() {
            let message = "there is no document in these files; one begins with its kind, such as `kind: team`";
            return Err(Usage(message.to_owned()).into());
        }
        Ok(Self(placed))
    }

    /// The directory of an installation that had nothing but these files: for questions that need no server.
    pub(super) fn directory(&self, now: Timestamp) -> anyhow::Result<Directory> {
        let located = |(number, placed): (usize, &Placed)| Located {
            at: Location {
                file: placed.file.clone(),
                document: number,
                line: Some(placed.positions.referenced.line()),
            },
            content: placed.content.clone(),
        };
        let documents: Vec<Located<Document>> = (1..).zip(&self.0).map(located).collect();
        let mut last = 0;
        let mut ids = || {
            last += 1;
            Uuid::from_u128(last)
        };
        let empty = Directory::default();
        let refused = |problems: Vec<String>| {
            let mistake = |message| Mistake { file: None, line: None, column: None, field: String::new(), message };
            Mistakes { title: "The files contradict themselves.", errors: problems.into_iter().map(mistake).collect() }
        };
        let told = |problems: Vec<declaration::Problem>| problems.iter().map(ToString::to_string).collect();
        let planned = plan(&empty, &documents, now, &mut ids, Options::default());
        let changes = planned.map_err(|problems| refused(told(problems)))?.changes();
        let changed = empty.changed(&changes);
        Ok(changed.map_err(|problems| refused(problems.iter().map(ToString::to_string).collect()))?)
    }

    /// The documents as the API takes them.
    pub(super) fn documents(&self) -> anyhow::Result<Vec<Value>> {
        let document = |placed: &Placed| Ok(serde_json::to_value(&placed.content)?);
        self.0.iter().map(document).collect()
    }

    /// What the server found wrong, at its place in the files.
    pub(super) fn place(&self, refused: &Refused) -> Mistakes {
        let errors = refused.errors.iter().map(|error| self.mistake(error)).collect();
        Mistakes { title: "The files cannot be applied; nothing was changed.", errors }
    }

    fn mistake(&self, FieldError { field, message }: &FieldError) -> Mistake {
        let message = self.with_places(message);
        let Some((placed, path)) = self.named(field) else {
            return Mistake { file: None, line: None, column: None, field: field.clone(), message };
        };
        let Position { line, column } = Node::position(&placed.positions, path);
        let (file, subject) = (Some(placed.file.clone()), placed.content.subject());
        let field = if path.is_empty() { subject.to_string() } else { format!("{subject}: {path}") };
        Mistake { file, line: Some(line), column: Some(column), field, message }
    }

    /// The document that the server means by `documents[3].steps[2]`, and the path inside of it.
    fn named<'a>(&self, field: &'a str) -> Option<(&Placed, &'a str)> {
        let (number, path) = field.strip_prefix("documents[")?.split_once(']')?;
        let placed = self.0.get(number.parse::<usize>().ok()?.checked_sub(1)?)?;
        Some((placed, path.trim_start_matches('.')))
    }

    /// The message with the places of documents in the words of files. The server knows documents by their numbers
    /// alone: `documents (document 3)`.
    fn with_places(&self, message: &str) -> String {
        const NUMBERED: &str = "documents (document ";
        let found = message.split_once(NUMBERED).and_then(|(before, rest)| {
            let (number, after) = rest.split_once(')')?;
            let placed = self.0.get(number.parse::<usize>().ok()?.checked_sub(1)?)?;
            Some(format!("{before}{}:{}{after}", placed.file, placed.positions.referenced.line()))
        });
        found.unwrap_or_else(|| message.to_owned())
    }
}

/// The files that are meant, in order: a folder stands for all YAML files below it.
fn expand(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        gather(path, &mut files)?;
        if files.len() == before {
            return Err(Usage(format!("there is no .yaml or .yml file in {}", path.display())).into());
        }
    }
    Ok(files)
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let read = || -> std::io::Result<Vec<PathBuf>> {
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect()
    };
    let mut entries = read().with_context(|| format!("the folder {} cannot be read", folder.display()))?;
    entries.sort();
    for path in entries {
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        if hidden {
            continue;
        }
        if path.is_dir() {
            gather(&path, files)?;
        } else if yaml {
            files.push(path);
        }
    }
    Ok(())
}

fn contents(path: &Path) -> anyhow::Result<(String, String)> {
    if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().lock().read_to_string(&mut text).context("the standard input cannot be read")?;
        return Ok(("(standard input)".to_owned(), text));
    }
    let text = std::fs::read_to_string(path).with_context(|| format!("the file {} cannot be read", path.display()))?;
    Ok((path.display().to_string(), text))
}

fn parse(file: &str, text: &str) -> Result<Vec<Placed>, Mistake> {
    let mistake = |error: &serde_saphyr::Error| {
        let at = error.location();
        let message = error.without_snippet().to_string();
        // The place is told in front of it already.
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        let (line, column) = (at.map(|at| at.line()), at.map(|at| at.column()));
        Mistake { file: Some(file.to_owned()), line, column, field: String::new(), message }
    };
    let documents = serde_saphyr::from_multiple::<Document>(text).map_err(|error| mistake(&error))?;
    let positions = serde_saphyr::from_multiple::<Spanned<Node>>(text).map_err(|error| mistake(&error))?;
    let placed = |(content, positions)| Placed { file: file.to_owned(), content, positions };
    Ok(documents.into_iter().zip(positions).map(placed).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "kind: team\nslug: storage\n---\n# The ladder.\nkind: policy\nslug: storage\nsteps:\n  \
                       - targets: [{user: ana}, {user: bne}]\n    wait: 10m\n";

    fn files() -> Files {
        Files(parse("a.yaml", TWO).unwrap())
    }

    fn placed(field: &str, message: &str) -> String {
        files().mistake(&FieldError { field: field.into(), message: message.into() }).to_string()
    }

    #[test]
    fn what_the_server_finds_is_told_at_its_place() {
        assert_eq!(
            placed("documents[2].steps[1].targets[2]", "there is no user `bne`; did you mean `ben`?"),
            "a.yaml:8:28: policy storage: steps[1].targets[2]: there is no user `bne`; did you mean `ben`?"
        );
        assert_eq!(placed("documents[2].repeats", "too many"), "a.yaml:5:1: policy storage: repeats: too many");
        assert_eq!(
            placed("organisation: admins", "no admin would be left"),
            "organisation: admins: no admin would be left"
        );
        assert_eq!(
            placed("documents[2].slug", "`team storage` is described at documents (document 1) already"),
            "a.yaml:6:7: policy storage: slug: `team storage` is described at a.yaml:1 already"
        );
    }

    #[test]
    fn what_cannot_be_read_is_told_at_its_place() {
        for (text, said) in [
            ("kind: team\nslug: [a\n", "a.yaml:"),
            ("kind: team\nslug: a\ncolour: red\n", "a.yaml:3:1:"),
            ("kind: policy\nslug: a\nsteps:\n  - targets: []\n    wait: soon\n", "a.yaml:5:11:"),
            ("kind: tema\nslug: a\n", "a.yaml:1:7:"),
        ] {
            let mistake = parse("a.yaml", text).unwrap_err().to_string();
            assert!(mistake.starts_with(said), "{text}\n{mistake}");
            assert_eq!(mistake.lines().count(), 1, "{mistake}");
        }
    }

    #[test]
    fn a_folder_is_all_its_files_in_order() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("b")).unwrap();
        for name in ["c.yaml", "a.yml", "b/x.yaml", "notes.md", ".hidden.yaml"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let found = expand(&[folder.path().to_owned()]).unwrap();
        let names: Vec<_> = found.iter().map(|path| path.strip_prefix(folder.path()).unwrap()).collect();
        assert_eq!(names, [Path::new("a.yml"), Path::new("b/x.yaml"), Path::new("c.yaml")]);
        assert!(Files::read(&[folder.path().to_owned()]).unwrap_err().to_string().contains("no document"));
    }
}
