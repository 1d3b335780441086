//! What is written can be read: an export describes exactly what is, whatever that is.

use jiff::{SignedDuration, Timestamp, civil};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use uuid::Uuid;

use super::super::{Document, export, key_digest, plan};
use super::{PRUNE, carry_out, ids, listed, loose, now, read};
use crate::directory::{
    Change, Conditions, ContactMethod, Directory, Grouping, Inside, Integration, LateStep, MailSecurity, MailServer,
    Object, Organisation, Policy, Retention, Role, Rung, Service, Step, Target, Team, TimeOff, User,
};
use crate::holiday::Region;
use crate::id::{
    ContactMethodId, IntegrationId, OverrideId, PolicyId, ScheduleId, ServiceId, TeamId, TimeOffId, UserId,
};
use crate::schedule::{Crew, Holidays, Layer, OnHolidays, Override, Recurrence, Restriction, Schedule, Turn, Weekday};
use crate::severity::{Severity, Urgency, UrgencyRule};
use crate::wait::Wait;
use crate::zone::Zone;

fn slug() -> impl Strategy<Value = String> {
    prop_oneof![
        select(vec!["no", "true", "1e3", "0x1f", "2026-01-05", "_", "null"]).prop_map(str::to_owned),
        "[a-z0-9_][a-z0-9_.-]{0,6}"
    ]
}

/// Texts that YAML could take for something else.
fn text() -> impl Strategy<Value = String> {
    let awkward = vec![
        "yes",
        "null",
        "~",
        "- a",
        "a: b",
        "#x",
        "5m",
        "1e3",
        "{x}",
        "[",
        "'",
        "\"q\"",
        "a\nb",
        "|",
        "é ⏰",
        "&a",
        "*a",
        "!x",
        "%",
        "@",
        "2026-01-05",
        "0755",
        "-",
        "?",
    ];
    prop_oneof![select(awkward).prop_map(str::to_owned), "[ -~]{0,12}[!-~]"]
}

