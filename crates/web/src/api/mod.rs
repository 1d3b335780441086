//! The API: `/api/v1`, for everything that people can do.
//!
//! A module here is a noun; its handlers carry their description along, and [`Api::on`] mounts both at once, so that
//! the document and the routes cannot differ. What is done to a thing is a noun as well: to acknowledge an incident is
//! to put its acknowledgement there. Handlers decide nothing: the core does, and they put its answer into words of
//! HTTP.

mod alerts;
mod audit;
mod configuration;
mod conflicts;
mod contacts;
mod cover;
mod deliveries;
mod directory;
mod document;
mod etag;
mod events;
mod extract;
mod handoff_notes;
mod idempotency;
mod incidents;
mod integration_keys;
mod layers;
mod limits;
mod load;
mod me;
mod on_call;
mod overrides;
mod page;
mod parts;
mod passwords;
mod policy_runs;
mod previews;
mod settings;
mod silences;
mod simulations;
mod time_off;
mod tokens;
mod words;

use axum::Router;
use axum::body::Bytes;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::{any, get};
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::HttpMethod;
use utoipa_axum::router::UtoipaMethodRouter;

use crate::app::App;
use crate::gate::{Access, Entry, Gate};
use crate::problem::Problem;

/// The API under construction.
struct Api {
    app: App,
    gate: Gate,
    document: OpenApi,
}

impl Api {
    /// Mounts one operation, with its description.
    fn on(mut self, access: Access, (schemas, paths, handler): UtoipaMethodRouter<App>) -> Self {
        document::add_schemas(&mut self.document, schemas);
        for (path, item) in paths.paths {
            for (method, operation) in document::operations(item) {
                let mut handler = handler.clone();
                if method == HttpMethod::Post {
                    handler = handler.layer(from_fn_with_state(self.app.clone(), idempotency::once));
                }
                let handler = handler.layer(map_response(keep_out_of_caches));
                document::add_operation(&mut self.document, &path, method.clone(), access, operation);
                self.gate = self.gate.api(document::name(&method), path.clone(), access, handler);
            }
        }
        self
    }
}

/// The routes of the API, and the table of them.
pub(crate) fn routes(app: &App) -> (Router<App>, Vec<Entry>) {
    let api = all(app);
    let document = Bytes::from(document::finished(&api.document).to_string());
    let (router, table) = api.gate.open();
    let json = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache")];
    let router = router
        .method_not_allowed_fallback(not_allowed)
        .route("/api/openapi.json", get(move || async move { (json, document) }))
        .route("/api", any(unknown))
        .route("/api/{*rest}", any(unknown));
    (router, table)
}

fn all(app: &App) -> Api {
    let api = Api { app: app.clone(), gate: Gate::new(app), document: document::empty() };
    let nouns = [
        incidents::mount,
        alerts::mount,
        events::mount,
        on_call::mount,
        overrides::mount,
        simulations::mount,
        policy_runs::mount,
        layers::mount,
        previews::mount,
        load::mount,
        conflicts::mount,
        time_off::mount,
        cover::mount,
        handoff_notes::mount,
        directory::mount,
        integration_keys::mount,
        configuration::mount,
        deliveries::mount,
        me::mount,
        contacts::mount,
        passwords::mount,
        tokens::mount,
        audit::mount,
        silences::mount,
        settings::mount,
        limits::mount,
    ];
    nouns.into_iter().fold(api, |api, mount| mount(api))
}

/// What the API says is for whoever asked, and may have changed a moment later.
async fn keep_out_of_caches(mut response: Response) -> Response {
    response.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

async fn not_allowed(method: Method) -> Problem {
    let detail = format!("{method} means nothing here; `Allow` says what does.");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail)
}

async fn unknown() -> Problem {
    let detail = "The API has no such address. All of them are described in /api/openapi.json.";
    Problem::new(StatusCode::NOT_FOUND, detail)
}
