//! Every limit of the product, in one place.
//!
//! Crossing one is always visible: as a refusal with its remedy, as a fact on the timeline, or as a warning beside the
//! event. The settings page and `docs/limits.md` show [`ALL`].

/// A limit as shown to people.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
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
        $(#[doc = concat!("The most ", $what, ", in ", $unit, ". Beyond it: ", $beyond, ".")]
        pub const $name: $type = $value;)*

        /// All limits, in the order of this file.
        pub const ALL: &[Limit] = &[
            $(Limit { what: $what, value: $name as u64, unit: $unit, beyond: $beyond },)*
        ];
    };
}

limits! {
    EVENT_BYTES: usize = 512 * 1024, "of one request to the intake", "bytes", "413 Content Too Large; nothing is stored";
    EVENTS_PER_REQUEST: usize = 5_000, "events in one request", "events", "the rest of the request is left out, with a warning on the event";
    DEDUP_KEY_CHARACTERS: usize = 255, "of a dedup key sent to the PagerDuty-compatible intake", "characters", "400 with the field and the remedy";
    SUMMARY_CHARACTERS: usize = 1_024, "of a summary", "characters", "cut, with a warning on the event";
    SOURCE_CHARACTERS: usize = 1_024, "of an event's source", "characters", "cut, with a warning on the event";
    LABELS: usize = 100, "labels of one alert", "labels", "the first are kept, with a warning on the event";
    LABEL_NAME_CHARACTERS: usize = 256, "of a label's name", "characters", "cut, with a warning on the event";
    LABEL_CHARACTERS: usize = 4_096, "of a label's value", "characters", "cut, with a warning on the event";
    LINKS: usize = 50, "links of one alert", "links", "the first are kept, with a warning on the event";
    LINK_CHARACTERS: usize = 4_096, "of a link", "characters", "cut, with a warning on the event";
    DETAILS_DEPTH: usize = 32, "levels of an event's details", "levels", "what lies deeper is left out, with a warning on the event";
    INTAKE_PER_MINUTE: u32 = 600_000, "requests a minute from one integration", "requests", "429 with Retry-After; counted and shown on the integration";
    INTAKE_QUEUE: usize = 8_192, "requests waiting for the disk at one time", "requests", "503 with Retry-After";
    API_PER_MINUTE: u32 = 3_000, "API requests a minute of one token or person", "requests", "429 with Retry-After";
    SIGN_IN_PER_MINUTE: u32 = 10, "attempts a minute to sign in to one account or from one address", "attempts", "429 with Retry-After, and a fact in the audit log";
    LINKS_PER_MINUTE: u32 = 600, "times a minute that one-tap links are opened or tapped from one address", "requests", "429 with Retry-After; the page tries again by itself";
    BODY_BYTES: usize = 1024 * 1024, "of one request to the API or a page", "bytes", "413 Content Too Large";
    STEPS: usize = 20, "steps of an escalation policy", "steps", "refused when saved";
    TARGETS: usize = 20, "targets of one step", "targets", "refused when saved";
    REPEATS: u32 = 9, "repeats of an escalation policy", "repeats", "refused when saved";
    RUNGS: usize = 15, "notification rules of one person and urgency", "rules", "refused when saved";
    CONTACT_METHODS: usize = 10, "contact methods of one person", "contact methods", "refused when saved";
    LAYERS: usize = 20, "layers of a schedule", "layers", "refused when saved";
    LAYER_PARTICIPANTS: usize = 100, "participants of one layer", "people", "refused when saved";
    RESTRICTIONS: usize = 50, "restrictions of one layer", "restrictions", "refused when saved";
    OVERRIDES: usize = 2_000, "overrides of one schedule that are not yet over", "overrides", "refused when saved";
    SILENCES: usize = 1_000, "silences of one service, those that ended within five days included", "silences", "refused when made";
    NAME_CHARACTERS: usize = 120, "of a name", "characters", "refused when saved";
    SLUG_CHARACTERS: usize = 60, "of the short name of a thing in files and addresses", "characters", "refused when saved";
    NOTE_CHARACTERS: usize = 10_000, "of a note or a description", "characters", "refused when saved";
    RESPONDERS: usize = 200, "people being paged for one incident at one time", "people", "the escalation goes on without the rest, with a fact on the timeline";
    DELIVERY_ATTEMPTS: u32 = 8, "attempts to hand over one message", "attempts", "the delivery fails, visibly, and the next contact method is tried at once";
    PAGES_PER_MINUTE: usize = 5, "single pages a minute to one contact method", "messages", "the rest are bundled in one message a minute";
    CRITICAL_PAGES_PER_MINUTE: usize = 5, "single SEV1 pages a minute to one contact method, on top of the others", "messages", "the rest are bundled in one message a minute";
    NOTICES_PER_MINUTE: usize = 5, "updates a minute to one contact method (acknowledged, resolved)", "messages", "the rest are left out; the ledger shows which";
    LIST_PAGE: usize = 200, "rows of one page of a list", "rows", "the next page has them";
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
