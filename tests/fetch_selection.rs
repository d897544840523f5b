//! Which events are asked for: filters, full text, what is left out, whose they are; and servers that do not heed it.

use crate::harness::{Home, Jcx, day, event, events, fetch_day, lines};
use crate::samples::http::Script;
use crate::samples::instant::{self, MINUTE};
use crate::samples::tenant::{
    Behaviour, Capitals, Doubt, Event, Fault, Filtering, Organizations, Tenant,
};
use serde_json::{Value, json};

/// Four events of a directory, each of another kind.
fn mixed() -> Vec<Event> {
    let details = [
        r#""event_type":"user_login_attempt","success":false,"initiated_by":{"username":"Ann"}"#,
        r#""event_type":"user_login_attempt","success":true,"initiated_by":{"username":"bob"}"#,
        r#""event_type":"user_update","resource":[{"name":"Laptop 7"},{"name":"Phone"}]"#,
        r#""event_type":"USER_UPDATE","useragent":"curl","changes":[{"field":"name"}]"#,
    ];
    (0..)
        .zip(details)
        .map(|(number, details)| {
            let at = instant::text(day() + number * MINUTE, 0);
            Event::read(format!(
                "{{\"id\":\"{number:024x}\",\"timestamp\":\"{at}\",\"service\":\"directory\",{details}}}"
            ))
        })
        .collect()
}

/// Runs a fetch of the day, which must give those of [`mixed`] with these numbers, and gives what was asked.
fn gives(behaviour: Behaviour, arguments: &[&str], numbers: &[usize]) -> Value {
    let (home, tenant) = (Home::new(), Tenant::start(mixed(), behaviour));
    let run = fetch_day(&home).at(&tenant).args(arguments).succeed();
    let expected: Vec<Event> = numbers
        .iter()
        .map(|number| mixed()[*number].clone())
        .collect();
    run.expect_stdout(lines(&expected));
    let sent = sent(&tenant);
    tenant.finish();
    sent
}

/// The body of the first page's request.
fn sent(tenant: &Tenant) -> Value {
    serde_json::from_slice(&tenant.page_calls()[0].body).expect("JSON")
}

/// A tenant that refuses every key it does not know.
fn strict() -> Behaviour {
    Behaviour {
        unknown_key: Doubt::Refused,
        ..Behaviour::default()
    }
}

/// Expects a refusal of these arguments before any request.
fn refused(arguments: &[&str], what: &str, hint: &str) {
    let (home, tenant) = (Home::new(), Tenant::new(events(1)).expecting(0..=0));
    let run = fetch_day(&home).at(&tenant).args(arguments).run();
    run.expect_code(2)
        .expect_said(what)
        .expect_said(hint)
        .expect_stdout("");
    tenant.finish();
}

#[test]
fn filters_are_sent_in_the_documented_form_and_heeded() {
    for unknown_key in [Doubt::Refused, Doubt::Answered] {
        let behaviour = Behaviour {
            unknown_key,
            ..Behaviour::default()
        };
        let filters = ["--filter", "success=False", "--filter"];
        let more = ["initiated_by.username=Ann", "--filter"];
        let last = ["initiated_by.username=carol"];
        let arguments = [&filters[..], &more[..], &last[..]].concat();
        let sent = gives(behaviour, &arguments, &[0]);
        let term =
            json!({"and": [{"success": "false"}, {"initiated_by.username": ["ann", "carol"]}]});
        assert_eq!(sent["search_term"], term);
        assert_eq!(sent.get("q"), None);
    }
}

#[test]
fn a_filter_reaches_into_lists_and_keeps_no_case() {
    gives(strict(), &["--filter", "resource.name=laptop 7"], &[2]);
    gives(strict(), &["--filter", "event_type=user_update"], &[2, 3]);
    let sent = gives(strict(), &[], &[0, 1, 2, 3]);
    assert_eq!(sent.get("search_term"), None, "nothing was asked for");
}

