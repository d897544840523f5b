//! How fetch gets through: proxies by the standard variables, and certificates of an authority of one's own.

use std::sync::atomic::Ordering;

use crate::gateway::{Proxy, Tls};
use crate::harness::{Home, events, fetch_day, lines};
use crate::samples::tenant::Tenant;

fn authority(tenant: &Tenant) -> String {
    tenant.url().trim_start_matches("http://").to_owned()
}

#[test]
fn a_proxy_is_used_by_scheme_and_not_for_exempt_hosts() {
    let (home, tenant) = (Home::new(), Tenant::new(events(3)).expecting(0..=9));
    let proxy = Proxy::to(&authority(&tenant));
    let proxy_url = format!("http://{}", proxy.address);
    let run = fetch_day(&home)
        .at(&tenant)
        .env("JCX_API_URL", "http://insights.example.test");
    run.env("http_proxy", &proxy_url)
        .succeed()
        .expect_stdout(lines(&events(3)));
    assert_eq!(proxy.asked(), ["insights.example.test:80"]);
    // The other scheme's proxy, and an exempt host, are none of its business.
    fetch_day(&home)
        .at(&tenant)
        .env("HTTPS_PROXY", "http://127.0.0.1:1")
        .succeed()
        .expect_stdout(lines(&events(3)));
    let exempt = fetch_day(&home)
        .at(&tenant)
        .env("HTTP_PROXY", "http://127.0.0.1:1")
        .env("NO_PROXY", "127.0.0.1");
    exempt.succeed().expect_stdout(lines(&events(3)));
    fetch_day(&home)
        .at(&tenant)
        .env("HTTP_PROXY", "http://127.0.0.1:1")
        .args(["--retry-for", "1s"])
        .run()
        .expect_code(5);
    fetch_day(&home)
        .at(&tenant)
        .env("HTTP_PROXY", "::")
        .run()
        .expect_code(2)
        .expect_said("HTTP_PROXY");
    assert_eq!(proxy.asked().len(), 1);
    tenant.finish();
}

#[test]
fn a_ca_file_is_trusted_beside_the_systems() {
    let (home, tenant) = (Home::new(), Tenant::new(events(3)));
    let tls = Tls::before(&authority(&tenant));
    let url = format!("https://localhost:{}", tls.port);
    let ca = home.file("ca.pem", &tls.authority);
    let stranger = fetch_day(&home)
        .at(&tenant)
        .env("JCX_API_URL", &url)
        .run()
        .expect_code(5);
    assert!(
        stranger.took.as_secs() < 5,
        "a certificate does not become right by waiting"
    );
    assert_eq!(
        tls.greeted.load(Ordering::SeqCst),
        0,
        "nothing was sent to a stranger"
    );
    let known = fetch_day(&home)
        .at(&tenant)
        .env("JCX_API_URL", &url)
        .arg("--ca-file")
        .arg(&ca);
    known.succeed().expect_stdout(lines(&events(3)));
    let empty = home.file("empty.pem", "no certificate");
    for file in [empty, home.path("absent.pem")] {
        let run = fetch_day(&home)
            .at(&tenant)
            .env("JCX_API_URL", &url)
            .arg("--ca-file")
            .arg(&file)
            .run();
        run.expect_code(2).expect_said(".pem");
    }
    tenant.finish();
}
