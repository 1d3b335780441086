//! The JSON Schema of the documents, for editors.

use serde_json::{Map, Value, json};

use crate::directory::{Kind, MailSecurity, Retention, Role};
use crate::limits;
use crate::schedule::OnHolidays;
use crate::severity::Severity;

/// The schema of one document, in JSON Schema 2020-12. Editors show its descriptions, complete names and mark mistakes;
/// what it accepts may still be refused when it is planned, because references and much else cannot be said in it.
pub fn schema() -> Value {
    let kinds = [
        ("organisation", organisation()),
        (Kind::Team.word(), team()),
        (Kind::User.word(), user()),
        (Kind::Schedule.word(), schedule()),
        (Kind::Policy.word(), policy()),
        (Kind::Service.word(), service()),
        (Kind::Integration.word(), integration()),
    ];
    let words: Vec<&str> = kinds.iter().map(|(word, _)| *word).collect();
    let choice = kinds.iter().map(|(word, _)| {
        json!({
            "if": { "properties": { "kind": { "const": word } } },
            "then": { "$ref": format!("#/$defs/{word}") },
        })
    });
    let choice: Vec<Value> = choice.collect();
    let mut definitions: Map<String, Value> =
        kinds.into_iter().map(|(word, fields)| (word.to_owned(), of_kind(word, fields))).collect();
    definitions.extend(parts().into_iter().map(|(name, part)| (name.to_owned(), part)));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Allclear configuration",
        "description": "One document of a file that `allclear apply` reads. Documents are separated by `---`.",
        "type": "object",
        "required": ["kind"],
        "properties": { "kind": { "enum": words, "description": "What the document describes." } },
        "allOf": choice,
        "$defs": definitions,
    })
}