#[test]
fn u18_a_value_is_sent_in_lower_case_unless_it_is_to_stay_as_it_is() {
    for capitals in [Capitals::MatchNothing, Capitals::Match] {
        let behaviour = || Behaviour {
            capitals,
            ..strict()
        };
        gives(
            behaviour(),
            &["--filter", "event_type=User_Update"],
            &[2, 3],
        );
        let found: &[usize] = match capitals {
            Capitals::MatchNothing => &[],
            Capitals::Match => &[2, 3],
        };
        let sent = gives(behaviour(), &["--filter", "event_type==USER_UPDATE"], found);
        let term = json!({"and": [{"event_type": "USER_UPDATE"}]});
        assert_eq!(sent["search_term"], term);
    }
}

#[test]
fn u19_what_is_asked_for_is_known_by_a_strict_server_or_noticed_when_ignored() {
    gives(strict(), &["--filter", "success=false"], &[0]);
    for filter in ["success=false", "event_type=sso_auth", "no_such_field=x"] {
        let behaviour = Behaviour {
            filtering: Filtering::Ignored,
            ..Behaviour::default()
        };
        let (home, tenant) = (
            Home::new(),
            Tenant::start(mixed(), behaviour).expecting(2..=2),
        );
        let fetch = || fetch_day(&home).at(&tenant).args(["--filter", filter]);
        let run = fetch().args(["--summary", "sum"]).run().expect_code(5);
        run.expect_error_and_hint("filters exclude", "--filter")
            .expect_said("X-Request-Id simulated-000001")
            .expect_stdout("{");
        assert_eq!(home.summary("sum")["events"], 0, "{filter}");
        fetch().args(["-o", "out"]).run().expect_code(5);
        assert_eq!(home.names(), ["sum"], "{filter}");
        tenant.finish();
    }
}

#[test]
fn a_page_in_the_middle_that_ignores_the_filter_is_noticed_before_any_of_it_is_written() {
    let all: Vec<Event> = events(4);
    let body = format!("[{},{}]", all[2].text, mixed()[0].text);
    let behaviour = Behaviour {
        pages: Script::none().on(2, Fault::Body(body)),
        ..Behaviour::default()
    };
    let (home, tenant) = (Home::new(), Tenant::start(all.clone(), behaviour));
    let run = fetch_day(&home)
        .at(&tenant)
        .args(["--page-size", "2", "--filter", "event_type=user_update"])
        .run();
    run.expect_code(5)
        .expect_said("its event_type is `user_login_attempt`, not `user_update`")
        .expect_stdout(lines(&all[..2]) + "{");
    tenant.finish();
}

#[test]
fn u27_no_filter_that_is_sent_is_invalid() {
    let arguments = [
        "--filter",
        "success=false",
        "--filter",
        "success=true",
        "--filter",
        "event_type=user_login_attempt",
    ];
    for invalid_filter in [Doubt::Refused, Doubt::Answered] {
        let behaviour = Behaviour {
            invalid_filter,
            ..strict()
        };
        gives(behaviour, &arguments, &[0, 1]);
    }
}

#[test]
fn what_cannot_be_searched_is_refused_before_it_is_sent() {
    for field in [
        "changes",
        "changes.field",
        "useragent",
        "resource.useragent",
        "system_timestamp",
    ] {
        let filter = format!("{field}=x");
        let what = format!("cannot search by {field}");
        refused(&["--filter", &filter], &what, "--exclude");
    }
    refused(&["--filter", "sso_auth"], "names no value", "FIELD=VALUE");
    refused(&["--filter", "a="], "has no value", "a==");
    refused(&["--exclude", "=x"], "--exclude", "FIELD=VALUE");
    refused(&["--search", " "], "--search", "nothing");
}

#[test]
fn text_is_searched_by_the_server_as_it_was_given() {
    let sent = gives(strict(), &["--search", "Laptop 7"], &[2]);
    assert_eq!(sent["q"], "Laptop 7");
    assert_eq!(sent.get("search_term"), None);
    let both = ["--search", "ann", "--filter", "success=false"];
    gives(strict(), &both, &[0]);
}

