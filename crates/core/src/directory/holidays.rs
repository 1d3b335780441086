//! The holidays of a person: whole days, where they live.

use jiff::civil::Date;

use super::{Directory, TimeOff, User};
use crate::holiday::Calendar;
use crate::readiness::Period;

impl User {
    /// The holidays of their region; none where they have not said which it is.
    pub fn calendar(&self) -> Option<&'static Calendar> {
        self.holidays.as_ref()?.holidays()
    }
}

impl Directory {
    /// The holidays of a person that touch a period, each cut at its edges, with their names.
    pub fn holidays_within(&self, user: &User, range: Period) -> Vec<(Period, &'static str)> {
        let Some(calendar) = user.calendar() else { return Vec::new() };
        let zone = self.zone_of(user);
        let day = |at| -> Date { zone.local(at).date() };
        let within = calendar.between(day(range.starts), day(range.ends)).filter_map(|(date, name)| {
            let period = TimeOff::days(date, date, zone);
            Some((period.common(range)?, name))
        });
        within.collect()
    }
}
