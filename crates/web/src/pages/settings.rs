//! Settings: organisation, mail, tokens, limits, audit log.

use askama::Template;

use super::parts::{Anchor, Choice, FieldProblem, Pager, Person};
use super::setup::MailForm;
use super::shell::Shell;
use super::time::When;

/// `/settings`
#[derive(Debug, Clone, Template)]
#[template(path = "settings.html")]
pub struct SettingsPage {
    /// The frame.
    pub shell: Shell,
    /// The organisation's name.
    pub name: String,
    /// Where people reach this installation.
    pub address: String,
    /// The zones.
    pub time_zones: Vec<Choice>,
    /// For how long history is kept.
    pub keep: Vec<KeepRow>,
    /// The version of the settings that the form edits.
    pub edited: String,
    /// The version of the program.
    pub version: String,
    /// The database: `SQLite, 214 MB`.
    pub database: String,
    /// What was refused.
    pub problems: Vec<FieldProblem>,
}

/// For how long one kind of history is kept.
#[derive(Debug, Clone)]
pub struct KeepRow {
    /// The name of the field in the form: `keep.events`.
    pub field: String,
    /// What is kept: `Events`.
    pub title: &'static str,
    /// What goes then, and from when it is counted.
    pub hint: String,
    /// What was typed, or is set: `14d`.
    pub value: String,
}

/// `/settings/mail`: `action` = `test` or `save`.
#[derive(Debug, Clone, Template)]
#[template(path = "settings_mail.html")]
pub struct SettingsMailPage {
    /// The frame.
    pub shell: Shell,
    /// The fields.
    pub mail: MailForm,
}

/// A token in the list.
#[derive(Debug, Clone)]
pub struct TokenRow {
    /// Its identity.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: String,
    /// Whose it is; nobody in particular when it belongs to a program.
    pub owner: Option<Person>,
    /// When it was made.
    pub made: When,
    /// When it was last used.
    pub last_used: Option<When>,
}

/// `/settings/tokens`
#[derive(Debug, Clone, Template)]
#[template(path = "settings_tokens.html")]
pub struct SettingsTokensPage {
    /// The frame.
    pub shell: Shell,
    /// The tokens that work, newest first.
    pub rows: Vec<TokenRow>,
    /// Where the list goes on.
    pub pager: Pager,
    /// A token that was just made: shown once.
    pub fresh: Option<String>,
    /// What a new one may do.
    pub roles: Vec<Choice>,
    /// What was refused.
    pub problems: Vec<FieldProblem>,
}

/// A limit.
#[derive(Debug, Clone)]
pub struct LimitRow {
    /// What is limited.
    pub what: String,
    /// The number with its unit.
    pub value: String,
    /// What happens beyond it.
    pub beyond: String,
}

/// `/settings/limits`
#[derive(Debug, Clone, Template)]
#[template(path = "settings_limits.html")]
pub struct SettingsLimitsPage {
    /// The frame.
    pub shell: Shell,
    /// All limits.
    pub rows: Vec<LimitRow>,
}

/// An entry of the audit log.
#[derive(Debug, Clone)]
pub struct AuditRow {
    /// When.
    pub at: When,
    /// Who, or what.
    pub actor: String,
    /// What, as a sentence.
    pub sentence: String,
    /// About what.
    pub subject: Option<Anchor>,
    /// By which door: `web`, `API`, `link`.
    pub via: String,
}

/// `/settings/audit`
#[derive(Debug, Clone, Template)]
#[template(path = "settings_audit.html")]
pub struct SettingsAuditPage {
    /// The frame.
    pub shell: Shell,
    /// Words that must occur.
    pub query: String,
    /// The entries, newest first.
    pub rows: Vec<AuditRow>,
    /// Where the list goes on.
    pub pager: Pager,
    /// Whether the chain of hashes holds: `48,213 entries, unbroken; checked 3m ago`.
    pub chain: String,
    /// False when the chain is broken.
    pub is_unbroken: bool,
}
