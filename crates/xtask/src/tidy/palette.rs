//! The colours keep their promises: readable for everybody, and told apart by everybody.
//!
//! One man in twelve lacks a kind of cone. Shape and word carry the meaning for him, too, but a page at 3 am is told by
//! its colour first, so no two severities may look alike to any eyes.

use std::collections::BTreeMap;

use super::Finding;
use super::colour::{Blindness, Colour};
use super::repository::Repository;

const STYLESHEET: &str = "crates/web/assets/tokens.css";
const SEVERITIES: &[&str] = &["--sev1-fill", "--sev2-fill", "--sev3-fill", "--sev4-fill"];
const STATUSES: &[&str] =
    &["--status-operational", "--status-degraded", "--status-partial", "--status-major", "--status-maintenance"];

/// Foreground, background, and the contrast ratio that they keep in the light and in the dark theme. WCAG 2.2 asks for
/// 4.5 of text and 3 of edges; what stands out at 3 am should do better.
const CONTRASTS: &[(&str, &str, [f64; 2])] = &[
    ("--ink", "--canvas", [4.5, 4.5]),
    ("--quiet", "--canvas", [4.5, 4.5]),
    ("--faint", "--canvas", [4.5, 4.5]),
    ("--link", "--canvas", [4.5, 4.5]),
    ("--sev1-ink", "--sev1-fill", [5.9, 4.6]),
    ("--sev2-ink", "--sev2-fill", [5.9, 4.6]),
    ("--sev3-ink", "--sev3-fill", [5.9, 4.6]),
    ("--sev4-ink", "--sev4-fill", [5.9, 4.6]),
    ("--sev1-edge", "--canvas", [5.0, 3.9]),
    ("--sev2-edge", "--canvas", [5.0, 3.9]),
    ("--sev3-edge", "--canvas", [5.0, 3.9]),
    ("--sev4-edge", "--canvas", [5.0, 3.9]),
];

/// Colours of which any two keep a distance to any eyes, in the light and in the dark theme.
const DISTANCES: &[(&[&str], [f64; 2])] = &[(SEVERITIES, [12.0, 15.0]), (STATUSES, [11.0, 11.0])];

const THEMES: [&str; 2] = ["light", "dark"];

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    match repository.text(STYLESHEET) {
        Some(text) => of_stylesheet(text),
        // A stylesheet elsewhere would go unchecked.
        None if repository.below("crates/web/assets").any(|path| path.ends_with(".css")) => {
            vec![Finding::new(STYLESHEET, 0, "there are stylesheets, but not this one", "define the colours in it")]
        }
        None => Vec::new(),
    }
}

/// A custom property and its colour in the light and the dark theme.
struct Token {
    line: usize,
    colours: [Colour; 2],
}

fn of_stylesheet(text: &str) -> Vec<Finding> {
    let tokens = tokens(text);
    let mut findings = missing(&tokens);
    for (one, two, least) in CONTRASTS {
        let (Some(fore), Some(back)) = (tokens.get(one), tokens.get(two)) else { continue };
        for theme in 0..2 {
            let ratio = fore.colours[theme].contrast(back.colours[theme]);
            if ratio < least[theme] {
                let what = format!("{one} on {two} has a contrast of {ratio:.1} in the {} theme", THEMES[theme]);
                findings.push(Finding::new(STYLESHEET, fore.line, what, format!("make it {} or more", least[theme])));
            }
        }
    }
    for (names, least) in DISTANCES {
        let known: Vec<(&str, &Token)> = names.iter().filter_map(|name| Some((*name, tokens.get(name)?))).collect();
        for (index, (name, token)) in known.iter().enumerate() {
            for (other_name, other) in &known[..index] {
                findings.extend(distances((*name, token), (*other_name, other), *least));
            }
        }
    }
    findings
}

fn distances((name, one): (&str, &Token), (other, two): (&str, &Token), least: [f64; 2]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (theme, eyes) in (0..2).flat_map(|theme| Blindness::ALL.map(|eyes| (theme, eyes))) {
        let distance = one.colours[theme].distance(two.colours[theme], eyes);
        if distance < least[theme] {
            let theme_name = THEMES[theme];
            let what = format!("{name} is {distance:.1} from {other} to {eyes:?} eyes in the {theme_name} theme");
            let remedy = format!("make it {} or more, by lightness first", least[theme]);
            findings.push(Finding::new(STYLESHEET, one.line, what, remedy));
        }
    }
    findings
}

fn missing(tokens: &BTreeMap<&str, Token>) -> Vec<Finding> {
    let pairs = CONTRASTS.iter().flat_map(|(one, two, _)| [*one, *two]);
    let sets = DISTANCES.iter().flat_map(|(names, _)| names.iter().copied());
    let wanted: std::collections::BTreeSet<&str> =
        pairs.chain(sets).filter(|name| !tokens.contains_key(name)).collect();
    let finding = |name: &str| {
        let remedy = "write it as `#RRGGBB` or `light-dark(#RRGGBB, #RRGGBB)`";
        Finding::new(STYLESHEET, 0, format!("{name} is not a colour that can be checked"), remedy)
    };
    wanted.into_iter().map(finding).collect()
}

