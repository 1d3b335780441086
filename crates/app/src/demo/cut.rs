//! The company, cut for a visitor who has two minutes: its phones are on this machine, and its waits are short.

use allclear_core::directory::{Change, Directory, MailSecurity, MailServer, Organisation, Policy, Rung, User};
use allclear_core::wait::Wait;
use allclear_engine::Engine;
use allclear_world::phones::{Phones, Secrets};

/// Waits take this part of their time.
const PART: u32 = 10;
/// The shortest that a policy may give somebody to answer.
const SHORTEST: Wait = Wait::minutes(1);

/// All changes that make it so.
pub(super) fn for_the_demo(directory: &Directory, phones: &Phones, address: &str) -> Vec<Change> {
    let mail = MailServer {
        host: "127.0.0.1".to_owned(),
        port: phones.mail_port(),
        security: MailSecurity::None,
        username: None,
        sender: "Allclear <pager@acme.example>".to_owned(),
    };
    let organisation =
        Organisation { address: Some(address.to_owned()), mail: Some(mail), ..(*directory.organisation).clone() };
    let people = directory.users().map(|user| Change::Put(within_reach(user, phones).into()));
    let policies = directory.policies().map(|policy| Change::Put(hasty(policy).into()));
    people.chain(policies).chain([Change::Organisation(organisation)]).collect()
}

fn within_reach(user: &User, phones: &Phones) -> User {
    let mut user = user.clone();
    for contact in user.contacts.iter_mut().filter(|contact| contact.channel == "webhook") {
        contact.address = phones.push_address(&user.slug);
    }
    for Rung { after, .. } in user.high_urgency.iter_mut().chain(&mut user.low_urgency) {
        *after = shorter(*after);
    }
    user
}

fn hasty(policy: &Policy) -> Policy {
    let mut policy = policy.clone();
    for step in &mut policy.steps {
        step.wait = shorter(step.wait).max(SHORTEST);
    }
    for late in &mut policy.unresolved {
        late.after = shorter(late.after).max(SHORTEST);
    }
    policy
}

const fn shorter(wait: Wait) -> Wait {
    Wait::seconds(wait.as_seconds() / PART)
}

/// By what each phone knows that a page is from us.
pub(super) fn secrets(engine: &Engine) -> Secrets {
    let directory = engine.directory();
    let phone = |user: &User| {
        let contact = user.contacts.iter().find(|contact| contact.channel == "webhook")?;
        Some((user.slug.clone(), engine.key().webhook_secret(contact.id)))
    };
    directory.users().filter_map(|user| phone(user)).collect()
}