#[test]
fn what_is_left_out_here_is_counted_and_never_sent() {
    let (home, tenant) = (Home::new(), Tenant::start(mixed(), strict()));
    let run = fetch_day(&home)
        .at(&tenant)
        .args(["--exclude", "changes.field=NAME"])
        .args(["--exclude", "initiated_by.username=ann"])
        .args(["--exclude", "event_type==User_Update", "--summary", "sum"])
        .succeed();
    run.expect_stdout(lines(&mixed()[1..3]));
    let body = sent(&tenant);
    assert_eq!(body.get("search_term"), None, "{body}");
    let summary = home.summary("sum");
    assert_eq!(summary["excluded"], 2);
    assert_eq!(summary["events"], 2);
    assert_eq!(summary["duplicates_dropped"], 0);
    let (first, last) = (day() + MINUTE, day() + 2 * MINUTE);
    let text = |at| instant::text(at, 0);
    assert_eq!(summary["first_timestamp"], text(first));
    assert_eq!(summary["last_timestamp"], text(last));
    tenant.finish();
}

#[test]
fn variables_hold_lists_of_filters() {
    let (home, tenant) = (Home::new(), Tenant::start(mixed(), strict()));
    let run = fetch_day(&home)
        .at(&tenant)
        .env("JCX_FILTER", "event_type=user_login_attempt,success=true")
        .env("JCX_EXCLUDE", "n=1,n=2")
        .succeed();
    run.expect_stdout(lines(&mixed()[1..2]));
    tenant.finish();
}

const ONE: &str = "5f0c1a2b3c4d5e6f70819201";
const TWO: &str = "5f0c1a2b3c4d5e6f70819202";

/// An event of each of two organizations, and one of their portal.
fn portal() -> Vec<Event> {
    let owners = [
        format!("\"organization\":\"{ONE}\""),
        format!("\"organization\":\"{TWO}\""),
        "\"provider\":\"p-7\"".to_owned(),
    ];
    let texts = owners.iter().zip(events(3)).map(|(owner, event)| {
        let text = event.text.trim_end_matches('}');
        format!("{text},{owner}}}")
    });
    texts.map(Event::read).collect()
}

fn manager(organizations: Organizations) -> Behaviour {
    Behaviour {
        portal: vec![ONE.to_owned(), TWO.to_owned()],
        organizations,
        ..Behaviour::default()
    }
}

#[test]
fn u22_one_organization_is_named_in_each_request() {
    for heeded in [
        Organizations::Merged,
        Organizations::First,
        Organizations::Last,
    ] {
        let (home, tenant) = (Home::new(), Tenant::start(portal(), manager(heeded)));
        let fetch = || fetch_day(&home).at(&tenant);
        let run = fetch().args(["--org", ONE]).succeed();
        run.expect_stdout(lines(&portal()[..1]));
        let run = fetch().env("JCX_ORG", TWO).succeed();
        run.expect_stdout(lines(&portal()[1..2]));
        for call in tenant.calls() {
            let named = call.headers.iter();
            let named = named.filter(|header| header.0.eq_ignore_ascii_case("x-org-id"));
            assert_eq!(named.count(), 1);
            assert_eq!(call.header("x-provider-id"), None);
        }
        let run = fetch().args(["--provider", "p-7"]).succeed();
        run.expect_stdout(lines(&portal()[2..]));
        tenant.finish();
    }
}

#[test]
fn an_organization_that_is_missing_or_wrong_is_hinted_at() {
    let (home, tenant) = (
        Home::new(),
        Tenant::start(portal(), manager(Organizations::Merged)),
    );
    let fetch = || fetch_day(&home).at(&tenant);
    let run = fetch().run().expect_code(4);
    run.expect_error_and_hint("x-org-id is missing", "--org");
    let run = fetch().args(["--org", &"0".repeat(24)]).run();
    run.expect_code(2)
        .expect_error_and_hint("Invalid organization id", "--org")
        .expect_stdout("");
    let run = fetch().args(["--org", "acme"]).run().expect_code(2);
    run.expect_said("warning: --org acme does not look like");
    tenant.finish();
}

