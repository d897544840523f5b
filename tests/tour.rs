//! The part of the tour that no run on the loopback target passes: a real server may be named by several of its nodes.

#[path = "../samples/tour/elastic.rs"]
mod elastic;

use self::elastic::Elastic;
use crate::harness::Home;
use crate::push::{STREAM, documents, push, scripted};
use crate::samples::http::Script;

#[test]
fn the_tour_asks_the_first_node_that_can_be_reached() {
    let target = scripted(Script::none());
    let home = Home::new();
    push(&home, &target, documents(3)).succeed();
    let nodes = format!("http://127.0.0.1:9, {}/,", target.url());
    let server = Elastic::new(&nodes, STREAM).expect("a server");
    assert_eq!(server.count_until(3).expect("a count"), 3);
    let elsewhere = Elastic::new(&nodes, "logs-nothing-here").expect("a server");
    assert_eq!(elsewhere.count().expect("an answer"), None);
    let gone = Elastic::new("http://127.0.0.1:9", STREAM).expect("a server");
    assert!(gone.count().is_err());
}
