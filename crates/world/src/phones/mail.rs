//! The mail server: as much of SMTP (RFC 5321) as a client that only sends needs, and the mail as a phone shows it.

use mail_parser::MessageParser;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::{Message, Phones};

const BODY_BYTES: usize = 1024 * 1024;
/// RFC 5321 §4.5.3.1.4 asks for 512; lines of bodies have up to 1,000.
const LINE_BYTES: usize = 4_096;
const TEXT_CHARACTERS: usize = 600;

pub(super) async fn serve(phones: Phones, listener: TcpListener) {
    let mut sessions = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        while sessions.try_join_next().is_some() {}
        let phones = phones.clone();
        sessions.spawn(async move {
            // A client that goes away in the middle has sent nothing.
            session(&phones, stream).await.ok();
        });
    }
}

async fn session(phones: &Phones, stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let (reading, mut writing) = stream.into_split();
    let mut reading = BufReader::new(reading);
    let mut recipients: Vec<String> = Vec::new();
    writing.write_all(b"220 phones.example ESMTP\r\n").await?;
    while let Some(line) = line(&mut reading).await? {
        let verb: String = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let reply = match verb.as_str() {
            "EHLO" | "HELO" => "250-phones.example\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
            _ if phones.are_cut() => "451 4.3.2 the service is not available\r\n",
            "MAIL" | "RSET" => {
                recipients.clear();
                "250 2.1.0 OK\r\n"
            }
            "RCPT" => {
                let address = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
                recipients.extend(address.map(|(address, _)| address.to_owned()));
                "250 2.1.5 OK\r\n"
            }
            "DATA" if recipients.is_empty() => "503 5.5.1 for whom?\r\n",
            "DATA" => {
                writing.write_all(b"354 end with a dot\r\n").await?;
                let Some(body) = body(&mut reading).await? else { break };
                deliver(phones, &std::mem::take(&mut recipients), &body);
                "250 2.0.0 delivered\r\n"
            }
            "NOOP" => "250 2.0.0 OK\r\n",
            "QUIT" => {
                writing.write_all(b"221 2.0.0 bye\r\n").await?;
                break;
            }
            _ => "502 5.5.2 not here\r\n",
        };
        writing.write_all(reply.as_bytes()).await?;
    }
    Ok(())
}

/// The next line without its end; none when the other side is gone or does not speak SMTP.
async fn line(reading: &mut (impl tokio::io::AsyncBufRead + Unpin)) -> std::io::Result<Option<String>> {
    let mut line = Vec::new();
    let read = reading.read_until(b'\n', &mut line).await?;
    if read == 0 || read > LINE_BYTES {
        return Ok(None);
    }
    Ok(Some(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned()))
}

/// A mail up to its dot; none when it breaks off or is too long.
async fn body(reading: &mut (impl tokio::io::AsyncBufRead + Unpin)) -> std::io::Result<Option<String>> {
    let mut body = String::new();
    while let Some(line) = line(reading).await? {
        if line == "." {
            return Ok(Some(body));
        }
        body.push_str(line.strip_prefix('.').unwrap_or(&line));
        body.push_str("\r\n");
        if body.len() > BODY_BYTES {
            break;
        }
    }
    Ok(None)
}

fn deliver(phones: &Phones, recipients: &[String], body: &str) {
    let mail = MessageParser::default().parse(body.as_bytes());
    let subject = mail.as_ref().and_then(|mail| mail.subject()).unwrap_or("(no subject)").to_owned();
    let text = mail.as_ref().and_then(|mail| mail.body_text(0)).unwrap_or_default();
    let link = text.split_whitespace().find(|word| word.contains("/k/")).map(str::to_owned);
    for recipient in recipients {
        let person = recipient.split('@').next().unwrap_or_default().to_owned();
        phones.arrived(|number, at| Message {
            number,
            person,
            channel: "mail",
            at,
            kind: "mail".to_owned(),
            title: subject.clone(),
            text: text.chars().take(TEXT_CHARACTERS).collect(),
            severity: None,
            link: link.clone(),
        });
    }
}
