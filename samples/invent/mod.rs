//! An inventor of a company's Directory Insights events: life-like, of every service, the same for the same seed.
//!
//! Shapes follow `docs/insights-api.md` sections 8 to 11. Density is uneven as in life: working hours, quiet nights and
//! weekends, and storms, one of them inside a single millisecond. The clock is a parameter.

mod company;
mod devices;
mod directory;
mod maker;
mod mdm;
mod places;
mod portal;
pub mod random;
mod signing_in;

use self::company::Company;
use self::maker::{Made, Maker};
use self::random::Random;
use crate::samples::instant::{self, DAY, HOUR, MILLISECOND, Nanos, SECOND};

/// What to invent.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Equal seeds give equal companies and equal events, but for the instants that follow `now`.
    pub seed: u64,
    /// The newest event is a little older than this.
    pub now: Nanos,
    /// Over how many days before `now` the events are spread.
    pub days: i64,
    /// How many events.
    pub count: usize,
}

/// An invented event.
#[derive(Clone, Debug)]
pub struct Invented {
    /// What its `timestamp` says.
    pub instant: Nanos,
    /// The name a query finds it under.
    pub service: &'static str,
    /// The event as JSON, tokens only.
    pub text: String,
}

type Make = fn(&mut Maker<'_>) -> Made;

/// The makers and how often, of a thousand, each is called.
const MAKERS: [(i64, Make); 18] = [
    (255, directory::event),
    (10, portal::provider_portal),
    (150, signing_in::sso),
    (140, signing_in::radius),
    (110, signing_in::ldap),
    (150, devices::systems),
    (45, devices::software),
    (35, mdm::event),
    (8, devices::object_storage),
    (40, portal::password_manager),
    (10, portal::access_management),
    (6, portal::asset_management),
    (12, portal::saas_app_management),
    (8, portal::alerts),
    (5, portal::notifications),
    (6, portal::reports),
    (5, portal::workflows),
    (5, portal::newer),
];

/// Invents events, ordered by timestamp.
pub fn events(plan: &Plan) -> Vec<Invented> {
    let mut random = Random::new(plan.seed);
    let company = Company::new(&mut random);
    let mut instants = instants(plan, &mut random);
    instants.sort_by_key(|stamped| stamped.0);
    // Every service occurs at least once, however few events are asked for.
    instants
        .iter()
        .enumerate()
        .map(|(number, (instant, stamp))| {
            let make = MAKERS
                .get(number)
                .map_or_else(|| choose(&mut random), |maker| maker.1);
            let mut maker = Maker {
                random: &mut random,
                company: &company,
                stamp,
            };
            let (service, text) = make(&mut maker);
            Invented {
                instant: *instant,
                service,
                text,
            }
        })
        .collect()
}

fn choose(random: &mut Random) -> Make {
    let mut left = random.below(1000);
    for (weight, make) in MAKERS {
        if left < weight {
            return make;
        }
        left -= weight;
    }
    directory::event
}

/// Instants with their texts: 0 to 9 fraction digits, trailing zeros stripped.
fn instants(plan: &Plan, random: &mut Random) -> Vec<(Nanos, String)> {
    let hours = weighted_hours(plan);
    let total: i64 = hours.iter().map(|hour| hour.1).sum();
    let storms: Vec<Nanos> = (0..3)
        .map(|_| plan.now - random.between(HOUR, plan.days * DAY - HOUR))
        .collect();
    (0..plan.count)
        .map(|number| {
            let exact = match number % 100 {
                // The millisecond of a bulk import.
                7 => storms[0] / MILLISECOND * MILLISECOND + random.below(MILLISECOND),
                // A network outage: everybody signs in again.
                1 | 2 => storms[1] + random.below(90 * SECOND),
                3 => storms[2] + random.below(600 * SECOND),
                _ => pick_hour(&hours, random.below(total)) + random.below(HOUR),
            };
            let exact = exact.clamp(plan.now - plan.days * DAY, plan.now - SECOND);
            stamped(exact, random)
        })
        .collect()
}

/// The start of every hour of the plan, and how busy it is.
fn weighted_hours(plan: &Plan) -> Vec<(Nanos, i64)> {
    (1..=plan.days * 24)
        .map(|back| {
            let start = plan.now - back * HOUR;
            let busy = match start.rem_euclid(DAY) / HOUR {
                7..=16 => 50,
                5 | 6 | 17..=20 => 20,
                _ => 4,
            };
            let weekend = instant::weekday(start) >= 5;
            (start, if weekend { busy / 4 } else { busy })
        })
        .collect()
}

fn pick_hour(hours: &[(Nanos, i64)], mut left: i64) -> Nanos {
    for (start, weight) in hours {
        if left < *weight {
            return *start;
        }
        left -= weight;
    }
    hours[0].0
}

fn stamped(exact: Nanos, random: &mut Random) -> (Nanos, String) {
    let digits = *random.pick(&[0, 1, 2, 3, 3, 3, 3, 3, 4, 5, 6, 6, 7, 8, 8, 9, 9, 9, 9]);
    let mut text = instant::text(exact, digits);
    if text.contains('.') {
        let kept = text
            .trim_end_matches('Z')
            .trim_end_matches('0')
            .trim_end_matches('.')
            .len();
        text.truncate(kept);
        text.push('Z');
    }
    let instant = instant::parse(&text).expect("a timestamp just written");
    (instant, text)
}
