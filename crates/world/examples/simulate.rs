//! Runs seeds: `cargo run --release --example simulate -- [first seed] [how many]`.

use std::io::Write as _;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1).filter_map(|argument| argument.parse::<u64>().ok());
    let (first, seeds) = (arguments.next().unwrap_or(0), arguments.next().unwrap_or(100));
    #[expect(clippy::disallowed_methods, reason = "how long it takes is all that is measured")]
    let start = std::time::Instant::now();
    let summary = allclear_world::sim::simulate(first, seeds, |_| {});
    let seconds = start.elapsed().as_secs_f64();
    let mut out = std::io::stdout().lock();
    write!(out, "{}", summary.table(Some(seconds)))?;
    summary.failed.iter().take(5).try_for_each(|report| write!(out, "\n{report}"))
}
