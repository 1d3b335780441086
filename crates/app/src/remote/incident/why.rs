//! Why somebody was paged about an incident, or why not.

use jiff::Timestamp;
use serde::Deserialize;

use crate::client::{self, Client};
use crate::output::{self, Cell, Column, Done, End, Screen, Table, clean};
use crate::remote::Named;

#[derive(Debug, Deserialize)]
struct Explanation {
    conclusion: String,
    reasons: Vec<Reason>,
}

#[derive(Debug, Deserialize)]
struct Reason {
    at: Option<Timestamp>,
    sentence: String,
    decided_by: Option<Named>,
}

pub(super) async fn run(client: &Client, incident: &str, person: &str) -> Done {
    let answer = client.get(&["incidents", incident, "explanations", person], &[]).await?;
    if client.json() {
        output::json(&answer)?;
        return Ok(End::Fine);
    }
    let zone = client.zone().await?;
    let Explanation { conclusion, reasons } = client::read(answer)?;
    output::line(&clean(&conclusion))?;
    let mut table = Table::new(&[Column::whole("when"), Column::cut("why"), Column::cut("decided by")]);
    for Reason { at, sentence, decided_by } in &reasons {
        let at = at.map_or_else(|| "always".to_owned(), |at| output::moment(&zone, at));
        let by = decided_by.as_ref().map(|by| by.name.as_str()).unwrap_or_default();
        table.row([Cell::new(at), Cell::new(sentence), Cell::new(by)]);
    }
    output::print(&table.render(Screen::stdout()))?;
    Ok(End::Fine)
}
