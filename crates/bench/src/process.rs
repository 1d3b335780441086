//! Other programs: started, looked at through `/proc`, killed.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::clock;

/// Linux tells CPU time in hundredths of a second, whatever the kernel's own clock does (`proc(5)`, `USER_HZ`).
const TICK_MICROSECONDS: u64 = 10_000;

/// A program that is killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Starts it, with its output in that file.
    pub(crate) fn start(command: &mut Command, log: &std::path::Path) -> Result<Self> {
        let log = fs::File::options().create(true).append(true).open(log)?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let child = command.spawn().with_context(|| format!("cannot start {}", command.get_program().display()))?;
        Ok(Self { child })
    }

    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Fails when it has ended.
    pub(crate) fn check(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            Some(status) => bail!("it ended at once ({status})"),
            None => Ok(()),
        }
    }

    /// Kills it as `kill -9` does, and waits until it is gone.
    pub(crate) fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// The most memory that it has held, in bytes (`VmHWM`), and what it holds now (`VmRSS`).
    pub(crate) fn memory(&self) -> Result<(u64, u64)> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id()))?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        };
        let kilobytes = |name: &str| field(name).with_context(|| format!("/proc says no {name}"));
        Ok((kilobytes("VmHWM:")? * 1_024, kilobytes("VmRSS:")? * 1_024))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may be gone already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The CPU time of a process so far, in microseconds; zero when it is gone.
pub(crate) fn cpu(process: u32) -> u64 {
    let fields = stat(process).unwrap_or_default();
    // `proc_pid_stat(5)`: user and system time are fields 14 and 15; here the first two are cut off.
    let ticks = |field: usize| fields.get(field - 3).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    (ticks(14) + ticks(15)) * TICK_MICROSECONDS
}

/// The CPU time of a process and of all its children, running ones and those that have ended, in microseconds.
pub(crate) fn cpu_with_children(parent: u32) -> u64 {
    let fields = stat(parent).unwrap_or_default();
    let ticks = |field: usize| fields.get(field - 3).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    let ended = (ticks(16) + ticks(17)) * TICK_MICROSECONDS;
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let is_child = |number: &u32| stat(*number).is_some_and(|fields| fields.get(1) == Some(&parent.to_string()));
    cpu(parent) + ended + numbers.filter(is_child).map(cpu).sum::<u64>()
}

/// The fields of `/proc/<process>/stat` behind the name, which is in brackets and may hold anything.
fn stat(process: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

/// An address on loopback that nobody listens on.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// Asks again and again until it is so; fails after a while.
pub(crate) fn wait_until(what: &str, patience: Duration, mut is_so: impl FnMut() -> Result<bool>) -> Result<()> {
    let start = clock::instant();
    while !is_so()? {
        if start.elapsed() > patience {
            bail!("{what}: not within {} s", patience.as_secs());
        }
        clock::pause(Duration::from_millis(2));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_of_this_process_grows() {
        let own = std::process::id();
        let before = cpu(own);
        let start = clock::instant();
        let mut sum = 0u64;
        while start.elapsed() < Duration::from_millis(60) {
            sum = std::hint::black_box(sum.wrapping_mul(31).wrapping_add(7));
        }
        assert!(cpu(own) > before);
        // In this order: the time goes on in between.
        let alone = cpu(own);
        assert!(cpu_with_children(own) >= alone);
        assert_eq!(cpu(u32::MAX), 0);
    }
}
