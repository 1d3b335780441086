//! tmp
use crate::error::Result;
use crate::transaction::Tx;
/// tmp
pub async fn get(_tx: &mut Tx<'_>, _name: &str) -> Result<Option<Vec<u8>>> {
    Ok(None)
}
