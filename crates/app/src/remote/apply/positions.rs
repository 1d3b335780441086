//! Where everything in a document stands.

use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_saphyr::Spanned;

/// A line and a column, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) line: u64,
    pub(super) column: u64,
}

/// The shape of a YAML value: what is inside of it, and where.
#[derive(Debug)]
pub(super) enum Node {
    /// Names, each with its value.
    Map(Vec<(String, Spanned<Self>)>),
    /// Values in a row.
    List(Vec<Spanned<Self>>),
    /// A value with nothing inside.
    Scalar,
}

impl Node {
    /// Where the value of that path stands (`steps[2].targets[1]`), or the closest thing around it.
    pub(super) fn position(root: &Spanned<Self>, path: &str) -> Position {
        let mut node = root;
        for step in path.split(['.', '[']).filter(|step| !step.is_empty()) {
            let inner = match (&node.value, step.strip_suffix(']')) {
                (Self::List(items), Some(number)) => {
                    number.parse::<usize>().ok().and_then(|number| items.get(number.checked_sub(1)?))
                }
                (Self::Map(fields), None) => fields.iter().find(|(name, _)| name == step).map(|(_, value)| value),
                (Self::List(_), None) | (Self::Map(_), Some(_)) | (Self::Scalar, _) => None,
            };
            let Some(inner) = inner else { break };
            node = inner;
        }
        Position { line: node.referenced.line(), column: node.referenced.column() }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

macro_rules! scalars {
    ($($visit:ident($type:ty)),*) => {$(
        fn $visit<E>(self, _: $type) -> Result<Node, E> {
            Ok(Node::Scalar)
        }
    )*};
}

impl<'de> Visitor<'de> for Reader {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    scalars! {
        visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_i128(i128), visit_u128(u128), visit_f64(f64),
        visit_str(&str), visit_bytes(&[u8])
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Node, A::Error> {
        let mut map = Vec::new();
        while let Some(field) = fields.next_entry()? {
            map.push(field);
        }
        Ok(Node::Map(map))
    }
}
