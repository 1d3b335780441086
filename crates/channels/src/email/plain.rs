//! A letter as plain text.

use std::fmt::Write as _;

use super::letter::Letter;

/// Draws it. What to do comes before what to know: phones show the first lines only.
pub(super) fn render(letter: &Letter) -> String {
    let mut text = String::new();
    let band = [letter.band.word.as_str(), letter.band.aside.as_str(), letter.subheading.as_str()];
    let band: Vec<_> = band.into_iter().filter(|part| !part.is_empty()).collect();
    add(&mut text, format!("{} {}", letter.band.mark, band.join(" · ")).trim_start());
    add(&mut text, &letter.heading);
    if let Some(code) = &letter.code {
        add(&mut text, &format!("\n    {code}"));
    }
    if let Some(action) = &letter.action {
        add(&mut text, &format!("\n{}: {}\n{}", action.label, action.href, action.note));
    }
    for paragraph in &letter.paragraphs {
        add(&mut text, &format!("\n{paragraph}"));
    }
    section(
        &mut text,
        "",
        letter.facts.iter().map(|fact| {
            let value = fact.href.as_ref().unwrap_or(&fact.value);
            format!("{:<11}{value}", fact.name)
        }),
    );
    section(
        &mut text,
        "",
        letter.incidents.iter().map(|row| {
            let lead = format!("{} {} {}\n  {}", row.mark, row.severity, row.title, row.aside);
            if row.href.is_empty() { lead } else { format!("{lead}\n  {}", row.href) }
        }),
    );
    section(
        &mut text,
        "Links",
        letter.links.iter().map(|link| match link.href.contains(&link.label) {
            true => format!("  {}", link.href),
            false => format!("  {}: {}", link.label, link.href),
        }),
    );
    section(&mut text, "Labels", letter.labels.iter().map(|(name, value)| format!("  {name}: {value}")));
    if let Some(more) = &letter.more {
        add(&mut text, &format!("\n{}: {}", more.label, more.href));
    }
    // The conventional mark of a signature has a space at its end.
    add(&mut text, &format!("\n-- \n{}", letter.footer));
    text
}

fn add(text: &mut String, paragraph: &str) {
    writeln!(text, "{paragraph}").expect("a text takes any text");
}

fn section(text: &mut String, title: &str, lines: impl ExactSizeIterator<Item = String>) {
    if lines.len() == 0 {
        return;
    }
    text.push('\n');
    if !title.is_empty() {
        add(text, title);
    }
    lines.for_each(|line| add(text, &line));
}
