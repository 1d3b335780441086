//! What may be said on the command line of a benchmark.

use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::database::Kind;

/// The options of all benchmarks; each reads those that mean something to it.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// How long one round takes.
    pub(crate) seconds: Duration,
    /// How many rounds there are.
    pub(crate) rounds: usize,
    /// On which databases.
    pub(crate) databases: Vec<Kind>,
    /// How often the server is killed.
    pub(crate) cycles: u64,
    /// How many events a second are sent where a pace is kept.
    pub(crate) rate: f64,
    /// How many connections send.
    pub(crate) connections: usize,
    /// How many seeds the simulator plays.
    pub(crate) seeds: u64,
    /// Only the parts whose names contain this.
    pub(crate) only: String,
}

impl Options {
    /// Reads `--name value` pairs.
    pub(crate) fn read(arguments: &[String]) -> Result<Self> {
        let mut options = Self {
            seconds: Duration::ZERO,
            rounds: 5,
            databases: vec![Kind::Sqlite, Kind::Postgres],
            cycles: 200,
            rate: 11_000.0,
            connections: 64,
            seeds: 300,
            only: String::new(),
        };
        for pair in arguments.chunks(2) {
            let [name, value] = pair else { bail!("{} needs a value", pair[0]) };
            match name.as_str() {
                "--seconds" => options.seconds = Duration::from_secs_f64(number(name, value)?),
                "--rounds" => options.rounds = number(name, value)?,
                "--database" => options.databases = vec![value.parse().map_err(anyhow::Error::msg)?],
                "--cycles" => options.cycles = number(name, value)?,
                "--rate" => options.rate = number(name, value)?,
                "--connections" => options.connections = number(name, value)?,
                "--seeds" => options.seeds = number(name, value)?,
                "--only" => options.only.clone_from(value),
                other => bail!(
                    "`{other}` is not an option; there are --seconds, --rounds, --database, --cycles, --rate, \
                     --connections, --seeds, --only"
                ),
            }
        }
        Ok(options)
    }

    /// The length that was asked for, or the usual one.
    pub(crate) fn seconds_or(&self, usual: u64) -> Duration {
        if self.seconds.is_zero() { Duration::from_secs(usual) } else { self.seconds }
    }

    /// Whether this part is wanted.
    pub(crate) fn wants(&self, part: &str) -> bool {
        part.contains(&self.only)
    }
}

fn number<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(name: &str, value: &str) -> Result<T> {
    value.parse().with_context(|| format!("{name}: `{value}` is not a number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Options> {
        Options::read(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn options_come_in_pairs() {
        let options = read(&["--seconds", "2.5", "--database", "sqlite"]).unwrap();
        assert_eq!(options.seconds_or(9), Duration::from_millis(2_500));
        assert_eq!(options.databases, [Kind::Sqlite]);
        assert_eq!(read(&[]).unwrap().seconds_or(9), Duration::from_secs(9));
        for wrong in [&["--rounds"][..], &["--rounds", "x"], &["--database", "oracle"], &["--fast", "yes"]] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
