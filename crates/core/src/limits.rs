//! Every limit of the product, in one place.
//!
//! Crossing one is always visible: as a refusal with its remedy, as a fact on the timeline, or as a warning beside the
//! event. Each is crossed in a test or
//! a scenario that says so (`beyond: LABELS`); tidy looks. The settings page and `docs/limits.md` show [`ALL`].

/// A limit as shown to people.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// The name of its constant.
    pub name: &'static str,
    /// What is limited.
    pub what: &'static str,
    /// The number.
    pub value: u64,
    /// Its unit.
    pub unit: &'static str,
    /// What happens beyond it.
    pub beyond: &'static str,
}

macro_rules! limits {
    ($($name:ident: $type:ty = $value:expr, $what:literal, $unit:literal, $beyond:literal;)*) => {
        $(#[doc = concat!($what, ": at most so many ", $unit, ". Beyond it: ", $beyond, ".")]
        pub const $name: $type = $value;)*

        /// All limits, in the order of this file.
        pub const ALL: &[Limit] = &[
            $(Limit { name: stringify!($name), what: $what, value: $name as u64, unit: $unit, beyond: $beyond },)*
        ];
    };
}

limits! {
    // What sources send.
    EVENT_BYTES: usize = 512 * 1024, "Size of a request to the intake", "bytes", "413 Content Too Large; nothing is stored";
    EVENTS_PER_REQUEST: usize = 5_000, "Events in one request", "events", "the rest is left out, with a warning beside the event";
    DEDUP_KEY_CHARACTERS: usize = 255, "Length of a dedup key", "characters", "400 from the PagerDuty-compatible intake; elsewhere its digest takes its place, with a warning";
    SUMMARY_CHARACTERS: usize = 1_024, "Length of a summary or title", "characters", "cut, with a warning beside the event; refused when a person writes it";
    SOURCE_CHARACTERS: usize = 1_024, "Length of an event's source", "characters", "cut, with a warning beside the event";
    LABELS: usize = 100, "Labels of an alert", "labels", "the first are kept, with a warning beside the event";
    LABEL_NAME_CHARACTERS: usize = 256, "Length of a label's name", "characters", "cut, with a warning beside the event";
    LABEL_CHARACTERS: usize = 4_096, "Length of a label's value", "characters", "cut, with a warning beside the event";
    LINKS: usize = 50, "Links of an alert, and as many pictures", "links", "the first are kept, with a warning beside the event";
    LINK_CHARACTERS: usize = 4_096, "Length of a link", "characters", "cut, with a warning beside the event";
    DETAILS_DEPTH: usize = 32, "Levels of an event's details", "levels", "what lies deeper is left out, with a warning beside the event";
    WARNINGS: usize = 50, "Warnings beside one request", "warnings", "the rest are counted in one more warning";
    INTAKE_PER_MINUTE: u32 = 600_000, "Requests of one integration in a minute", "requests", "429 with Retry-After; counted and shown on the integration's page";
    CONNECTIONS: usize = 4_096, "Connections at one time, to each address that is listened on", "connections", "others wait until one of them ends; a warning in the log";
    INTAKE_QUEUE: usize = 8_192, "Requests that wait for the disk at one time", "requests", "503 with Retry-After; counted and shown on the integration's page";
    SILENCES: usize = 1_000, "Silences of one service, those that ended in the last five days included", "silences", "400 with the remedy";
    AUTHOR_CHARACTERS: usize = 320, "Length of what makers of silences call themselves", "characters", "400 with the number";
    ANNOTATION_CHARACTERS: usize = 10_000, "Length of all annotations of a silence together, with their names", "characters", "400 with the number";
    MATCHERS: usize = 100, "Matchers of one silence or filter", "matchers", "400 with the number";
    EXPRESSION_BYTES: usize = 256 * 1024, "Memory for the regular expression of a matcher", "bytes", "400 with the expression";
    // What people and programs ask.
    BODY_BYTES: usize = 1024 * 1024, "Size of a request to the API or a page", "bytes", "413 Content Too Large";
    API_PER_MINUTE: u32 = 3_000, "API requests of one program's token, or of one person by all of theirs, in a minute", "requests", "429 with Retry-After";
    WRONG_TOKENS_PER_MINUTE: u32 = 60, "Requests to the API from one address in a minute whose token is wrong", "requests", "429 with Retry-After; whoever has a right one is served";
    SIGN_IN_PER_MINUTE: u32 = 10, "Attempts in a minute to sign in to one account, or from one address", "attempts", "429 with Retry-After, and an entry in the audit log";
    LINKS_PER_MINUTE: u32 = 600, "Times that one-tap links are opened or tapped from one address in a minute", "times", "429 with Retry-After; the page tries again by itself";
    LIST_PAGE: usize = 200, "Rows on one page of a list", "rows", "the next page has them";
    DOCUMENTS: usize = 5_000, "Documents in one request that plans or applies a configuration", "documents", "422 with the number; send the rest in another request";
    DAYS_AHEAD: u32 = 92, "Days that one list of shifts or one check of the configuration covers", "days", "422 with the remedy";
    SIMULATED_MOMENTS: usize = 500, "Things that one simulation of an escalation tells", "things", "the rest is left out, and the answer says so";
    REASONS: usize = 500, "Reasons why a person was paged about an incident, or not", "reasons", "the rest is left out";
    ASSUMPTIONS: usize = 20, "Assumptions of one simulation of an escalation", "assumptions", "422 with the number";
    LOAD_DAYS: u32 = 400, "Days that one report of the on-call load covers", "days", "422 with the remedy";
    LOAD_DELIVERIES: usize = 5_000, "Messages to one person that a report of the on-call load goes through", "messages", "422 with the remedy: a shorter period";
    IDEMPOTENCY_KEY_CHARACTERS: usize = 255, "Length of an idempotency key", "characters", "422 with the remedy";
    PASSWORD_CHARACTERS: usize = 1_000, "Length of a password", "characters", "refused when saved";
    SESSION_DAYS: u32 = 30, "Age of a session in a browser", "days", "its owner signs in again";
    INVITATION_HOURS: u32 = 72, "Age of an invitation", "hours", "it opens nothing any more; send another one";
    CODE_MINUTES: u32 = 15, "Age of a code that verifies a contact method", "minutes", "it counts no more; send another one";
    CODE_ATTEMPTS: u32 = 5, "Wrong tries of one code", "tries", "it counts no more; send another one";
    LINK_DAYS: u32 = 7, "Age of the link in a page that acknowledges with one tap", "days", "it leads to the sign-in";
    // The configuration.
    NAME_CHARACTERS: usize = 120, "Length of a name", "characters", "refused when saved";
    SLUG_CHARACTERS: usize = 60, "Length of the short name of a thing in files and addresses", "characters", "refused when saved";
    NOTE_CHARACTERS: usize = 10_000, "Length of a note or a description", "characters", "refused when saved";
    STEPS: usize = 20, "Steps of an escalation policy", "steps", "refused when saved";
    TARGETS: usize = 20, "Targets of one step", "targets", "refused when saved";
    ACKNOWLEDGEMENTS: u32 = 20, "Acknowledgements that one step asks for", "acknowledgements", "refused when saved";
    CONDITION_VALUES: usize = 50, "Hours, and labels, in the conditions of one step", "of each", "refused when saved";
    LATE_STEPS: usize = 10, "Steps for incidents that stay unresolved", "steps", "refused when saved";
    REPEATS: u32 = 9, "Repeats of an escalation policy", "repeats", "refused when saved";
    RUNGS: usize = 15, "Notification rules of a person for one urgency", "rules", "refused when saved";
    SKILLS: usize = 30, "Skills of a person", "skills", "refused when saved";
    CONTACT_METHODS: usize = 10, "Contact methods of a person", "contact methods", "refused when saved";
    TIME_OFF: usize = 200, "Times off of a person", "of them", "refused when saved";
    LAYERS: usize = 20, "Layers of a schedule", "layers", "refused when saved";
    LAYER_PARTICIPANTS: usize = 100, "Participants of a layer", "people", "refused when saved";
    RESTRICTIONS: usize = 50, "Restrictions of a layer", "restrictions", "refused when saved";
    CALENDAR_LINKS: usize = 20, "Secret links to the calendar of one schedule or person", "links", "422 with the remedy: revoke one";
    CALENDAR_EVENTS: usize = 5_000, "Shifts in one calendar that people subscribe to", "shifts", "it ends early, and its description says so";
    COMPANY_DAYS: usize = 400, "Days of the company's own that count as holidays for a layer", "days", "refused when saved";
    TURN_LENGTH: u32 = 1_000, "Length of a turn, in its own unit: hours, days, weeks or months", "of them", "refused when saved";
    CREW: usize = 20, "People of a layer who are on call together", "people", "refused when saved";
    RULE_INTERVAL: u32 = 10_000, "Interval of a recurrence rule", "periods", "refused when saved";
    RULE_COUNT: u32 = 1_000, "Occurrences that a recurrence rule can ask for by its COUNT", "occurrences", "refused when saved";
    RULE_SHIFTS_PER_DAY: usize = 48, "Shifts that a recurrence rule begins within 24 hours", "shifts", "refused when saved";
    RULE_DATES: usize = 400, "Dates that a recurrence rule leaves out, and as many that come on top", "dates", "refused when saved";
    OVERRIDES: usize = 2_000, "Overrides of a schedule that are not yet over", "overrides", "refused when saved";
    GROUPING_HOURS: u32 = 48, "How long an incident takes in further alerts of its group", "hours", "refused when saved";
    WAIT_DAYS: u32 = 3_660, "Any length of time that is set", "days", "refused when saved";
    // Cover and handovers.
    COVER_DAYS: u32 = 92, "Days from the first to the last moment that one request for cover asks for", "days", "422 with the remedy";
    COVER_PERIODS: usize = 50, "Shifts in one request for cover", "shifts", "422 with the remedy";
    COVER_ASKED: usize = 100, "People of whom one request for cover is asked", "people", "422 with the remedy when they were chosen; the first of them otherwise";
    COVER_OPEN: usize = 20, "Open requests for cover of one person", "requests", "422 with the remedy";
    COVER_NOTE_CHARACTERS: usize = 500, "Length of the note of a request for cover", "characters", "422 with the remedy";
    HANDOFF_NOTE_CHARACTERS: usize = 4_000, "Length of a handoff note", "characters", "422 with the remedy";
    // Incidents, and the pages about them.
    SNOOZE_DAYS: u32 = 366, "How long an incident can be snoozed", "days", "refused";
    RESPONDERS: usize = 200, "People who are being paged for one incident at one time", "people", "the escalation goes on without the rest, and the timeline says so";
    DELIVERY_ATTEMPTS: u32 = 8, "Attempts to hand over one message", "attempts", "the delivery fails, the timeline says so, and the next contact method is tried at once";
    PROVIDER_WAIT_MINUTES: u32 = 5, "How long a provider may ask us to wait", "minutes", "the delivery fails, the timeline says so, and the next contact method is tried at once";
    PAGES_PER_MINUTE: usize = 5, "Single pages to one contact method in a minute", "pages", "the rest come in one message a minute";
    CRITICAL_PAGES_PER_MINUTE: usize = 5, "Single SEV1 pages to one contact method in a minute, on top of the others", "pages", "the rest come in one message a minute";
    NOTICES_PER_MINUTE: usize = 5, "Updates to one contact method in a minute (acknowledged, resolved)", "updates", "the rest are left out, and the delivery ledger says which";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_says_what_happens_beyond_it() {
        for limit in ALL {
            assert!(limit.value > 0 && !limit.unit.is_empty() && limit.beyond.len() > 5, "{limit:?}");
        }
    }
}
