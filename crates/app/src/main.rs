//! The binary `allclear`: wiring, and nothing that decides.

fn main() {}