fn zone() -> impl Strategy<Value = Zone> {
    select(vec!["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
        .prop_map(|name| name.parse().unwrap())
}

fn wait() -> impl Strategy<Value = Wait> {
    (60..1_000_000u32).prop_map(Wait::seconds)
}

/// Moments around the ends of Berlin's and New York's summers, so that some wall-clock times are ambiguous.
fn moment() -> impl Strategy<Value = Timestamp> {
    let autumn: Timestamp = "2026-10-24T22:00:00Z".parse().unwrap();
    (0..40_000i64, select(vec![1, 1_800]))
        .prop_map(move |(number, unit)| autumn + SignedDuration::from_secs(number * unit))
}

fn time() -> impl Strategy<Value = civil::Time> {
    prop_oneof![
        3 => (0..24i8, select(vec![0i8, 30])).prop_map(|(hour, minute)| civil::time(hour, minute, 0, 0)),
        1 => (0..24i8, 0..60i8, 0..60i8, select(vec![0, 500_000_000])).prop_map(|(h, m, s, n)| civil::time(h, m, s, n)),
    ]
}

fn weekday() -> impl Strategy<Value = Weekday> {
    use Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
    select(vec![Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday])
}

fn restriction() -> impl Strategy<Value = Restriction> {
    prop_oneof![
        (time(), time()).prop_map(|(from, until)| Restriction::Daily { from, until }),
        (weekday(), time(), weekday(), time()).prop_map(|(from_day, from, until_day, until)| Restriction::Weekly {
            from_day,
            from,
            until_day,
            until
        }),
        weekday().prop_map(|day| {
            let (from, until) = (civil::time(9, 0, 0, 0), civil::time(17, 0, 0, 0));
            Restriction::Weekly { from_day: day, from, until_day: day, until }
        }),
    ]
}

fn turn() -> impl Strategy<Value = Turn> {
    let units = vec![Turn::Hours as fn(u32) -> Turn, Turn::Days, Turn::Weeks, Turn::Months];
    let regular = (1..=3u32, select(units)).prop_map(|(length, unit)| unit(length));
    prop_oneof![4 => regular, 1 => recurring()]
}

fn recurring() -> impl Strategy<Value = Turn> {
    let rules = vec!["FREQ=WEEKLY;BYDAY=MO,FR", "FREQ=MONTHLY;BYDAY=-1SU", "FREQ=DAILY;INTERVAL=2;BYHOUR=9,21"];
    let times = || vec((1..28i8, time()).prop_map(|(day, time)| civil::date(2027, 2, day).to_datetime(time)), 0..3);
    (select(rules), option::of(wait()), times(), times()).prop_map(|(rule, lasts, except, also)| {
        Turn::Recurring(Box::new(Recurrence { rule: rule.parse().unwrap(), lasts, except, also }))
    })
}

/// One person, or two together.
fn crew(users: &[UserId]) -> impl Strategy<Value = Crew> + use<> {
    let most = users.len().min(2);
    subsequence(users.to_vec(), 1..=most).prop_map(|people| people.into_iter().collect())
}

/// Picks from what there is; nothing where there is nothing.
fn pick<T: Copy>(all: &[T], index: Option<Index>) -> Option<T> {
    index.filter(|_| !all.is_empty()).map(|index| all[index.index(all.len())])
}

fn teams() -> impl Strategy<Value = Vec<Team>> {
    btree_map(slug(), (text(), option::of(text())), 0..3).prop_map(|teams| {
        let all = (1..).zip(teams).map(|(number, (slug, (name, description)))| Team {
            id: TeamId::new(Uuid::from_u128(number)),
            slug,
            name,
            description: description.unwrap_or_default(),
        });
        all.collect()
    })
}

fn contacts() -> impl Strategy<Value = Vec<ContactMethod>> {
    let fields = (text(), option::of(moment()));
    (btree_map(text(), fields, 0..3), any::<u64>()).prop_map(|(contacts, seed)| {
        let all = (1..).zip(contacts).map(|(number, (name, (address, verified_at)))| ContactMethod {
            id: ContactMethodId::new(Uuid::from_u128(u128::from(seed) << 8 | number)),
            name,
            channel: "email".into(),
            address,
            verified_at,
        });
        all.collect()
    })
}

fn time_off() -> impl Strategy<Value = Vec<TimeOff>> {
    let one = (0..500i64, 0..20i64, option::of(text()), any::<u64>()).prop_map(|(first, days, note, id)| {
        let day = |number: i64| civil::date(2026, 1, 1) + SignedDuration::from_hours(24 * number);
        let id = TimeOffId::new(Uuid::from_u128(id.into()));
        TimeOff { id, from: day(first), until: day(first + days), note: note.unwrap_or_default() }
    });
    vec(one, 0..3)
}

fn users(teams: Vec<TeamId>) -> impl Strategy<Value = Vec<User>> {
    let rungs = || vec((any::<Index>(), wait()), 0..3);
    let fields = (
        (text(), option::of(text()), select(Role::ALL.to_vec()), option::of(zone())),
        (subsequence(teams.clone(), 0..=teams.len()), vec(slug(), 0..3)),
        (contacts(), rungs(), rungs(), time_off(), option::of(region()), any::<bool>()),
    );
    btree_map(slug(), fields, 1..5).prop_map(|users| {
        let all = (1..).zip(users).map(|(number, (slug, ((name, email, role, time_zone), (teams, skills), rest)))| {
            let (contacts, high, low, time_off, holidays, suspended) = rest;
            let known: Vec<ContactMethodId> = contacts.iter().map(|contact| contact.id).collect();
            let rungs = |rungs: Vec<(Index, Wait)>| {
                let rung = |(index, after)| Some(Rung { after, contact: pick(&known, Some(index))? });
                rungs.into_iter().filter_map(rung).collect()
            };
            let (high_urgency, low_urgency) = (rungs(high), rungs(low));
            let id = UserId::new(Uuid::from_u128(number));
            let email = email.unwrap_or_default();
            User {
                id,
                slug,
                name,
                email,
                role,
                time_zone,
                teams,
                skills,
                contacts,
                high_urgency,
                low_urgency,
                time_off,
                silent_handovers: number % 3 == 0,
                holidays,
                suspended,
            }
        });
        all.collect()
    })
}

fn layer(users: &[UserId]) -> impl Strategy<Value = Layer> + use<> {
    let participants = vec(crew(users), 0..4);
    let start = (0..3_000i64, time()).prop_map(|(days, time)| {
        civil::date(2024, 1, 1).checked_add(SignedDuration::from_hours(24 * days)).unwrap().to_datetime(time)
    });
    let end = option::of(1..100_000i64);
    (
        text(),
        option::of(zone()),
        start,
        end,
        turn(),
        participants,
        vec(restriction(), 0..4),
        (option::of(holidays()), any::<bool>()),
    )
        .prop_map(|(name, time_zone, start, end, turn, participants, restrictions, (holidays, shadow))| {
            let end = end.map(|minutes| start + SignedDuration::from_mins(minutes));
            Layer { name, time_zone, start, end, turn, participants, restrictions, holidays, shadow }
        })
}

fn region() -> impl Strategy<Value = Region> {
    select(vec!["DE", "DE-BY", "NO", "US-CA"]).prop_map(|code| code.parse().unwrap())
}

fn holidays() -> impl Strategy<Value = Holidays> {
    let days = vec((1..28i8).prop_map(|day| civil::date(2026, 12, day)), 0..3);
    (region(), select(vec![OnHolidays::Only, OnHolidays::Except]), days).prop_map(|(of, when, also)| Holidays {
        of,
        when,
        also,
    })
}

fn schedules(teams: Vec<TeamId>, users: Vec<UserId>) -> impl Strategy<Value = Vec<Schedule>> {
    let cover = (select(users.clone()), option::of(select(users.clone())), moment(), 1..100_000i64, any::<u64>());
    let overrides = vec(cover, 0..3).prop_map(|all| {
        let all = all.into_iter().map(|(user, replaces, starts, seconds, id)| {
            let id = OverrideId::new(Uuid::from_u128(id.into()));
            let replaces = replaces.filter(|replaced| *replaced != user);
            Override { id, user, replaces, starts, ends: starts + SignedDuration::from_secs(seconds) }
        });
        all.collect()
    });
    let fields = (text(), option::of(any::<Index>()), zone(), vec(layer(&users), 0..3), overrides);
    btree_map(slug(), fields, 0..3).prop_map(move |schedules| {
        let all = (1..).zip(schedules).map(|(number, (slug, (name, team, time_zone, layers, overrides)))| {
            let id = ScheduleId::new(Uuid::from_u128(number));
            Schedule {
                id,
                slug,
                name,
                team: pick(&teams, team),
                time_zone,
                layers,
                overrides,
                silent_handovers: number % 2 == 0,
            }
        });
        all.collect()
    })
}

fn conditions() -> impl Strategy<Value = Conditions> {
    let severities = subsequence(Severity::ALL.to_vec(), 0..=2);
    let urgency = option::of(select(vec![Urgency::High, Urgency::Low]));
    let inside = option::of(select(vec![Inside::Inside, Inside::Outside]));
    let labels = btree_map(text(), text(), 0..3);
    (severities, urgency, vec(restriction(), 0..3), inside, labels).prop_map(
        |(severities, urgency, hours, working_hours, labels)| Conditions {
            severities,
            urgency,
            hours,
            working_hours,
            labels,
        },
    )
}

fn policies(teams: Vec<TeamId>, targets: Vec<Target>) -> impl Strategy<Value = Vec<Policy>> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), 1..=20u32);
    let step = (vec(select(targets.clone()), 1..4), wait(), conditions(), flags);
    let step = step.prop_map(|(targets, wait, only_if, (waits_for_hours, until_resolved, round_robin, asked))| {
        let acknowledgements = if round_robin { 1 } else { asked };
        let plain = Step::paging(targets, wait);
        Step { only_if, waits_for_hours, until_resolved, round_robin, acknowledgements, ..plain }
    });
    let late = btree_map(wait(), vec(select(targets), 1..4), 0..3);
    let hours = (option::of(zone()), vec(restriction(), 1..4));
    let fields = (text(), option::of(any::<Index>()), vec(step, 1..4), 0..=9u32, option::of(wait()), late, hours);
    btree_map(slug(), fields, 0..3).prop_map(move |policies| {
        let all = (1..).zip(policies).map(|(number, (slug, fields))| {
            let (name, team, steps, repeats, acknowledgement_timeout, late, (time_zone, working_hours)) = fields;
            let id = PolicyId::new(Uuid::from_u128(number));
            let unresolved = late.into_iter().map(|(after, targets)| LateStep { after, targets }).collect();
            let team = pick(&teams, team);
            let plain = Policy::new(id, slug, name, steps);
            Policy { team, repeats, acknowledgement_timeout, time_zone, working_hours, unresolved, ..plain }
        });
        all.collect()
    })
}

