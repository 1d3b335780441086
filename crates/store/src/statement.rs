//! Statements: SQL that both databases understand, registered so that a test can prepare all of it on both.

use std::borrow::Cow;
use std::sync::OnceLock;

use crate::value::Kind;

/// Keeps others from changing the rows until the transaction ends.
const LOCK: &str = " FOR UPDATE";

/// How the text for PostgreSQL is made from the common one.
#[derive(Debug, Clone, Copy)]
enum Dialect {
    Same,
    /// Followed by [`LOCK`]: PostgreSQL locks the rows, SQLite has one writer anyway.
    Locking,
    /// Another text.
    Other(&'static str),
}

/// One statement with parameters `$1`, `$2`, …
#[derive(Debug)]
pub struct Sql {
    common: &'static str,
    dialect: Dialect,
    sqlite: OnceLock<String>,
    postgres: OnceLock<String>,
}

impl Sql {
    /// The same text on both databases.
    pub const fn new(text: &'static str) -> Self {
        Self::with(text, Dialect::Same)
    }

    /// A query whose rows stay locked until the end of a transaction that writes. One that only reads may run it as
    /// well, and locks nothing.
    pub const fn locking(text: &'static str) -> Self {
        Self::with(text, Dialect::Locking)
    }

    /// One text for each, where the dialects part ways.
    pub const fn pair(sqlite: &'static str, postgres: &'static str) -> Self {
        Self::with(sqlite, Dialect::Other(postgres))
    }

    const fn with(common: &'static str, dialect: Dialect) -> Self {
        Self { common, dialect, sqlite: OnceLock::new(), postgres: OnceLock::new() }
    }

    /// For SQLite, `$1` becomes `?1`: there, `$1` is a parameter *named* `$1`, numbered by its first appearance.
    pub fn sqlite(&self) -> &str {
        self.sqlite.get_or_init(|| numbered(self.common))
    }

    /// The text for PostgreSQL, in a transaction that `locks` rows or in one that does not.
    pub fn postgres(&self, locks: bool) -> &str {
        match self.dialect {
            Dialect::Same => self.common,
            Dialect::Other(text) => text,
            Dialect::Locking if locks => self.postgres.get_or_init(|| format!("{}{LOCK}", self.common)),
            Dialect::Locking => self.common,
        }
    }
}

fn numbered(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let parameter = letter == '$' && letters.peek().is_some_and(char::is_ascii_digit);
        out.push(if parameter { '?' } else { letter });
    }
    out
}

/// A statement for many rows at once: row by row on SQLite, where a prepared statement costs next to nothing; in one
/// go on PostgreSQL, as arrays (`unnest`), where every statement costs a round trip.
#[derive(Debug)]
pub struct Bulk {
    shape: Shape,
    /// The types of the columns.
    pub(crate) columns: &'static [Kind],
    sqlite: OnceLock<String>,
    postgres: OnceLock<String>,
}

#[derive(Debug)]
enum Shape {
    Insert { head: &'static str, tail: &'static str },
    Pair { sqlite: &'static str, postgres: &'static str },
}

impl Bulk {
    /// Inserts rows: `head` names the table and its columns, `tail` may say what to do on a conflict.
    pub const fn insert(head: &'static str, columns: &'static [Kind], tail: &'static str) -> Self {
        Self::of(Shape::Insert { head, tail }, columns)
    }

    /// Anything else: `sqlite` takes one row as `?1`, `?2`, …; in `postgres`, `{rows}` stands for all of them.
    pub const fn pair(sqlite: &'static str, columns: &'static [Kind], postgres: &'static str) -> Self {
        Self::of(Shape::Pair { sqlite, postgres }, columns)
    }

    const fn of(shape: Shape, columns: &'static [Kind]) -> Self {
        Self { shape, columns, sqlite: OnceLock::new(), postgres: OnceLock::new() }
    }

    /// The text for one row.
    pub fn sqlite(&self) -> &str {
        self.sqlite.get_or_init(|| match self.shape {
            Shape::Insert { head, tail } => {
                let places: Vec<String> = (1..=self.columns.len()).map(|number| format!("?{number}")).collect();
                format!("{head} VALUES ({}) {tail}", places.join(", "))
            }
            Shape::Pair { sqlite, .. } => sqlite.to_owned(),
        })
    }

    /// The text for all rows.
    pub fn postgres(&self) -> &str {
        self.postgres.get_or_init(|| match self.shape {
            Shape::Insert { head, tail } => format!("{head} SELECT * FROM {} {tail}", unnest(self.columns)),
            Shape::Pair { postgres, .. } => postgres.replace("{rows}", &unnest(self.columns)),
        })
    }
}

/// A query for many keys at once: key by key on SQLite, in one go on PostgreSQL.
#[derive(Debug)]
pub struct Lookup {
    sqlite: &'static str,
    pub(crate) columns: &'static [Kind],
    postgres: &'static str,
    locking: bool,
    viewing_text: OnceLock<String>,
    locking_text: OnceLock<String>,
}

