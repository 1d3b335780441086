//! Some weeks of a schedule, drawn, and the same as a list by day.

use jiff::Timestamp;

use super::parts::Person;

/// How many tones people are drawn in. Names tell them apart; a tone only helps the eye to follow one.
pub const TONES: usize = 10;

/// What a block in a row of the chart stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockKind {
    /// Somebody's turn, in their tone.
    Turn(usize),
    /// The reader's turn.
    Mine,
    /// An override, in the tone of whoever takes over.
    Override(usize),
    /// Time off.
    Off,
    /// Nobody is on call.
    Gap,
}

impl BlockKind {
    /// Its style classes.
    pub fn class(self) -> String {
        match self {
            Self::Turn(tone) => format!("tone{}", tone % TONES),
            Self::Mine => "mine".to_owned(),
            Self::Override(tone) => format!("cover tone{}", tone % TONES),
            Self::Off => "off".to_owned(),
            Self::Gap => "gap".to_owned(),
        }
    }
}

/// A block in a row of the chart.
#[derive(Debug, Clone)]
pub struct Block {
    /// Its left edge, in per cent of the chart.
    pub x: f64,
    /// Its width, in per cent of the chart.
    pub width: f64,
    /// What it stands for.
    pub kind: BlockKind,
    /// Written in it: a name, or that nobody is on call.
    pub label: String,
    /// On hover: who, from when, until when.
    pub title: String,
}

/// A row of the chart: the result, a layer, overrides, or time off.
#[derive(Debug, Clone)]
pub struct ChartRow {
    /// Written at its left.
    pub name: String,
    /// True for the result, which stands on top.
    pub is_final: bool,
    /// Left to right.
    pub blocks: Vec<Block>,
}

/// A day's line and date.
#[derive(Debug, Clone)]
pub struct ChartDay {
    /// Its midnight, in per cent of the chart.
    pub x: f64,
    /// `Mo`
    pub weekday: String,
    /// `23`
    pub label: String,
    /// True on Mondays.
    pub starts_week: bool,
    /// True for today.
    pub is_today: bool,
    /// What the clocks do on it, if they change: `25 h`.
    pub clocks: Option<String>,
}

/// The tone of a person, for the legend.
#[derive(Debug, Clone)]
pub struct Tone {
    /// Its style class.
    pub class: String,
    /// Whose it is.
    pub name: String,
}

/// Some weeks of a schedule.
#[derive(Debug, Clone)]
pub struct Chart {
    /// The days.
    pub days: Vec<ChartDay>,
    /// The result on top, then the layers, the overrides and time off.
    pub rows: Vec<ChartRow>,
    /// Now, in per cent of the chart; nothing where it lies outside.
    pub now_x: Option<f64>,
    /// The gaps in words: `Tue 24 Nov 02:00–06:00`.
    pub gaps: Vec<String>,
    /// How many more there are.
    pub more_gaps: usize,
    /// The days on which the clocks change, in words.
    pub clock_changes: Vec<String>,
    /// Whoever has a tone in it.
    pub tones: Vec<Tone>,
    /// Its left edge, in RFC 3339, for scripts.
    pub from: String,
    /// Its right edge.
    pub until: String,
    /// The zone of its days.
    pub zone: String,
    /// How finely a time is picked on it, in minutes.
    pub step: u32,
}

/// The list by day.
#[derive(Debug, Clone, Default)]
pub struct ChartDays {
    /// The days, in order.
    pub days: Vec<DayList>,
}

/// Who is on call on a day.
#[derive(Debug, Clone)]
pub struct DayList {
    /// `Mon 23 Nov`
    pub title: String,
    /// True for today.
    pub is_today: bool,
    /// What the clocks do on it, if they change.
    pub clocks: Option<String>,
    /// In order.
    pub entries: Vec<DayEntry>,
}

/// Somebody's part of a day.
#[derive(Debug, Clone)]
pub struct DayEntry {
    /// `09:00–24:00`, or `all day`.
    pub time: String,
    /// Who; nobody in a gap.
    pub people: Vec<Person>,
    /// The style classes of the mark beside it.
    pub class: String,
    /// Why: `Layer “Weekdays”`.
    pub why: String,
}

/// Where a stretch of time lies in a chart from `from` until `until`: left edge and width in per cent, cut at the
/// edges; nothing where it lies outside. Days of 23 and 25 hours come out right, because only moments are compared.
pub fn place(from: Timestamp, until: Timestamp, starts: Timestamp, ends: Timestamp) -> Option<(f64, f64)> {
    let whole = until.duration_since(from).as_secs_f64();
    let (left, right) = (starts.max(from), ends.min(until));
    (left < right && whole > 0.0).then(|| {
        let percent = |at: Timestamp| at.duration_since(from).as_secs_f64() / whole * 100.0;
        (percent(left), percent(right) - percent(left))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn blocks_are_cut_at_the_edges() {
        let (from, until) = (at("2026-11-23T00:00:00Z"), at("2026-12-21T00:00:00Z"));
        assert_eq!(place(from, until, from, until), Some((0.0, 100.0)));
        assert_eq!(place(from, until, at("2026-11-16T00:00:00Z"), at("2026-11-30T00:00:00Z")), Some((0.0, 25.0)));
        assert_eq!(place(from, until, at("2026-12-14T00:00:00Z"), at("2027-01-30T00:00:00Z")), Some((75.0, 25.0)));
        assert_eq!(place(from, until, until, at("2027-01-30T00:00:00Z")), None);
        assert_eq!(place(until, from, from, until), None);
    }
}
