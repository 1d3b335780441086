//! Services, integrations and the organisation's settings.

use super::{Finding, Rule};
use crate::declaration::Subject;
use crate::directory::{Directory, Kind};
use crate::severity::Urgency;

/// The channel that needs a mail server.
const EMAIL: &str = "email";

pub(super) fn check(directory: &Directory, findings: &mut Vec<Finding>) {
    for service in directory.services().filter(|service| service.policy.is_none()) {
        findings.push(
            Finding::new(
                Rule::ServiceWithoutPolicy,
                Subject::Object(Kind::Service, service.slug.clone()),
                "it has no policy, so its incidents page nobody but the admins",
                "give it a policy",
            )
            .at("policy"),
        );
    }
    for integration in directory.integrations().filter(|integration| integration.disabled) {
        findings.push(
            Finding::new(
                Rule::IntegrationDisabled,
                Subject::Object(Kind::Integration, integration.slug.clone()),
                "it is disabled: everything that is sent to it is refused",
                "enable it, or remove it once nothing is sent there any more",
            )
            .at("disabled"),
        );
    }
    let organisation = |rule, place: &str, message: &str, remedy: &str| {
        Finding::new(rule, Subject::Organisation, message, remedy).at(place)
    };
    let reachable = |user| directory.user(user).is_some_and(|user| !user.ladder(Urgency::High).is_empty());
    if !directory.admins().into_iter().any(reachable) {
        findings.push(organisation(
            Rule::NoReachableAdmin,
            "admins",
            "no admin can be reached, and they are paged when nobody else is left",
            "verify a contact method of an admin",
        ));
    }
    let mut active = directory.users().filter(|user| !user.suspended);
    let by_mail = active.any(|user| user.contacts.iter().any(|contact| contact.channel == EMAIL));
    if by_mail && directory.organisation.mail.is_none() {
        findings.push(organisation(
            Rule::NoMailServer,
            "mail",
            "people are to be reached by e-mail, but there is no mail server",
            "set the mail server",
        ));
    }
    if directory.organisation.address.as_ref().is_none_or(|address| address.trim().is_empty()) {
        findings.push(organisation(
            Rule::NoAddress,
            "address",
            "the installation's address is not set, so the links in pages lead nowhere",
            "set it to where people reach this installation, such as `https://allclear.example.com`",
        ));
    }
}
