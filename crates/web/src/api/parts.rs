//! Parts that many answers have.

use allclear_core::actor::{Actor, Via};
use allclear_core::directory::{Directory, Kind, Object};
use allclear_core::id::UserId;
use allclear_core::sentence::{self, Names};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::problem::Problem;

/// A thing of the directory, as others name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Reference {
    /// Its short name; nothing when it is no longer there.
    slug: Option<String>,
    /// Its name.
    name: String,
}

impl Reference {
    fn of(object: Option<&Object>, gone: &str) -> Self {
        match object {
            Some(object) => Self { slug: Some(object.slug().to_owned()), name: object.name().to_owned() },
            None => Self { slug: None, name: gone.to_owned() },
        }
    }

    /// A person.
    pub(crate) fn person(directory: &Directory, user: UserId) -> Self {
        Self::of(directory.object(Kind::User, user.uuid()), "somebody who is no longer here")
    }

    /// People.
    pub(crate) fn people(directory: &Directory, users: impl IntoIterator<Item = UserId>) -> Vec<Self> {
        users.into_iter().map(|user| Self::person(directory, user)).collect()
    }

    /// Anything.
    pub(crate) fn thing(directory: &Directory, kind: Kind, uuid: Uuid) -> Self {
        Self::of(directory.object(kind, uuid), "something that is no longer here")
    }
}

/// Who did something.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Author {
    /// What it is: `user`, `token`, `integration` or `system`.
    kind: &'static str,
    /// Their name, in words.
    name: String,
    /// The short name of the person or integration.
    #[serde(skip_serializing_if = "Option::is_none")]
    slug: Option<String>,
    /// By which door a person came in: `web`, `link`, `api` or `console`.
    #[serde(skip_serializing_if = "Option::is_none")]
    via: Option<&'static str>,
}

impl Author {
    pub(crate) fn of(directory: &Directory, names: &Names<'_>, actor: Actor) -> Self {
        let name = sentence::actor(names, actor);
        let slug = |kind: Kind, uuid| directory.object(kind, uuid).map(|object| object.slug().to_owned());
        match actor {
            Actor::User { user, via } => Self {
                kind: "user",
                name: names.person(user).to_owned(),
                slug: slug(Kind::User, user.uuid()),
                via: Some(match via {
                    Via::Web => "web",
                    Via::Link => "link",
                    Via::Api => "api",
                    Via::Console => "console",
                }),
            },
            Actor::Token { .. } => Self { kind: "token", name, slug: None, via: None },
            Actor::Integration { integration } => {
                Self { kind: "integration", name, slug: slug(Kind::Integration, integration.uuid()), via: None }
            }
            Actor::System => Self { kind: "system", name, slug: None, via: None },
        }
    }
}

/// The thing of that short name in a request's field.
pub(crate) fn named<'a>(directory: &'a Directory, kind: Kind, field: &str, slug: &str) -> Result<&'a Object, Problem> {
    directory.by_slug(kind, slug).ok_or_else(|| {
        let shown: String = slug.chars().take(60).collect();
        let message = format!("there is no {0} `{shown}`; name an existing {0} by its slug", kind.word());
        Problem::field(field, message)
    })
}

/// The people of these short names in a request's field.
pub(crate) fn named_people(directory: &Directory, field: &str, slugs: &[String]) -> Result<Vec<UserId>, Problem> {
    if slugs.is_empty() {
        return Err(Problem::field(field, "it names nobody; name at least one person by their slug"));
    }
    let person = |(index, slug): (usize, &String)| {
        let field = format!("{field}[{}]", index + 1);
        named(directory, Kind::User, &field, slug).map(|object| UserId::new(object.uuid()))
    };
    slugs.iter().enumerate().map(person).collect()
}
