//! A small HTTP/1.1 client that costs next to nothing: keep-alive, one request at a time, one buffer.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// Where the head of an answer ends, and what it says.
struct Head {
    status: u16,
    body: usize,
    length: usize,
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 * 1_024) })
    }

    /// Sends a request, and brings back the status and the body of the answer.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<(u16, &[u8])> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.buffer).await?;
            ensure!(read > 0, "the connection was closed");
            let Some(head) = head(&self.buffer)? else { continue };
            let end = head.body + head.length;
            while self.buffer.len() < end {
                let read = self.stream.read_buf(&mut self.buffer).await?;
                ensure!(read > 0, "the connection was closed within an answer");
            }
            return Ok((head.status, &self.buffer[head.body..end]));
        }
    }
}

/// Fetches a page, on a connection of its own.
pub(crate) async fn get(address: SocketAddr, path: &str, headers: &str) -> Result<(u16, String)> {
    let mut connection = Connection::open(address).await?;
    let (status, body) = connection.exchange(&get_request(path, headers)).await?;
    Ok((status, String::from_utf8_lossy(body).into_owned()))
}

/// A `GET`; each of `headers` ends its line.
pub(crate) fn get_request(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n").into_bytes()
}

fn head(buffer: &[u8]) -> Result<Option<Head>> {
    let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(&buffer[..end]).context("the head of an answer is not text")?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.get(9..12)?.parse().ok()).context("an answer has no status")?;
    let mut length = None;
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        if name.eq_ignore_ascii_case("content-length") {
            length = Some(value.trim().parse()?);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            bail!("this client does not read chunks");
        }
    }
    Ok(Some(Head { status, body: end + 4, length: length.unwrap_or(0) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read() {
        let answer = b"HTTP/1.1 202 Accepted\r\ncontent-length: 5\r\n\r\nhello";
        let found = head(answer).unwrap().unwrap();
        assert_eq!((found.status, found.length, &answer[found.body..]), (202, 5, &b"hello"[..]));
        assert!(head(&answer[..20]).unwrap().is_none());
        assert_eq!(head(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap().unwrap().length, 0);
        assert!(head(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
    }
}
