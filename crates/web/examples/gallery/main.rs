//! Draws every page, full and empty, into a folder, to be looked at and measured:
//! `cargo run -p allclear-web --example gallery -- /tmp/gallery`, then serve that folder over HTTP.

mod cover;
mod doors;
mod house;
mod incidents;
mod ledger;
mod on_call;
mod people;
mod services;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use allclear_web::pages::assets;
use askama::Template;

/// A page of the gallery: its file name and its HTML.
type Drawn = (&'static str, Result<String, askama::Error>);

fn page(name: &'static str, template: impl Template) -> Drawn {
    (name, template.render())
}

fn write_assets(folder: &Path) -> Result<(), Box<dyn Error>> {
    for name in assets::names() {
        let target = folder.join(assets::url(&name).trim_start_matches('/'));
        fs::create_dir_all(target.parent().ok_or("an asset needs a folder")?)?;
        fs::write(target, assets::get(&name).ok_or("a listed asset is missing")?.bytes)?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("give the folder to write to")?);
    fs::create_dir_all(&folder)?;
    write_assets(&folder)?;
    let groups = [
        incidents::pages(),
        doors::pages(),
        on_call::pages(),
        cover::pages(),
        services::pages(),
        ledger::pages(),
        people::pages(),
    ];
    for (name, html) in groups.into_iter().flatten() {
        fs::write(folder.join(format!("{name}.html")), html?)?;
    }
    Ok(())
}
