//! Carrying out documents: `allclear apply`, and every change of the directory by the API.

use std::sync::Arc;

use allclear_core::actor::Actor;
use allclear_core::declaration::{self, Document, Located, Options, Plan, Problem};
use allclear_core::directory::Directory;

use crate::configuration::{Draft, NotChanged, change_all};
use crate::engine::Engine;
use crate::reach;

/// How many letters a key has that we make; five bits each.
const KEY_LETTERS: usize = 32;

impl Engine {
    /// A new key for an integration.
    pub fn new_key(&self) -> String {
        self.maker().text(KEY_LETTERS)
    }

    /// What would have to change for the directory to be as the documents say, as of now.
    ///
    /// # Errors
    /// Everything that is wrong with the documents.
    pub fn plan(&self, documents: &[Located<Document>], options: Options) -> Result<Plan, Vec<Problem>> {
        self.plan_on(&self.directory(), documents, options)
    }

    /// The same for a directory that somebody holds.
    ///
    /// # Errors
    /// Everything that is wrong with the documents.
    pub fn plan_on(
        &self,
        directory: &Directory,
        documents: &[Located<Document>],
        options: Options,
    ) -> Result<Plan, Vec<Problem>> {
        let documents = settled(documents)?;
        let now = self.now();
        declaration::plan(directory, &documents, now, &mut || self.maker().id(now), options)
    }

    /// Changes the configuration: `plan` says what to change in the directory as it is, with the keys to be sealed
    /// along, and may refuse for reasons of its own. It may be asked more than once.
    ///
    /// # Errors
    /// What `plan` returns; that the directory would contradict itself; that the database refuses. Then nothing was
    /// changed.
    pub async fn change<P, T, E>(&self, actor: Actor, plan: P) -> Result<(Arc<Directory>, T), E>
    where
        P: Fn(&Directory) -> Result<Draft<T>, E>,
        E: From<NotChanged>,
    {
        change_all(&self.context, actor, plan).await
    }

    /// What a plan changes, with the keys that it needs: for [`Engine::change`].
    pub fn draft(&self, mut plan: Plan) -> Draft<Plan> {
        let keys = plan.give_keys(&mut || self.new_key());
        Draft { changes: plan.changes(), keys, passed: plan }
    }
}

/// The documents with all that the core cannot know of: that there is such a channel, such an address, such a source.
/// Addresses come back in the form in which they are stored.
fn settled(documents: &[Located<Document>]) -> Result<Vec<Located<Document>>, Vec<Problem>> {
    let mut documents = documents.to_vec();
    let mut problems = Vec::new();
    for Located { at, content } in &mut documents {
        let subject = content.subject();
        let mut refuse = |field: String, message: String| {
            problems.push(Problem { at: Some(at.clone()), subject: subject.clone(), field, message });
        };
        match content {
            Document::User(user) => {
                for (index, contact) in user.contacts.iter_mut().flatten().enumerate() {
                    match reach::check_address(&contact.channel, &contact.address) {
                        Ok(address) => contact.address = address,
                        Err(message) => refuse(format!("contacts[{}]", index + 1), message),
                    }
                }
            }
            Document::Integration(integration) if allclear_inbound::by_name(&integration.source).is_none() => {
                let known: Vec<&str> = allclear_inbound::ALL.iter().map(|source| source.name).collect();
                let message = format!("`{}` is not a source; use one of {}", integration.source, known.join(", "));
                refuse("source".to_owned(), message);
            }
            Document::Organisation(_)
            | Document::Team(_)
            | Document::Schedule(_)
            | Document::Policy(_)
            | Document::Service(_)
            | Document::Integration(_) => {}
        }
    }
    if problems.is_empty() { Ok(documents) } else { Err(problems) }
}
