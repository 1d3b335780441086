//! The set-up: from an empty database to a page on one's own phone in five minutes.

use askama::Template;

use super::parts::{Choice, FieldProblem, Snippet};
use super::time::When;

/// What is wrong on any step.
pub type Problems = Vec<FieldProblem>;

/// `/setup`: organisation, time zone, the first admin.
#[derive(Debug, Clone, Template)]
#[template(path = "setup_organisation.html")]
pub struct SetupOrganisationPage {
    /// The token that the form carries.
    pub csrf: String,
    /// The key that `allclear serve` printed, where it must be typed.
    pub wants_key: bool,
    /// What was typed.
    pub organisation: String,
    /// Where people reach this installation.
    pub address: String,
    /// The zones; the browser's is not known without scripts, so the server's is chosen.
    pub time_zones: Vec<Choice>,
    /// What was typed.
    pub name: String,
    /// What was typed.
    pub login: String,
    /// What was typed.
    pub email: String,
    /// What was refused.
    pub problems: Problems,
}

/// How a test mail went.
#[derive(Debug, Clone)]
pub enum MailTest {
    /// The server took it.
    Accepted {
        /// To whom it was sent.
        to: String,
        /// What the server said.
        answer: String,
    },
    /// It was not taken: at which step of the conversation, what was said, and what to do.
    Failed {
        /// What happened.
        message: String,
        /// What to do.
        remedy: String,
    },
}

/// The fields of a mail server, in the set-up and in the settings.
#[derive(Debug, Clone, Default)]
pub struct MailForm {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: String,
    /// STARTTLS, TLS, none.
    pub securities: Vec<Choice>,
    /// Login.
    pub username: String,
    /// True when a password is kept; it is never shown.
    pub has_password: bool,
    /// The sender of every mail.
    pub sender: String,
    /// Where a test mail goes.
    pub test_to: String,
    /// How the last test went.
    pub test: Option<MailTest>,
    /// What was refused.
    pub problems: Problems,
}

/// `/setup/mail`: two buttons, `action` = `test` or `save`.
#[derive(Debug, Clone, Template)]
#[template(path = "setup_mail.html")]
pub struct SetupMailPage {
    /// The token that the form carries.
    pub csrf: String,
    /// The fields.
    pub mail: MailForm,
}

/// `/setup/service`: the first service.
#[derive(Debug, Clone, Template)]
#[template(path = "setup_service.html")]
pub struct SetupServicePage {
    /// The token that the form carries.
    pub csrf: String,
    /// What was typed.
    pub name: String,
    /// What was typed.
    pub description: String,
    /// What was refused.
    pub problems: Problems,
}

/// How far the first page has got.
#[derive(Debug, Clone)]
pub struct FirstPage {
    /// The incident's reference.
    pub reference: String,
    /// Each step that was reached: `Event accepted`, `Mail handed to mail.acme.example`, `Link opened`.
    pub reached: Vec<(When, String)>,
    /// What is awaited, or empty when it was acknowledged.
    pub awaited: String,
    /// What went wrong, with the remedy.
    pub failure: String,
}

/// `/setup/first-page`: the key, the snippets, and "page me now".
#[derive(Debug, Clone, Template)]
#[template(path = "setup_first_page.html")]
pub struct SetupFirstPagePage {
    /// The token that the form carries.
    pub csrf: String,
    /// The service's name.
    pub service: String,
    /// The integration's key, shown once more in its settings.
    pub key: String,
    /// Where events go.
    pub url: String,
    /// Ready to paste.
    pub snippets: Vec<Snippet>,
    /// How far the first page has got, once it is on its way.
    pub first: Option<FirstPage>,
}

/// `/setup/done`
#[derive(Debug, Clone, Template)]
#[template(path = "setup_done.html")]
pub struct SetupDonePage {
    /// The organisation's name.
    pub organisation: String,
    /// How long the first page took, from the event to the tap: `41s`; empty if it was left out.
    pub took: String,
}