#[test]
fn one_run_reads_one_organization() {
    let again = "once for each";
    refused(
        &["--org", ONE, "--org", TWO],
        "several organizations",
        again,
    );
    refused(&["--org", "a\u{7}b"], "--org", "one word");
    refused(&["--provider", "a b"], "--provider", "one word");
    let (home, tenant) = (Home::new(), Tenant::new(events(1)).expecting(0..=0));
    let fetch = fetch_day(&home).at(&tenant);
    let run = fetch.env("JCX_ORG", format!("{ONE},{TWO}")).run();
    run.expect_code(2).expect_said("several organizations");
    tenant.finish();
}

fn by_account(home: &Home, tenant: &Tenant) -> Jcx {
    fetch_day(home).by_account(tenant)
}

#[test]
fn u23_a_service_account_names_its_organization_where_it_has_to() {
    for token_needs_organization in [true, false] {
        let behaviour = Behaviour {
            token_needs_organization,
            ..Behaviour::default()
        };
        let (home, tenant) = (Home::new(), Tenant::start(events(2), behaviour));
        let run = by_account(&home, &tenant).args(["--org", ONE]).succeed();
        run.expect_stdout(lines(&events(2)));
        let run = by_account(&home, &tenant).run();
        if token_needs_organization {
            run.expect_code(2)
                .expect_error_and_hint("x-org-id is required", "--org");
        } else {
            run.expect_code(0);
        }
        tenant.finish();
    }
}

fn count_day(home: &Home, tenant: &Tenant, arguments: &[&str]) -> Jcx {
    let since = instant::text(day(), 0);
    home.jcx(["count", "--since", &since, "--json"])
        .args(arguments)
        .at(tenant)
}

#[test]
fn counts_are_of_the_same_selection() {
    let (home, tenant) = (Home::new(), Tenant::start(mixed(), strict()));
    let counted = |arguments: &[&str]| {
        let run = count_day(&home, &tenant, arguments).succeed();
        serde_json::from_slice::<Value>(&run.stdout).expect("JSON")
    };
    let filter = ["--filter", "event_type=user_login_attempt"];
    assert_eq!(counted(&filter)["count"], 2);
    assert_eq!(counted(&["--search", "laptop"])["count"], 1);
    let parts = counted(&[&filter[..], &["--by", "event_type"]].concat());
    let bucket = json!([{"key": "user_login_attempt", "count": 2}]);
    assert_eq!(parts["buckets"], bucket);
    let parts = counted(&["--search", "laptop", "--by", "hour"]);
    assert_eq!(parts["buckets"][0]["count"], 1);
    tenant.finish();
}

#[test]
fn parts_by_value_of_a_text_search_are_refused_as_the_call_would_ignore_it() {
    let (home, tenant) = (Home::new(), Tenant::new(events(1)).expecting(0..=0));
    for by in ["service", "event_type"] {
        let run = count_day(&home, &tenant, &["--search", "x", "--by", by]).run();
        run.expect_code(2)
            .expect_error_and_hint("--search", "--filter")
            .expect_stdout("");
    }
    tenant.finish();
}

#[test]
fn a_count_names_the_organization_too() {
    let (home, tenant) = (
        Home::new(),
        Tenant::start(portal(), manager(Organizations::Merged)),
    );
    let run = count_day(&home, &tenant, &["--org", TWO]).succeed();
    run.expect_stdout("{\"count\":1,\"by\":null,\"buckets\":[]}\n");
    tenant.finish();
}

#[test]
fn an_event_that_is_no_json_accuses_no_server() {
    // What is damaged may hide the field; the mapper makes a dead letter of it.
    let damaged = "{\"id\":\"x\",\"timestamp\":\"";
    let at = instant::text(day() + MINUTE, 0);
    let damaged = format!("{damaged}{at}\",\"event_type\":\"\u{1}\"}}");
    let behaviour = Behaviour {
        pages: Script::none().on(1, Fault::Body(format!("[{damaged}]"))),
        filtering: Filtering::Ignored,
        ..Behaviour::default()
    };
    let (home, tenant) = (Home::new(), Tenant::start(vec![event(1, day())], behaviour));
    let run = fetch_day(&home)
        .at(&tenant)
        .args(["--filter", "username=ann"])
        .run();
    run.expect_stdout(format!("{damaged}\n"));
    tenant.finish();
}