fn grouping() -> impl Strategy<Value = Grouping> {
    let window = || (60..172_800u32).prop_map(Wait::seconds);
    prop_oneof![
        Just(Grouping::Alert),
        window().prop_map(|window| Grouping::Service { window }),
        (btree_set(text(), 1..3), window())
            .prop_map(|(labels, window)| Grouping::Labels { labels: labels.into_iter().collect(), window }),
    ]
}

fn services(teams: Vec<TeamId>, policies: Vec<PolicyId>) -> impl Strategy<Value = Vec<Service>> {
    let urgency = select(vec![UrgencyRule::BySeverity, UrgencyRule::High, UrgencyRule::Low]);
    let owners = (option::of(any::<Index>()), option::of(any::<Index>()));
    let fields = (text(), option::of(text()), owners, urgency, grouping(), any::<bool>(), option::of(text()));
    btree_map(slug(), fields, 0..3).prop_map(move |services| {
        let all = (1..).zip(services).map(|(number, (slug, fields))| {
            let (name, description, (team, policy), urgency, grouping, stays_open, runbook) = fields;
            Service {
                id: ServiceId::new(Uuid::from_u128(number)),
                slug,
                name,
                description: description.unwrap_or_default(),
                team: pick(&teams, team),
                policy: pick(&policies, policy),
                urgency,
                grouping,
                stays_open,
                runbook,
            }
        });
        all.collect()
    })
}

