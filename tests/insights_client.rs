//! One client and several walks: why a question was not answered is told to whoever asked it, and to nobody else.

use crate::harness::{day, events};
use crate::samples::http::Script;
use crate::samples::instant::{self, HOUR};
use crate::samples::tenant::{AlertNames, Behaviour, Event, Fault, Tenant};
use jcx::failure::Kind;
use jcx::insights::{
    Cause, Client, ClientSettings, Credentials, Interval, Query, Scope, Selection, ServiceAccount,
    Services, Tenancy, Tries, Trouble,
};
use jcx::net::{AgentSettings, Ambient, BaseUrl, Pace, Patience, Secret, Trust, build_agent};
use jcx::store::{Budget, Spool};
use jcx::term::{LogFormat, Printer, Verbosity};
use jcx::time::{Window, parse_timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use ureq::Agent;

/// Surroundings in which nobody waits between two tries.
fn hasty() -> Ambient {
    Ambient {
        random: Arc::new(|| 0.0),
        ..Ambient::real()
    }
}

fn agent(url: &BaseUrl) -> Agent {
    let settings = AgentSettings {
        url,
        trust: &Trust::default(),
        answer_within: Duration::from_secs(20),
        environment: &BTreeMap::new(),
    };
    build_agent(&settings).expect("an agent")
}

fn address(url: &str) -> BaseUrl {
    BaseUrl::parse(url, "--api-url").expect("an address")
}

fn client_in(
    ambient: Ambient,
    tenant: &Tenant,
    credentials: Credentials,
    retry_for: Duration,
) -> Client {
    let url = address(&tenant.url());
    Client::new(ClientSettings {
        agent: agent(&url),
        url,
        credentials,
        tenancy: Tenancy::default(),
        pace: Pace::new(None, ambient.now()),
        patience: Patience::new(retry_for, ambient.now()),
        ambient,
        printer: Printer::new(Verbosity::Quiet, LogFormat::Text, &BTreeMap::new()),
    })
}

fn secret(text: &str) -> Secret {
    Secret::received(text).expect("a secret")
}

/// A client of an administrator.
fn client(tenant: &Tenant, retry_for: Duration) -> Client {
    let credentials = Credentials::ApiKey(secret(tenant.key()));
    client_in(hasty(), tenant, credentials, retry_for)
}

const LONG: Duration = Duration::from_mins(10);
const SHORT: Duration = Duration::from_millis(300);

fn window() -> Window {
    let at = |nanos| parse_timestamp(&instant::text(nanos, 0)).expect("a time");
    Window {
        start: at(day()),
        end: at(day() + 24 * HOUR),
    }
}

fn selection(service: &str) -> Selection {
    Selection::all_of(Services::of(&[service.to_owned()]).expect("a service"))
}

fn scope(service: &str) -> Scope {
    Scope {
        selection: selection(service),
        window: window(),
    }
}

/// How many events the first page has.
fn page(client: &Client, service: &str) -> Result<u64, Trouble> {
    let query = Query {
        selection: selection(service),
        window: window(),
        page_size: 100,
    };
    let mut spool = Spool::new(&std::env::temp_dir(), &Budget::new(1 << 20));
    client.page(&query, None, &mut spool).map(|page| page.count)
}

fn count(client: &Client) -> Result<u64, Trouble> {
    client.count(&scope("all"), Tries::WithinBudget)
}

/// A tenant whose every page fails with this status.
fn failing(status: u16) -> Tenant {
    let pages = Script::none().from(1, Fault::status(status, "technical difficulties"));
    Tenant::start(
        events(3),
        Behaviour {
            pages,
            ..Behaviour::default()
        },
    )
}

#[test]
fn a_server_error_that_others_do_not_meet_ends_its_own_question_alone() {
    let tenant = failing(500);
    let client = client(&tenant, LONG);
    thread::scope(|scope| {
        let walk = scope.spawn(|| page(&client, "all"));
        while tenant.page_calls().len() < 2 {
            thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(count(&client).expect("a count"), 3);
        let trouble = walk.join().expect("the walk").expect_err("no page");
        assert_eq!(trouble.cause, Cause::ServerError);
        let message = trouble.failure.message();
        assert!(message.contains("other requests are answered"), "{message}");
        assert_eq!(trouble.failure.kind(), Kind::JumpCloud);
    });
    assert!(tenant.page_calls().len() >= 5);
    tenant.finish();
}

#[test]
fn an_outage_lasts_for_the_budget_and_says_what_it_was() {
    for (status, cause) in [(500, Cause::ServerError), (503, Cause::Exhausted)] {
        let tenant = failing(status);
        let client = client(&tenant, SHORT);
        // An answer from before the outage proves nothing.
        count(&client).expect("a count");
        let trouble = page(&client, "all").expect_err("no page");
        assert_eq!(trouble.cause, cause, "{status}");
        assert!(tenant.page_calls().len() > 5, "{status}");
        tenant.finish();
    }
}

#[test]
fn an_answer_that_nothing_hangs_on_is_asked_for_three_times() {
    let behaviour = Behaviour {
        intervals: Script::none().from(1, Fault::status(503, "busy")),
        counts: Script::none().from(1, Fault::status(500, "technical difficulties")),
        ..Behaviour::default()
    };
    let tenant = Tenant::start(events(3), behaviour).expecting(7..=7);
    let client = client(&tenant, LONG);
    let trouble = client.interval(&scope("all"), Interval::Minute, Tries::Few);
    assert_eq!(trouble.expect_err("no numbers").cause, Cause::Exhausted);
    let trouble = client.count(&scope("all"), Tries::Few);
    assert_eq!(trouble.expect_err("no number").cause, Cause::ServerError);
    // The budget is there for the pages.
    assert_eq!(page(&client, "all").expect("a page"), 3);
    tenant.finish();
}

#[test]
fn spans_of_seconds_and_minutes_can_be_counted() {
    let tenant = Tenant::new(events(3));
    let client = client(&tenant, SHORT);
    for (interval, width) in [(Interval::Second, 1), (Interval::Minute, 60)] {
        let spans = client.interval(&scope("all"), interval, Tries::Few);
        let spans = spans.expect("numbers");
        let full: Vec<_> = spans.iter().filter(|span| span.1 > 0).collect();
        assert_eq!(full.len(), 3, "{interval:?}");
        assert_eq!(interval.seconds(), width);
    }
    tenant.finish();
}

#[test]
fn a_refused_first_page_is_one_whatever_was_counted_before() {
    let pages = Script::none()
        .on(1, Fault::status(400, "no"))
        .on(3, Fault::status(400, "no"));
    let behaviour = Behaviour {
        pages,
        ..Behaviour::default()
    };
    let tenant = Tenant::start(events(3), behaviour);
    let client = client(&tenant, LONG);
    count(&client).expect("a count");
    let first = page(&client, "all").expect_err("refused");
    assert_eq!(
        (first.cause, first.failure.kind()),
        (Cause::Refused, Kind::Usage)
    );
    page(&client, "all").expect("a page");
    let later = page(&client, "all").expect_err("refused");
    let expected = (Cause::Refused, Kind::JumpCloud);
    assert_eq!((later.cause, later.failure.kind()), expected);
    tenant.finish();
}

#[test]
fn the_name_of_alerts_is_found_once_for_all_walks() {
    let alerts: Vec<Event> = events(2)
        .into_iter()
        .map(|event| event.served_as("alerts"))
        .collect();
    for (alert_names, refused) in [
        (AlertNames::OnlyAlert, 1),
        (AlertNames::OnlyAlerts, 0),
        (AlertNames::Both, 0),
    ] {
        let behaviour = Behaviour {
            alert_names,
            // The first to ask gets no answer at all: nothing is known then.
            pages: Script::none().on(1, Fault::status(413, "too large")),
            ..Behaviour::default()
        };
        let tenant = Tenant::start(alerts.clone(), behaviour);
        let shared = client(&tenant, LONG);
        assert_eq!(
            page(&shared, "alert").expect_err("no page").cause,
            Cause::Other
        );
        assert_eq!(page(&shared, "alert").expect("a page"), 2);
        assert_eq!(tenant.page_calls().len(), 2 + refused, "{alert_names:?}");
        count(&shared).expect("a count");
        let number = shared.count(&scope("alerts"), Tries::Few);
        assert_eq!(number.expect("a number"), 2);
        assert_eq!(tenant.count_calls().len(), 2, "{alert_names:?}");

        let fresh = client(&tenant, LONG);
        let before = tenant.page_calls().len();
        thread::scope(|scope| {
            let walks = [(); 4].map(|()| scope.spawn(|| page(&fresh, "alerts")));
            for walk in walks {
                assert_eq!(walk.join().expect("a walk").expect("a page"), 2);
            }
        });
        let asked = tenant.page_calls().len() - before;
        assert_eq!(asked, 4 + refused, "{alert_names:?}");
        tenant.finish();
    }
}

#[test]
fn a_token_that_ends_is_renewed_once_for_all_walks() {
    let behaviour = Behaviour {
        token_life: 2,
        ..Behaviour::default()
    };
    let tenant = Tenant::start(events(3), behaviour);
    let url = address(&tenant.token_url());
    let account = ServiceAccount::new(
        "simulated-client".to_owned(),
        secret("simulated-secret"),
        agent(&url),
        url,
    );
    let shared = client_in(hasty(), &tenant, Credentials::ServiceAccount(account), LONG);
    thread::scope(|scope| {
        let walks = [(); 4].map(|()| scope.spawn(|| page(&shared, "all")));
        for walk in walks {
            assert_eq!(walk.join().expect("a walk").expect("a page"), 3);
        }
    });
    let calls = tenant.calls();
    let grants = calls.iter().filter(|call| call.path == "/oauth2/token");
    assert_eq!(grants.count(), 2);
    tenant.finish();
}

#[test]
fn the_wish_to_stop_is_of_this_side() {
    let tenant = Tenant::new(events(1)).expecting(0..=0);
    let (stopping, key) = (hasty(), Credentials::ApiKey(secret(tenant.key())));
    stopping.stop.store(true, Ordering::SeqCst);
    let client = client_in(stopping, &tenant, key, LONG);
    let trouble = page(&client, "all").expect_err("no page");
    assert_eq!(trouble.cause, Cause::Local);
    assert_eq!(trouble.failure.kind(), Kind::Interrupted(0));
    tenant.finish();
}
