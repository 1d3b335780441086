//! Escalation policies in short form.
//!
//! ```text
//! policy checkout "Checkout primary" repeats 1 lapse 30m office 09:00-17:00 | @primary 5m | ben cy 10m | late 1h mia
//! ```
//!
//! Targets are people, `@schedule`, `next@schedule`, `previous@schedule` and `everyone@schedule`. After its wait, a
//! step may say `acks=2`, `turns`, `hours` (it waits for those of the office), `until-resolved`, and when alone it is
//! taken: `only=sev1,sev2`, `only=inside`, `only=outside`, `only=team:db` (a label).

use allclear_core::declaration::{Hours, Written as _};
use allclear_core::directory::{Inside, Kind, LateStep, Policy, Step, Target};
use allclear_core::id::ScheduleId;
use allclear_core::wait::Wait;

use super::{Cast, Parsed, Words};

impl Cast {
    pub(super) fn escalation(&mut self, mut head: Words<'_>, parts: &[Vec<String>]) -> Parsed<Policy> {
        let slug = head.next("a short name")?;
        let name = head.next("a name")?;
        let mut policy = Policy::new(self.policy(&slug), slug, name, Vec::new());
        while let Some(word) = head.more() {
            let value = head.next("a value")?;
            match word.as_str() {
                "repeats" => policy.repeats = value.parse().map_err(|_| format!("`{value}` is not a number"))?,
                "lapse" => policy.acknowledgement_timeout = Some(value.parse()?),
                "office" => policy.working_hours.extend(Hours::read(&value)?.restrictions()),
                other => return Err(format!("`{other}` is none of `repeats`, `lapse` and `office`")),
            }
        }
        for part in parts {
            if let [late, after, targets @ ..] = part.as_slice()
                && late == "late"
            {
                let targets = targets.iter().map(|target| self.target(target)).collect();
                policy.unresolved.push(LateStep { after: after.parse()?, targets });
            } else {
                policy.steps.push(self.step(part)?);
            }
        }
        Ok(policy)
    }

    fn step(&mut self, part: &[String]) -> Parsed<Step> {
        let place = part.iter().position(|word| word.parse::<Wait>().is_ok()).ok_or("a step needs a wait")?;
        let targets = part[..place].iter().map(|target| self.target(target)).collect();
        let mut step = Step::paging(targets, part[place].parse()?);
        for flag in &part[place + 1..] {
            match flag.split_once('=') {
                None if flag == "turns" => step.round_robin = true,
                None if flag == "hours" => step.waits_for_hours = true,
                None if flag == "until-resolved" => step.until_resolved = true,
                Some(("acks", number)) => {
                    step.acknowledgements = number.parse().map_err(|_| format!("`{number}` is not a number"))?;
                }
                Some(("only", what)) => only(&mut step, what)?,
                Some(_) | None => return Err(format!("a step does not go on with `{flag}`")),
            }
        }
        Ok(step)
    }

    fn target(&mut self, target: &str) -> Target {
        let Some((which, schedule)) = target.split_once('@') else { return Target::User(self.user(target)) };
        let schedule = ScheduleId::new(self.id(Kind::Schedule, schedule));
        match which {
            "next" => Target::NextOnCall(schedule),
            "previous" => Target::PreviousOnCall(schedule),
            "everyone" => Target::EveryoneOf(schedule),
            _ => Target::Schedule(schedule),
        }
    }
}

fn only(step: &mut Step, what: &str) -> Parsed<()> {
    match (what, what.split_once(':')) {
        ("inside", _) => step.only_if.working_hours = Some(Inside::Inside),
        ("outside", _) => step.only_if.working_hours = Some(Inside::Outside),
        (_, Some((label, value))) => drop(step.only_if.labels.insert(label.to_owned(), value.to_owned())),
        (severities, None) => {
            step.only_if.severities = severities.split(',').map(str::parse).collect::<Result<_, _>>()?;
        }
    }
    Ok(())
}
