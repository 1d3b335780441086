//! What is paid for being on call, and the report as CSV.

use std::str::FromStr;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{Kind, Load, Report};
use crate::directory::Directory;

/// What is paid. Money is in hundredths: cents, pence, öre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rates {
    /// For an hour on call on a weekday, by day.
    pub hour: u32,
    /// For an hour by night, in per cent of that.
    pub night: u32,
    /// For an hour on a weekend, in per cent of it. Where several of these meet, the greatest counts.
    pub weekend: u32,
    /// For an hour on a holiday of the region where the person lives, in per cent of it.
    pub holiday: u32,
    /// For each page.
    pub page: u32,
}

/// The word for the money: `EUR`, `CHF`. It changes no number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Currency(String);

impl Currency {
    /// The word; empty where none was given.
    pub fn word(&self) -> &str {
        &self.0
    }
}

impl FromStr for Currency {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let plain = text.chars().all(char::is_alphabetic) && text.chars().count() <= 12;
        plain.then(|| Self(text.to_owned())).ok_or_else(|| {
            let shown: String = text.chars().take(20).collect();
            format!("`{shown}` is not the word for a currency; use letters only, at most 12, such as `EUR`")
        })
    }
}

impl Default for Rates {
    fn default() -> Self {
        Self { hour: 0, night: 100, weekend: 100, holiday: 100, page: 0 }
    }
}

impl Rates {
    /// What a person is paid for a load, in hundredths: exact to the second, and rounded once, to the nearest.
    pub fn pay(&self, load: &Load) -> u64 {
        let percent = |kind: Kind| {
            let extra = [(kind.night, self.night), (kind.weekend, self.weekend), (kind.holiday, self.holiday)];
            extra.iter().filter(|(is_so, _)| *is_so).map(|(_, percent)| *percent).max().unwrap_or(100)
        };
        let seconds = |time: SignedDuration| u128::from(time.as_secs().unsigned_abs());
        let weighed: u128 =
            load.time.by_kind().iter().map(|(kind, time)| seconds(*time) * u128::from(percent(*kind))).sum();
        let hours = (weighed * u128::from(self.hour) + 180_000) / 360_000;
        u64::try_from(hours).unwrap_or(u64::MAX).saturating_add(u64::from(self.page) * load.pages as u64)
    }
}

/// The report as CSV (RFC 4180), one person to a line, hours with two digits and money as `12.50`.
pub fn csv(directory: &Directory, report: &Report, rates: &Rates, currency: &Currency) -> String {
    let mut text =
        "login,name,hours,night hours,weekend hours,holiday hours,pages,broken nights,weight,pay,currency\r\n"
            .to_owned();
    for load in &report.loads {
        let user = directory.user(load.user);
        let (login, name) = user.map_or(("", ""), |user| (&*user.slug, &*user.name));
        let pay = rates.pay(load);
        let fields = [
            field(login),
            field(name),
            hours(load.time.whole()),
            hours(load.time.nights()),
            hours(load.time.weekends()),
            hours(load.time.holidays()),
            load.pages.to_string(),
            load.broken_nights.to_string(),
            hours(load.weight()),
            format!("{}.{:02}", pay / 100, pay % 100),
            field(&currency.0),
        ];
        text += &fields.join(",");
        text += "\r\n";
    }
    text
}

fn hours(time: SignedDuration) -> String {
    let hundredths = (time.as_secs() + 18) / 36;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// A field that spreadsheets take for text, whatever it begins with.
fn field(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}
