//! The company of the demo: Acme, as the example files describe it.

use allclear_core::actor::Actor;
use allclear_core::declaration::{Document, Located, Location, Options, Plan};
use allclear_engine::Engine;
use anyhow::Context as _;

const FILES: &[(&str, &str)] = &[
    ("organisation.yaml", include_str!("../../../../examples/acme/organisation.yaml")),
    ("people.yaml", include_str!("../../../../examples/acme/people.yaml")),
    ("commerce.yaml", include_str!("../../../../examples/acme/commerce.yaml")),
    ("storefront.yaml", include_str!("../../../../examples/acme/storefront.yaml")),
    ("platform.yaml", include_str!("../../../../examples/acme/platform.yaml")),
    ("data.yaml", include_str!("../../../../examples/acme/data.yaml")),
];

/// Founds it.
pub(super) async fn found(engine: &Engine) -> anyhow::Result<()> {
    let mut documents = Vec::new();
    for (file, text) in FILES {
        let read: Vec<Document> = serde_saphyr::from_multiple(text).with_context(|| format!("examples/acme/{file}"))?;
        documents.extend(read.into_iter().enumerate().map(|(index, content)| Located {
            at: Location { file: (*file).to_owned(), document: index + 1, line: None },
            content,
        }));
    }
    engine.change(Actor::System, |directory| draft(engine, directory, &documents)).await?;
    Ok(())
}

fn draft(
    engine: &Engine,
    directory: &allclear_core::directory::Directory,
    documents: &[Located<Document>],
) -> anyhow::Result<allclear_engine::Draft<Plan>> {
    let refused = |problems: Vec<allclear_core::declaration::Problem>| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("examples/acme: {}", problems.join("; "))
    };
    Ok(engine.draft(engine.plan_on(directory, documents, Options::default()).map_err(refused)?))
}