/// A field: its name, whether it has to be there, and its schema.
type Field = (&'static str, bool, Value);

fn required(name: &'static str, schema: Value) -> Field {
    (name, true, schema)
}

fn optional(name: &'static str, schema: Value) -> Field {
    (name, false, schema)
}

fn object(fields: Vec<Field>) -> Value {
    let required: Vec<&str> = fields.iter().filter(|(_, required, _)| *required).map(|(name, ..)| *name).collect();
    let properties: Map<String, Value> =
        fields.into_iter().map(|(name, _, schema)| (name.to_owned(), schema)).collect();
    json!({ "type": "object", "required": required, "properties": properties, "additionalProperties": false })
}

fn of_kind(word: &str, mut fields: Vec<Field>) -> Value {
    fields.push(required("kind", json!({ "const": word })));
    object(fields)
}

fn text(description: &str) -> Value {
    json!({ "type": "string", "description": description })
}

fn a(part: &str, description: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{part}"), "description": description })
}

fn list(items: Value, most: usize, description: &str) -> Value {
    json!({ "type": "array", "items": items, "maxItems": most, "description": description })
}

fn one_of(words: &[&str], description: &str) -> Value {
    json!({ "enum": words, "description": description })
}

fn flag(description: &str) -> Value {
    json!({ "type": "boolean", "description": description })
}

/// The fields that almost every kind has.
fn named(rest: Vec<Field>) -> Vec<Field> {
    let mut fields = vec![
        required("slug", a("slug", "The short name, by which other documents name it.")),
        optional("name", a("name", "The name; the short name where left out.")),
    ];
    fields.extend(rest);
    fields
}

fn organisation() -> Vec<Field> {
    let security = [MailSecurity::Starttls, MailSecurity::Tls, MailSecurity::None].map(|security| json!(security));
    let mail = object(vec![
        required("host", text("The name or address of the mail server.")),
        optional("port", json!({ "type": "integer", "minimum": 1, "maximum": 65535 })),
        optional("security", json!({ "enum": security, "description": "How the connection is protected." })),
        optional("username", text("The login, if the server wants one. The password is set apart from this.")),
        required("sender", text("The sender of every mail: `Allclear <pager@example.com>`.")),
    ]);
    let settings = Retention::default().settings();
    let keep = object(settings.map(|(kind, _)| optional(kind, a("wait", "For how long; a day at the least."))).into());
    vec![
        optional("name", text("The name of the organisation.")),
        optional("time_zone", a("time_zone", "The zone of times that belong to nobody in particular.")),
        optional("address", text("Where people reach this installation; links in pages start with it.")),
        optional("mail", mail),
        optional("keep", keep),
    ]
}

fn team() -> Vec<Field> {
    named(vec![optional("description", text("What the team does."))])
}

fn user() -> Vec<Field> {
    let contact = object(vec![
        optional("name", a("name", "What its owner calls it; the channel's name where left out.")),
        required("channel", text("By which channel: `email`, `webhook`.")),
        required("address", text("Where: a mail address, a URL.")),
        optional("verified", flag("An administrator vouches for the address; no code is sent there first.")),
    ]);
    let time_off = object(vec![
        required("from", a("date", "The first day.")),
        optional("until", a("date", "The last day; the first where left out.")),
        optional("note", text("What its owner says about it; everybody may read it.")),
    ]);
    let rungs = |what| list(a("rung", "One notification rule."), limits::RUNGS, what);
    let rules = object(vec![
        optional("high", rungs("The rules for what wakes people.")),
        optional("low", rungs("The rules for what can wait.")),
    ]);
    named(vec![
        optional("email", text("The mail address; not a contact method by itself.")),
        optional("role", one_of(&Role::ALL.map(Role::word), "What they may do; a new person is a responder.")),
        optional("time_zone", a("time_zone", "Where they live.")),
        optional("teams", json!({ "type": "array", "items": a("slug", "A team."), "description": "Their teams." })),
        optional("skills", list(a("slug", "A short name."), limits::SKILLS, "What they know: `postgres`, `network`.")),
        optional("contacts", list(contact, limits::CONTACT_METHODS, "The ways of reaching them.")),
        optional("rules", rules),
        optional("time_off", list(time_off, limits::TIME_OFF, "The days on which they are not to be counted on.")),
        optional("handover_messages", flag("Whether they are told that they come on call or go off.")),
        optional("holidays", a("region", "Whose holidays are theirs.")),
        optional("suspended", flag("They have left: they sign in no more and are never paged.")),
    ])
}

fn schedule() -> Vec<Field> {
    let layer = object(vec![
        optional("name", a("name", "What people call it.")),
        optional("time_zone", a("time_zone", "Its zone, where it differs from the schedule's.")),
        required("start", a("wall_clock", "When the first participant's first turn begins.")),
        optional("end", a("wall_clock", "When the layer ends.")),
        required("turn", a("turn", "How long a turn is.")),
        optional(
            "participants",
            list(a("crew", "Whose turn it is."), limits::LAYER_PARTICIPANTS, "Who takes turns, in order."),
        ),
        optional("restrictions", list(a("hours", "Hours."), limits::RESTRICTIONS, "The hours in which it counts.")),
        optional("holidays", holidays()),
        optional("shadow", flag("Its people learn: they are shown what those on call see, and are never on call.")),
    ]);
    let cover = object(vec![
        required("user", a("slug", "Who is on call instead.")),
        optional("replaces", a("slug", "Instead of whom; instead of everybody where left out.")),
        required("starts", text("From when: `2026-12-24 18:00` in the schedule's zone, or `2026-12-24T17:00:00Z`.")),
        required("ends", text("Until when, written like the start.")),
    ]);
    named(vec![
        optional("team", a("slug", "The team that keeps it.")),
        required("time_zone", a("time_zone", "The zone of all its wall-clock times.")),
        optional(
            "layers",
            list(layer, limits::LAYERS, "The rotations; of two with somebody on call, the later decides."),
        ),
        optional("overrides", list(cover, limits::OVERRIDES, "Replacements for a while; as they are where left out.")),
        optional(
            "handover_messages",
            flag("Whether people are told about its handovers; they are, unless it says no."),
        ),
    ])
}

/// The days on which a layer counts.
fn holidays() -> Value {
    let days = [OnHolidays::Only, OnHolidays::Except].map(OnHolidays::word);
    object(vec![
        required("of", a("region", "Whose holidays: a country, or a region of it.")),
        required("when", one_of(&days, "On holidays only, or on all days except them.")),
        optional("also", list(a("date", "A day."), limits::COMPANY_DAYS, "Days that count as holidays as well.")),
    ])
}

fn policy() -> Vec<Field> {
    let hours = |what| list(a("hours", "Hours."), limits::RESTRICTIONS, what);
    let target = |word: &'static str, what| object(vec![required(word, a("slug", what))]);
    let team = object(vec![
        required("team", a("slug", "Whoever is on call by the schedules of this team; its members if it has none.")),
        optional("skill", a("slug", "Only those who know this.")),
    ]);
    let targets = json!({ "oneOf": [
        target("user", "This person."),
        target("schedule", "Whoever is on call by this schedule."),
        target("next_on_call", "Whoever is on call next by this schedule."),
        target("previous_on_call", "Whoever was on call before by this schedule."),
        target("everyone_of", "Everybody who takes turns in this schedule."),
        team,
    ] });
    let targets = || list(targets.clone(), limits::TARGETS, "Whom it pages, all at once.");
    let acknowledgements = json!({
        "type": "integer", "minimum": 1, "maximum": limits::ACKNOWLEDGEMENTS,
        "description": "How many people have to acknowledge until the incident counts as acknowledged.",
    });
    let step = object(vec![
        required("targets", targets()),
        required("wait", a("wait", "How long they have to acknowledge.")),
        optional("only_if", conditions()),
        optional("waits_for_hours", flag("Outside of the working hours, it waits until they begin.")),
        optional("round_robin", flag("Its people take turns: each incident of a service pages the next of them.")),
        optional("acknowledgements", acknowledgements),
        optional("until_resolved", flag("Its wait goes on although somebody acknowledged, until it is resolved.")),
    ]);
    let late =
        object(vec![required("after", a("wait", "How long after it was opened.")), required("targets", targets())]);
    let repeats = json!({
        "type": "integer", "minimum": 0, "maximum": limits::REPEATS,
        "description": "How often the whole ladder is climbed again when nobody answered.",
    });
    named(vec![
        optional("team", a("slug", "The team that keeps it.")),
        optional("time_zone", a("time_zone", "The zone of its hours; the organisation's where left out.")),
        optional("working_hours", hours("Its working hours.")),
        required("steps", list(step, limits::STEPS, "The steps, in order.")),
        optional("repeats", repeats),
        optional("acknowledgement_timeout", a("wait", "After how long an acknowledgement lapses.")),
        optional("unresolved", list(late, limits::LATE_STEPS, "Whom to tell when an incident stays unresolved.")),
    ])
}

/// When a step is taken at all.
fn conditions() -> Value {
    let severities: Vec<Value> = Severity::ALL.iter().map(|severity| json!(severity)).collect();
    let severities =
        json!({ "type": "array", "items": { "enum": severities }, "description": "As bad as one of these." });
    let labels = json!({
        "type": "object", "additionalProperties": { "type": "string" }, "maxProperties": limits::CONDITION_VALUES,
        "description": "The alert that opened the incident has all of these labels.",
    });
    let hours = list(a("hours", "Hours."), limits::CONDITION_VALUES, "At these hours, by the policy's clocks.");
    object(vec![
        optional("severities", severities),
        optional("urgency", one_of(&["high", "low"], "As urgent as this.")),
        optional("hours", hours),
        optional("working_hours", one_of(&["inside", "outside"], "In the working hours, or outside of them.")),
        optional("labels", labels),
    ])
}

fn service() -> Vec<Field> {
    let by = |word: &str| required("by", json!({ "const": word }));
    let window = || required("window", a("wait", "How long after its last alert an incident takes in another one."));
    let label = text("The name of a label.");
    let labels = required("labels", json!({ "type": "array", "minItems": 1, "items": label }));
    let grouping = json!({
        "description": "Which alerts become one incident.",
        "oneOf": [
            { "const": "alert" },
            object(vec![by("alert")]),
            object(vec![by("service"), window()]),
            object(vec![by("labels"), labels, window()]),
        ],
    });
    named(vec![
        optional("description", text("What it does, for whoever is paged about it at 3 am.")),
        optional("team", a("slug", "Who owns it.")),
        optional("policy", a("slug", "Who is paged about it.")),
        optional("urgency", one_of(&["by_severity", "high", "low"], "What wakes people.")),
        optional("grouping", grouping),
        optional("stays_open", flag("Keep an incident open until a person resolves it.")),
        optional("runbook", text("The first thing to read: shown on the page that wakes people.")),
    ])
}

fn integration() -> Vec<Field> {
    named(vec![
        required("service", a("slug", "The service that its alerts are about.")),
        required("source", text("The kind of source: `pagerduty`, `alertmanager`, `generic`, …")),
        optional("key", text("The key of a sender that has one already; one is made for a new integration.")),
        optional("disabled", flag("Refuses events while set.")),
    ])
}

fn turn() -> Value {
    let length = json!({ "type": "string", "pattern": "^(hourly|daily|weekly|monthly|[0-9]+([hdw]|mo)|.*FREQ=.*)$" });
    let times = |description| list(a("wall_clock", "A shift."), limits::RULE_DATES, description);
    let fields = object(vec![
        required("rule", text("When shifts begin, as RFC 5545 writes it: `FREQ=WEEKLY;BYDAY=FR`.")),
        optional("lasts", a("wait", "How long a shift is on the wall clock; until the next one where left out.")),
        optional("except", times("When the rule would begin a shift, and none begins.")),
        optional("also", times("When others begin.")),
    ]);
    json!({ "oneOf": [length, fields] })
}

fn crew() -> Value {
    let people = list(a("slug", "A person."), limits::CREW, "Those who are on call together.");
    json!({ "oneOf": [a("slug", "A person."), people] })
}

/// The values that are written the same everywhere.
fn parts() -> Vec<(&'static str, Value)> {
    let pattern = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    let slug = json!({
        "type": "string", "pattern": "^[a-z0-9_][a-z0-9._-]*$", "maxLength": limits::SLUG_CHARACTERS,
    });
    let rung = object(vec![
        optional("after", a("wait", "How long after the page starts.")),
        required("contact", a("name", "The name of the contact method.")),
    ]);
    let hours = json!({ "oneOf": [
        object(vec![
            required("daily", text("Between two times of the day: `09:00-17:00`.")),
            optional("days", text("On these days only: `Mon-Fri`, `Sat, Sun`.")),
        ]),
        object(vec![required("weekly", text("Between two times of the week: `Fri 17:00 - Mon 09:00`."))]),
    ] });
    vec![
        ("slug", slug),
        ("name", json!({ "type": "string", "minLength": 1, "maxLength": limits::NAME_CHARACTERS })),
        ("time_zone", json!({ "type": "string", "examples": ["Europe/Berlin", "UTC"] })),
        ("wait", json!({ "type": "string", "examples": ["90s", "5m", "1h30m"] })),
        ("wall_clock", pattern(r"^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2})?)?$")),
        ("region", json!({ "type": "string", "examples": ["FR", "DE-BY"] })),
        ("date", pattern(r"^\d{4}-\d{2}-\d{2}$")),
        ("turn", turn()),
        ("crew", crew()),
        ("rung", json!({ "oneOf": [a("name", "The contact method to try at once."), rung] })),
        ("hours", hours),
    ]
}