fn integrations(services: Vec<ServiceId>) -> impl Strategy<Value = Vec<Integration>> {
    let fields = (text(), any::<Index>(), text(), any::<bool>());
    btree_map(slug(), fields, 0..3).prop_map(move |integrations| {
        let all = (1..).zip(integrations).filter_map(|(number, (slug, (name, service, source, disabled)))| {
            let service = pick(&services, Some(service))?;
            let id = IntegrationId::new(Uuid::from_u128(number));
            let key_digest = key_digest(&slug);
            Some(Integration { id, slug, name, service, source, key_digest, disabled })
        });
        all.collect()
    })
}

fn organisation() -> impl Strategy<Value = Organisation> {
    let security = select(vec![MailSecurity::Starttls, MailSecurity::Tls, MailSecurity::None]);
    let mail = (text(), 1..=u16::MAX, security, option::of(text()), text())
        .prop_map(|(host, port, security, username, sender)| MailServer { host, port, security, username, sender });
    let keep = option::of(1..400_u32).prop_map(|days| {
        let usual = Retention::default();
        Retention { events: days.map_or(usual.events, |days| Wait::hours(24 * days)), ..usual }
    });
    let all = (option::of(text()), zone(), option::of(text()), option::of(mail), keep);
    all.prop_map(|(name, time_zone, address, mail, keep)| Organisation {
        name: name.unwrap_or_default(),
        time_zone,
        address,
        mail,
        keep,
    })
}

