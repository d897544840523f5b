//! Several addresses of one server: who is asked, who rests, and that nobody waits while another node is there.

use super::{STREAM, documents, expect_all_stored, expect_counts};
use crate::harness::{Home, Jcx};
use crate::samples::http::{Reply, Script, Server};
use crate::samples::target::{BulkFault, Setup, Target, busy, error, unauthorized};
use std::net::TcpListener;
use std::time::Duration;

/// An address at which nobody listens.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    format!("http://{}", listener.local_addr().expect("an address"))
}

/// A push of so many documents, one in a request, that tells when it waits.
fn push(home: &Home, urls: &[&str], count: usize) -> Jcx {
    let urls = urls.iter().flat_map(|url| ["--es-url", url]);
    home.jcx([
        "push",
        "--summary",
        "s.json",
        "--batch-docs",
        "1",
        "-v",
        "--jobs",
        "1",
    ])
    .args(urls)
    .env("JCX_RETRY_FOR", "20s")
    .input(documents(count))
}

fn target() -> Target {
    Target::with_template(Setup::default())
}

/// A node that gives this answer from its so many-th request on.
fn unwell_from(target: &Target, number: usize, reply: Reply) -> Server {
    target.node(Script::none().from(number, reply))
}

/// Panics unless about half of what reached the target came through its other node.
fn expect_half(other: &Server, target: &Target) {
    let (through_other, all) = (other.calls(), target.calls().len());
    let half = all / 2;
    assert!(
        (half - 2..=half + 2).contains(&through_other),
        "{through_other} of {all}"
    );
}

#[test]
fn requests_go_to_one_node_after_the_other() {
    let (home, target) = (Home::new(), target());
    let other = target.node(Script::none());
    push(&home, &[&target.url(), &other.url()], 20)
        .succeed()
        .expect_unsaid("rests");
    expect_counts(&home, 20, 20, 0, 0);
    expect_half(&other, &target);
}

#[test]
fn addresses_come_from_the_variable_too_and_one_that_is_there_twice_is_one() {
    let (home, target) = (Home::new(), target());
    let other = target.node(Script::none());
    let list = format!("{0}, {1},{0}/", target.url(), other.url());
    push(&home, &[], 10).env("JCX_ES_URL", list).succeed();
    expect_half(&other, &target);
}

#[test]
fn a_dead_node_costs_no_pause_while_another_is_there() {
    let (home, target) = (Home::new(), target());
    for urls in [[nobody(), target.url()], [target.url(), nobody()]] {
        let outcome = push(&home, &[&urls[0], &urls[1]], 10).succeed();
        outcome
            .expect_said("rests for 1 s")
            .expect_unsaid("trying again in");
    }
    assert_eq!(target.documents(STREAM).len(), 10);
}

#[test]
fn a_node_that_breaks_off_in_the_middle_loses_and_doubles_nothing() {
    for reply in [
        Reply::reset(),
        Reply::dropped(),
        Reply::json(200, "{\"items\":[").cut(5),
    ] {
        let (home, target) = (Home::new(), target());
        let other = unwell_from(&target, 4, reply);
        let outcome = push(&home, &[&target.url(), &other.url()], 20).succeed();
        expect_all_stored(&target, &outcome, 20);
        expect_counts(&home, 20, 20, 0, 0);
        outcome
            .expect_said("asking another node")
            .expect_unsaid("trying again in");
    }
}

#[test]
fn what_a_node_stored_before_it_broke_off_is_found_there_by_the_other() {
    let target = Target::with_template(Setup {
        bulks: Script::none().on(3, BulkFault::AfterStoring(Reply::reset())),
        ..Setup::default()
    });
    let (home, other) = (Home::new(), target.node(Script::none()));
    let outcome = push(&home, &[&target.url(), &other.url()], 10).succeed();
    expect_all_stored(&target, &outcome, 10);
    expect_counts(&home, 10, 9, 1, 0);
    outcome.expect_unsaid("trying again in");
}

#[test]
fn a_node_that_says_it_is_not_well_rests_alone() {
    for reply in [
        Reply::html(502),
        Reply::new(504),
        Reply::new(503),
        Reply::new(503).header("Retry-After", "15"),
    ] {
        let (home, target) = (Home::new(), target());
        let other = unwell_from(&target, 4, reply);
        let outcome = push(&home, &[&target.url(), &other.url()], 20).succeed();
        expect_all_stored(&target, &outcome, 20);
        assert!(outcome.took < Duration::from_secs(10), "{:?}", outcome.took);
        outcome
            .expect_said("asking another node")
            .expect_unsaid("trying again in");
    }
}

#[test]
fn a_busy_cluster_is_not_asked_elsewhere() {
    let target = Target::with_template(Setup {
        bulks: Script::none().on(2, BulkFault::Answer(busy(Some("1")))),
        ..Setup::default()
    });
    let (home, other) = (Home::new(), target.node(Script::none()));
    let outcome = push(&home, &[&target.url(), &other.url()], 4).succeed();
    outcome
        .expect_said("trying again in 1.0 s")
        .expect_unsaid("rests");
    let calls = target.bulk_calls();
    assert!(calls[2].at - calls[1].at >= Duration::from_secs(1));
}

#[test]
fn a_node_that_is_killed_in_the_middle_loses_and_doubles_nothing() {
    let (home, target) = (Home::new(), target());
    let other = target.node(Script::none());
    let run = push(&home, &[&target.url(), &other.url()], 3000).start();
    while other.calls() < 20 {
        std::thread::sleep(Duration::from_millis(1));
    }
    drop(other);
    let outcome = run.wait().expect_code(0);
    expect_all_stored(&target, &outcome, 3000);
    outcome
        .expect_said("rests for 1 s")
        .expect_unsaid("trying again in");
    assert!(home.summary("s.json")["retries"].as_u64() > Some(0));
}

