//! Everything that reads what others send, against what nobody should send.

mod segments;
mod sources;
mod texts;

use std::fs;
use std::path::Path;

/// The real payloads of the sources, and their samples.
fn payloads() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../inbound/fixtures");
    let folders = allclear_inbound::ALL.iter().map(|source| folder.join(source.name));
    let files = folders.flat_map(|folder| fs::read_dir(folder).expect("every source has payloads"));
    let mut paths: Vec<_> = files.map(|file| file.expect("its files can be listed").path()).collect();
    paths.retain(|path| !path.to_string_lossy().ends_with(".golden.json"));
    paths.sort();
    let samples = allclear_inbound::ALL.iter().map(|source| source.sample.as_bytes().to_vec());
    paths.iter().map(|path| fs::read(path).expect("a payload can be read")).chain(samples).collect()
}