fn directory() -> impl Strategy<Value = Directory> {
    let first = teams().prop_flat_map(|teams| {
        let known: Vec<TeamId> = teams.iter().map(|team| team.id).collect();
        (Just(teams), users(known))
    });
    let second = first.prop_flat_map(|(teams, users)| {
        let known = teams.iter().map(|team| team.id).collect();
        let schedules = schedules(known, users.iter().map(|user| user.id).collect());
        (Just(teams), Just(users), schedules)
    });
    let third = second.prop_flat_map(|(teams, users, schedules)| {
        let people = users.iter().map(|user| Target::User(user.id));
        let of_schedules = [Target::Schedule, Target::NextOnCall, Target::PreviousOnCall, Target::EveryoneOf];
        let schedules_targets = schedules.iter().flat_map(|schedule| of_schedules.map(|of| of(schedule.id)));
        let for_teams = teams
            .iter()
            .flat_map(|team| [None, Some("postgres".to_owned())].map(|skill| Target::Team { team: team.id, skill }));
        let targets = people.chain(schedules_targets).chain(for_teams).collect();
        let policies = policies(teams.iter().map(|team| team.id).collect(), targets);
        (Just(teams), Just(users), Just(schedules), policies)
    });
    let fourth = third.prop_flat_map(|(teams, users, schedules, policies)| {
        let owners = teams.iter().map(|team| team.id).collect();
        let services = services(owners, policies.iter().map(|policy| policy.id).collect());
        (Just((teams, users, schedules, policies)), services)
    });
    let fifth = fourth.prop_flat_map(|(rest, services)| {
        let known = services.iter().map(|service| service.id).collect();
        (Just(rest), Just(services), integrations(known), organisation())
    });
    fifth.prop_map(|((teams, users, schedules, policies), services, integrations, organisation)| {
        fn puts<T: Into<Object>>(all: Vec<T>) -> impl Iterator<Item = Change> {
            all.into_iter().map(|one| Change::Put(one.into()))
        }
        let changes = puts(teams).chain(puts(users)).chain(puts(schedules)).chain(puts(policies)).chain(puts(services));
        let changes: Vec<Change> =
            changes.chain(puts(integrations)).chain([Change::Organisation(organisation)]).collect();
        Directory::default().changed(&changes).unwrap_or_else(|problems| panic!("{problems:?}"))
    })
}

fn no_new_identity() -> Uuid {
    panic!("nothing is new")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn planning_an_export_changes_nothing(directory in directory()) {
        let plan = plan(&directory, &loose(export(&directory)), now(), &mut no_new_identity, PRUNE);
        let plan = plan.unwrap_or_else(|problems| panic!("{}", listed(&problems)));
        prop_assert!(plan.is_empty(), "{plan}");
        prop_assert!(plan.keys.is_empty() && plan.changes.iter().all(|planned| planned.differences.is_empty()));
    }

    #[test]
    fn an_export_builds_the_same_elsewhere(directory in directory()) {
        let documents = export(&directory);
        let empty = Directory::default();
        let plan = plan(&empty, &loose(documents.clone()), now(), &mut ids(1 << 100), PRUNE);
        let copy = carry_out(&empty, plan.unwrap_or_else(|problems| panic!("{}", listed(&problems))));
        prop_assert_eq!(export(&copy), documents);
    }

    #[test]
    fn documents_survive_yaml_and_json(directory in directory()) {
        let documents = export(&directory);
        let yaml: Vec<String> = documents.iter().map(|document| serde_saphyr::to_string(document).unwrap()).collect();
        let back: Vec<Document> = read(&yaml.join("\n---\n")).into_iter().map(|located| located.content).collect();
        prop_assert_eq!(&back, &documents);
        let json = serde_json::to_value(&documents).unwrap();
        prop_assert_eq!(serde_json::from_value::<Vec<Document>>(json).unwrap(), documents);
    }

    /// From any directory to any other: what was planned is what comes out, a second time there is nothing left to do,
    /// and each change names what differs.
    #[test]
    fn applying_arrives(from in directory(), to in directory()) {
        let documents = loose(export(&to));
        let first = match plan(&from, &documents, now(), &mut ids(1 << 100), PRUNE) {
            Ok(first) => first,
            // Nobody would be left who could repair things, or a kind of which there is no document needs what goes.
            Err(problems) => {
                prop_assert!(problems.iter().all(|problem| problem.at.is_none()), "{}", listed(&problems));
                return Ok(());
            }
        };
        for planned in &first.changes {
            prop_assert_eq!(planned.change.is_some(), !planned.differences.is_empty(), "{}", planned);
        }
        let after = carry_out(&from, first);
        let second = plan(&after, &documents, now(), &mut no_new_identity, PRUNE).unwrap();
        prop_assert!(second.is_empty(), "{second}");
        for object in to.objects() {
            prop_assert!(after.by_slug(object.kind(), object.slug()).is_some());
        }
        prop_assert_eq!(&after.organisation.time_zone, &to.organisation.time_zone);
    }
}
