//! What is paid for being on call, and the report as CSV.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{Load, Report};
use crate::directory::Directory;

/// What is paid. Money is in hundredths: cents, pence, öre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rates {
    /// For an hour on call on a weekday, by day.
    pub hour: u32,
    /// For an hour by night, in per cent of that.
    pub night: u32,
    /// For an hour on a weekend, in per cent of it; by night on a weekend the greater of the two counts.
    pub weekend: u32,
    /// For each page.
    pub page: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Self { hour: 0, night: 100, weekend: 100, page: 0 }
    }
}

impl Rates {
    /// What a person is paid for a load, in hundredths, rounded to the nearest.
    pub fn pay(&self, load: &Load) -> u64 {
        let both = self.night.max(self.weekend);
        let kinds = [
            (load.time.day, 100),
            (load.time.night, self.night),
            (load.time.weekend, self.weekend),
            (load.time.weekend_night, both),
        ];
        let seconds = |time: SignedDuration| u128::from(time.as_secs().unsigned_abs());
        let weighed: u128 = kinds.iter().map(|(time, percent)| seconds(*time) * u128::from(*percent)).sum();
        let hours = (weighed * u128::from(self.hour) + 180_000) / 360_000;
        u64::try_from(hours).unwrap_or(u64::MAX).saturating_add(u64::from(self.page) * load.pages as u64)
    }
}

/// The report as CSV (RFC 4180), one person to a line, hours with two digits and money as `12.50`.
pub fn csv(directory: &Directory, report: &Report, rates: &Rates) -> String {
    let mut text = "login,name,hours,night hours,weekend hours,pages,broken nights,weight,pay\r\n".to_owned();
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
            load.pages.to_string(),
            load.broken_nights.to_string(),
            hours(load.weight()),
            format!("{}.{:02}", pay / 100, pay % 100),
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