/// Every custom property whose value is one colour, or one for each theme. The first definition counts.
fn tokens(text: &str) -> BTreeMap<&str, Token> {
    let mut tokens = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        for declaration in line.split(['{', ';']) {
            let Some((name, value)) = declaration.trim().split_once(':') else { continue };
            let Some(colours) = name.starts_with("--").then(|| colours(value.trim())).flatten() else { continue };
            tokens.entry(name.trim()).or_insert(Token { line: number + 1, colours });
        }
    }
    tokens
}

fn colours(value: &str) -> Option<[Colour; 2]> {
    if let Some(colour) = Colour::parse(value) {
        return Some([colour, colour]);
    }
    let (light, dark) = value.strip_prefix("light-dark(")?.strip_suffix(')')?.split_once(',')?;
    Some([Colour::parse(light.trim())?, Colour::parse(dark.trim())?])
}

#[cfg(test)]
mod tests {
    use super::super::tests::brief;
    use super::*;

    const PALETTE: &str = "\
@layer tokens {
  :root {
    --canvas: light-dark(#FFFFFF, #14171D); --ink: light-dark(#16181D, #ECEEF2);
    --quiet: light-dark(#565B66, #A9AFBB); --faint: light-dark(#6B707B, #8D94A1); --link: light-dark(#2156B8, #8AB4FF);
    --sev1-fill: light-dark(#A3001B, #DA3540); --sev1-ink: #FFFFFF; --sev1-edge: light-dark(#A3001B, #DA3540);
    --sev2-fill: light-dark(#E8702A, #F29A52); --sev2-ink: light-dark(#1A1206, #1A0D02);
    --sev2-edge: light-dark(#B4470E, #F29A52);
    --sev3-fill: light-dark(#F7CF5A, #F8E7AE); --sev3-ink: #241A00; --sev3-edge: light-dark(#8A6A00, #F8E7AE);
    --sev4-fill: light-dark(#D6E6FF, #24467A); --sev4-ink: light-dark(#0B3A82, #DCE8FF);
    --sev4-edge: light-dark(#2F62B5, #5C8BD6);
    --status-operational: light-dark(#0B7A6B, #4CC3AC); --status-degraded: light-dark(#F7CF5A, #F8E7AE);
    --status-partial: light-dark(#E8702A, #F29A52); --status-major: light-dark(#8F0018, #DA3540);
    --status-maintenance: light-dark(#A493E0, #9C86E8);
  }
}
";

    fn with(from: &str, to: &str) -> Vec<String> {
        assert!(PALETTE.contains(from));
        brief(&of_stylesheet(&PALETTE.replace(from, to)))
    }

    #[test]
    fn the_palette_keeps_its_promises() {
        assert_eq!(with("", ""), [""; 0]);
    }

    /// The smallest distances that were measured when the palette was chosen.
    #[test]
    fn the_distances_are_those_of_the_design() {
        let tokens = tokens(PALETTE);
        let smallest = |names: &[&str], theme: usize, eyes: Blindness| {
            let pairs =
                names.iter().flat_map(|one| names.iter().filter(move |two| *two < one).map(move |two| (one, two)));
            let far = pairs.map(|(one, two)| tokens[one].colours[theme].distance(tokens[two].colours[theme], eyes));
            format!("{:.1}", far.fold(f64::MAX, f64::min))
        };
        let [protan, deutan, tritan] = Blindness::ALL;
        let of = |theme| [deutan, protan, tritan].map(|eyes| smallest(SEVERITIES, theme, eyes));
        assert_eq!(
            (of(0), of(1)),
            (["18.4", "19.9", "12.2"].map(str::to_owned), ["16.6", "15.3", "18.2"].map(str::to_owned))
        );
        assert_eq!([smallest(STATUSES, 0, protan), smallest(STATUSES, 1, protan)], ["11.5", "11.6"]);
    }

    #[test]
    fn a_pale_ink_a_twin_and_a_missing_colour_are_found() {
        let pale = with("--sev3-edge: light-dark(#8A6A00", "--sev3-edge: light-dark(#B08A20");
        assert_eq!(
            pale,
            ["crates/web/assets/tokens.css:8 --sev3-edge on --canvas has a contrast of 3.2 in the light theme"]
        );
        let twin = with("--sev2-fill: light-dark(#E8702A, #F29A52)", "--sev2-fill: light-dark(#E8702A, #D7903F)");
        let seen = "--sev2-fill is 12.1 from --sev1-fill to Deutan eyes in the dark theme";
        assert_eq!(twin, [format!("{STYLESHEET}:6 {seen}")]);
        let gone = with("--sev4-ink: light-dark(#0B3A82, #DCE8FF);", "--sev4-ink: var(--ink);");
        assert_eq!(gone, ["crates/web/assets/tokens.css:0 --sev4-ink is not a colour that can be checked"]);
    }

    #[test]
    fn stylesheets_without_the_palette_are_found() {
        assert!(check(&Repository::of(&[])).is_empty());
        assert_eq!(check(&Repository::of(&[("crates/web/assets/base.css", "a {}")])).len(), 1);
    }
}
