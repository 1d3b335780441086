//! `/settings/limits`

use allclear_core::limits::ALL;

use super::super::reader::Reader;
use super::super::reply::Reply;
use crate::pages::{LimitRow, Section, SettingsLimitsPage, thousands};

/// The page.
pub(in crate::routes) async fn limits(reader: Reader) -> Reply {
    let rows = ALL.iter().map(|limit| LimitRow {
        what: limit.what.to_owned(),
        value: format!("{} {}", thousands(&limit.value), limit.unit),
        beyond: limit.beyond.to_owned(),
    });
    let shell = reader.shell("Settings", Section::Settings).await?;
    reader.show(&SettingsLimitsPage { shell, rows: rows.collect() })
}