#[test]
fn one_that_is_well_again_is_asked_again() {
    // A pause of the whole cluster outlasts the rest of the node.
    let target = Target::with_template(Setup {
        bulks: Script::none().on(10, BulkFault::Answer(busy(Some("2")))),
        ..Setup::default()
    });
    let (home, other) = (
        Home::new(),
        target.node(Script::none().on(4, Reply::reset())),
    );
    let outcome = push(&home, &[&target.url(), &other.url()], 30).succeed();
    expect_all_stored(&target, &outcome, 30);
    assert!(other.calls() > 10, "{}", other.calls());
}

#[test]
fn where_all_nodes_are_away_all_are_tried_and_then_given_up() {
    let (home, first, second) = (Home::new(), nobody(), nobody());
    let run = push(&home, &[&first, &second], 1)
        .env("JCX_RETRY_FOR", "1s")
        .run();
    run.expect_code(6)
        .expect_error_and_hint("gave up after 1 s", "run the same command again")
        .expect_said(&format!("{first}: "))
        .expect_said(&format!("; {second}: "))
        .expect_said("trying again in");
    let run = push(&home, &[&first, &second], 1)
        .env("JCX_RETRY_FOR", "0s")
        .run();
    run.expect_code(6).expect_said(&format!("; {second}: "));
}

#[test]
fn where_all_nodes_break_off_there_is_a_pause() {
    let (home, target) = (Home::new(), target());
    let nodes = [1, 2].map(|_| {
        target.node(
            Script::none()
                .on(4, Reply::reset())
                .on(5, Reply::reset())
                .on(6, Reply::reset()),
        )
    });
    let outcome = push(&home, &[&nodes[0].url(), &nodes[1].url()], 8).succeed();
    expect_all_stored(&target, &outcome, 8);
    outcome
        .expect_said("asking another node")
        .expect_said("trying again in");
    drop(nodes);
    let _unasked = target.expecting(0..=0);
}

#[test]
fn refused_credentials_end_the_run_whichever_node_says_so() {
    let (home, target) = (Home::new(), target());
    let other = unwell_from(&target, 1, unauthorized());
    let run = push(&home, &[&other.url(), &target.url()], 1).run();
    run.expect_code(4)
        .expect_said(&format!("{} wants credentials", other.url()));
}

#[test]
fn an_answer_is_told_with_the_node_that_gave_it() {
    let refusal = error(400, "illegal_argument_exception", "no");
    let (home, dead) = (Home::new(), nobody());
    let target = Target::with_template(Setup {
        bulks: Script::none().from(1, BulkFault::Answer(error(405, "some_exception", "no"))),
        ..Setup::default()
    });
    push(&home, &[&dead, &target.url()], 1)
        .run()
        .expect_code(6)
        .expect_said(&format!(
            "error: {} refuses bulk requests: 405",
            target.url()
        ));
    let server = Server::start(move |request| {
        if request.method == "PUT" {
            refusal.clone()
        } else if request.path.starts_with("/_index_template") {
            error(404, "resource_not_found_exception", "none")
        } else {
            error(405, "method", "no")
        }
    });
    home.jcx(["template", "--install", "--es-url", &dead, "--es-url"])
        .arg(server.url())
        .run()
        .expect_code(2)
        .expect_said(&format!(
            "error: {} refuses the template: 400",
            server.url()
        ));
}

#[test]
fn nodes_of_different_clusters_are_refused_before_anything_is_sent() {
    let (home, target) = (Home::new(), target());
    let stranger = Target::with_template(Setup {
        cluster: "another",
        ..Setup::default()
    });
    push(&home, &[&target.url(), &stranger.url()], 4)
        .run()
        .expect_code(2)
        .expect_error_and_hint("are of different clusters", "one cluster's nodes");
    let install = [
        "template",
        "--install",
        "--es-url",
        &target.url(),
        "--es-url",
        &stranger.url(),
    ];
    home.jcx(install)
        .run()
        .expect_code(2)
        .expect_said("are of different clusters");
    for target in [target, stranger] {
        assert!(
            target.calls().iter().all(|call| call.method == "GET"),
            "{:?}",
            target.calls()
        );
    }
}

#[test]
fn a_node_of_another_cluster_that_comes_later_is_left_out() {
    // A pause of the whole cluster outlasts the rest of the node.
    let target = Target::with_template(Setup {
        bulks: Script::none().on(10, BulkFault::Answer(busy(Some("2")))),
        ..Setup::default()
    });
    let stranger = Target::with_template(Setup {
        cluster: "another",
        ..Setup::default()
    })
    .expecting(0..=0);
    // Away while all are looked at, there when the load is under way.
    let late = stranger.node(Script::none().on(1, Reply::new(503)));
    let home = Home::new();
    let outcome = push(&home, &[&target.url(), &late.url()], 30).succeed();
    expect_all_stored(&target, &outcome, 30);
    assert!(stranger.documents(STREAM).is_empty());
    assert_eq!(late.calls(), 2, "asked what it is, and nothing else");
    let said = format!("{} is left out: it is of another cluster", late.url());
    assert_eq!(
        outcome.stderr.matches(&said).count(),
        1,
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_node_that_does_not_say_its_cluster_is_a_node_all_the_same() {
    let (home, target) = (Home::new(), target());
    let silent = target.node(Script::none().on(1, Reply::json(403, "{}")));
    push(&home, &[&silent.url(), &target.url()], 10).succeed();
    expect_counts(&home, 10, 10, 0, 0);
    assert!(silent.calls() >= 5, "{}", silent.calls());
}