impl Lookup {
    /// `sqlite` takes one key as `?1`, `?2`, …; in `postgres`, `{keys}` stands for the keys as rows.
    pub const fn new(sqlite: &'static str, columns: &'static [Kind], postgres: &'static str) -> Self {
        Self::with(sqlite, columns, postgres, false)
    }

    /// The same, for rows that stay locked until the end of a transaction that writes. `postgres` must put them in an
    /// order, the same for everybody, so that two transactions never wait for each other.
    pub const fn locking(sqlite: &'static str, columns: &'static [Kind], postgres: &'static str) -> Self {
        Self::with(sqlite, columns, postgres, true)
    }

    const fn with(sqlite: &'static str, columns: &'static [Kind], postgres: &'static str, locking: bool) -> Self {
        Self { sqlite, columns, postgres, locking, viewing_text: OnceLock::new(), locking_text: OnceLock::new() }
    }

    /// The text for one key.
    pub const fn sqlite(&self) -> &str {
        self.sqlite
    }

    /// The text for all keys, in a transaction that `locks` rows or in one that does not.
    pub fn postgres(&self, locks: bool) -> &str {
        let text = || self.postgres.replace("{keys}", &unnest(self.columns));
        if locks && self.locking {
            self.locking_text.get_or_init(|| text() + LOCK)
        } else {
            self.viewing_text.get_or_init(text)
        }
    }
}

fn unnest(columns: &[Kind]) -> String {
    let arrays: Vec<String> =
        columns.iter().enumerate().map(|(index, kind)| format!("${}::{}", index + 1, kind.postgres_array())).collect();
    format!("unnest({})", arrays.join(", "))
}

/// Any registered statement, for the test that prepares them all.
#[derive(Debug, Clone, Copy)]
pub enum Statement {
    /// One with single parameters.
    Sql(&'static Sql),
    /// One for many rows.
    Bulk(&'static Bulk),
    /// One for many keys.
    Lookup(&'static Lookup),
}

impl Statement {
    /// The text for SQLite.
    pub fn sqlite(&self) -> Cow<'static, str> {
        match self {
            Self::Sql(sql) => sql.sqlite().into(),
            Self::Bulk(bulk) => bulk.sqlite().into(),
            Self::Lookup(lookup) => lookup.sqlite().into(),
        }
    }

    /// The text for PostgreSQL, in a transaction that `locks` rows or in one that does not.
    pub fn postgres(&self, locks: bool) -> Cow<'static, str> {
        match self {
            Self::Sql(sql) => sql.postgres(locks).into(),
            Self::Bulk(bulk) => bulk.postgres().into(),
            Self::Lookup(lookup) => lookup.postgres(locks).into(),
        }
    }
}

/// Declares statements and registers them as the module's `STATEMENTS`.
macro_rules! statements {
    ($($name:ident: $type:ident = $value:expr;)*) => {
        $(static $name: crate::statement::$type = $value;)*

        /// The statements of this module, with their names.
        pub(crate) static STATEMENTS: &[(&str, crate::statement::Statement)] =
            &[$((stringify!($name), crate::statement::Statement::$type(&$name)),)*];
    };
}
pub(crate) use statements;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_database_gets_its_own_parameters() {
        let sql = Sql::locking("SELECT body ->> '$.a' FROM t WHERE b = $2 AND a = $1");
        assert_eq!(sql.sqlite(), "SELECT body ->> '$.a' FROM t WHERE b = ?2 AND a = ?1");
        assert!(sql.postgres(true).ends_with("a = $1 FOR UPDATE"));
        assert!(sql.postgres(false).ends_with("a = $1"));
    }

    #[test]
    fn a_lookup_locks_only_where_it_may() {
        let keys = "SELECT a FROM t WHERE b IN (SELECT * FROM {keys}) ORDER BY a";
        let lookup = Lookup::locking("SELECT a FROM t WHERE b = ?1", &[Kind::Int], keys);
        let viewing = "SELECT a FROM t WHERE b IN (SELECT * FROM unnest($1::bigint[])) ORDER BY a";
        assert_eq!(lookup.postgres(false), viewing);
        assert_eq!(lookup.postgres(true), format!("{viewing} FOR UPDATE"));
        assert_eq!(Lookup::new("", &[Kind::Int], keys).postgres(true), viewing);
    }

    #[test]
    fn a_bulk_insert_is_one_row_or_arrays() {
        let bulk = Bulk::insert("INSERT INTO t (a, b)", &[Kind::Uuid, Kind::Int], "ON CONFLICT DO NOTHING");
        assert_eq!(bulk.sqlite(), "INSERT INTO t (a, b) VALUES (?1, ?2) ON CONFLICT DO NOTHING");
        assert_eq!(
            bulk.postgres(),
            "INSERT INTO t (a, b) SELECT * FROM unnest($1::uuid[], $2::bigint[]) ON CONFLICT DO NOTHING"
        );
    }
}
