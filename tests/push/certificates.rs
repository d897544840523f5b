//! TLS to the server with certificates of one's own: an authority by its file or its fingerprint, and a client's certificate.

use super::{documents, expect_counts};
use crate::gateway::{Along, Proof, Proxy, Tls};
use crate::harness::{Home, Jcx, Outcome};
use crate::samples::target::{Setup, Target};
use rustls::version::{TLS12, TLS13};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::Ordering;

/// A target behind TLS, and a folder with what a user of it has.
struct Site {
    home: Home,
    target: Target,
    tls: Tls,
}

impl Site {
    fn showing(proof: &Proof) -> Self {
        let target = Target::with_template(Setup::default()).expecting(0..=99);
        let tls = Tls::showing(proof, target.url().trim_start_matches("http://"));
        let home = Home::new();
        home.file("ca.pem", &tls.authority);
        home.key_file("client.pem", &tls.client[0]);
        home.key_file("client.key", &tls.client[1]);
        Self { home, target, tls }
    }

    fn push(&self) -> Jcx {
        let url = format!("https://localhost:{}", self.tls.port);
        let push = ["push", "--es-url", &url, "--summary", "s.json"];
        self.home
            .jcx(push)
            .env("JCX_RETRY_FOR", "5s")
            .input(documents(3))
    }

    fn by_fingerprint(&self) -> Jcx {
        self.push()
            .args(["--es-ca-fingerprint", &self.tls.fingerprints[0]])
    }

    fn expect_loaded(&self, run: Jcx) {
        run.succeed();
        expect_counts(&self.home, 3, 3, 0, 0);
    }

    /// Refused before a byte of a request left, and not tried again: no certificate becomes right by waiting.
    fn expect_refused(&self, run: Jcx) -> Outcome {
        let outcome = run.run().expect_code(6).expect_unsaid("gave up");
        assert_eq!(
            self.tls.greeted.load(Ordering::SeqCst),
            0,
            "something was sent"
        );
        assert!(self.target.calls().is_empty());
        outcome
    }
}

const CLIENT: [&str; 4] = [
    "--es-client-cert",
    "client.pem",
    "--es-client-key",
    "client.key",
];

#[test]
fn an_authority_is_trusted_by_its_fingerprint_however_it_is_written() {
    for newest in [&TLS12, &TLS13] {
        let site = Site::showing(&Proof {
            newest,
            ..Proof::default()
        });
        site.expect_loaded(site.by_fingerprint());
    }
    let site = Site::showing(&Proof::default());
    let plain = site.tls.fingerprints[0].replace(':', "").to_lowercase();
    site.expect_loaded(site.push().env("JCX_ES_CA_FINGERPRINT", plain));
}

#[test]
fn another_fingerprint_is_refused_even_where_the_authority_would_be_trusted() {
    let site = Site::showing(&Proof::default());
    let run = site.push().args(["--es-ca-fingerprint", &"ab".repeat(32)]);
    site.expect_refused(run).expect_error_and_hint(
        "no certificate that the server sends has the fingerprint abab",
        "--es-ca-fingerprint",
    );
}

#[test]
fn the_fingerprint_of_the_servers_own_certificate_is_refused() {
    let site = Site::showing(&Proof::default());
    let own = &site.tls.fingerprints[1];
    let run = site.push().args(["--es-ca-fingerprint", own]);
    site.expect_refused(run).expect_said("is no authority's");
}

#[test]
fn a_fingerprint_makes_neither_dates_nor_names_nor_missing_links_right() {
    for (proof, said) in [
        (
            Proof {
                until: 2020,
                ..Proof::default()
            },
            "expired",
        ),
        (
            Proof {
                name: "other.test",
                ..Proof::default()
            },
            "not valid for name",
        ),
        (
            Proof {
                along: Along::Nothing,
                ..Proof::default()
            },
            "no certificate that the server sends",
        ),
    ] {
        let site = Site::showing(&proof);
        site.expect_refused(site.by_fingerprint()).expect_said(said);
    }
}

#[test]
fn an_authority_that_is_sent_along_but_did_not_sign_vouches_for_nobody() {
    let site = Site::showing(&Proof {
        along: Along::Stranger,
        ..Proof::default()
    });
    let stranger = &site.tls.fingerprints[2];
    let run = site.push().args(["--es-ca-fingerprint", stranger]);
    site.expect_refused(run)
        .expect_said("invalid peer certificate: BadSignature");
}

#[test]
fn a_node_whose_certificate_is_not_accepted_is_left_out_while_another_is_there() {
    let (site, stranger) = (
        Site::showing(&Proof::default()),
        Site::showing(&Proof::default()),
    );
    let url = format!("https://localhost:{}", stranger.tls.port);
    let run = site.by_fingerprint().args(["--es-url", &url, "-v"]);
    run.succeed()
        .expect_said(&format!("warning: {url} is left out: "))
        .expect_unsaid("trying again in");
    expect_counts(&site.home, 3, 3, 0, 0);
    assert_eq!(stranger.tls.greeted.load(Ordering::SeqCst), 0);
    let site = Site::showing(&Proof::default());
    let nobodys = ["--es-ca-fingerprint", &"ab".repeat(32), "--es-url", &url];
    site.expect_refused(site.push().args(nobodys))
        .expect_said(&format!("localhost:{}: io: no certificate", site.tls.port))
        .expect_said(&format!("; {url}: io: no certificate"));
}

#[test]
fn a_client_certificate_is_shown_to_a_server_that_asks() {
    for newest in [&TLS12, &TLS13] {
        let site = Site::showing(&Proof {
            wants_client: true,
            newest,
            ..Proof::default()
        });
        site.expect_loaded(site.by_fingerprint().args(CLIENT));
        let site = Site::showing(&Proof {
            wants_client: true,
            newest,
            ..Proof::default()
        });
        site.expect_loaded(site.push().args(["--es-ca-file", "ca.pem"]).args(CLIENT));
        let site = Site::showing(&Proof {
            wants_client: true,
            newest,
            ..Proof::default()
        });
        // Whether the refusal arrives before the connection breaks is a race that the server decides.
        site.push()
            .args(["--es-ca-file", "ca.pem", "--retry-for", "1s"])
            .run()
            .expect_code(6);
        assert!(site.target.calls().is_empty());
    }
}

#[test]
fn a_client_certificate_is_of_no_harm_to_a_server_that_does_not_ask() {
    let site = Site::showing(&Proof::default());
    site.expect_loaded(site.push().args(["--es-ca-file", "ca.pem"]).args(CLIENT));
}

#[test]
fn with_a_client_certificate_the_server_is_verified_all_the_same() {
    let site = Site::showing(&Proof::default());
    let run = site.push().args(CLIENT);
    site.expect_refused(run)
        .expect_error_and_hint("UnknownIssuer", "--es-ca-file");
}

#[test]
fn a_proxy_stands_between_a_fingerprint_and_its_server() {
    let site = Site::showing(&Proof::default());
    let proxy = Proxy::to(&format!("127.0.0.1:{}", site.tls.port));
    let url = format!("http://{}", proxy.address);
    site.expect_loaded(site.by_fingerprint().args(CLIENT).env("HTTPS_PROXY", url));
    let server = format!("localhost:{}", site.tls.port);
    assert!(
        proxy.asked().iter().all(|asked| *asked == server),
        "{:?}",
        proxy.asked()
    );
    assert!(!proxy.asked().is_empty());
}

#[test]
fn flags_about_certificates_that_cannot_be_meant_are_refused() {
    let home = Home::new();
    let fingerprint = "ab".repeat(32);
    let by_fingerprint = ["--es-ca-fingerprint", &fingerprint];
    let (https, http) = (
        ["--es-url", "https://127.0.0.1:9"],
        ["--es-url", "http://127.0.0.1:9"],
    );
    let cases: [(Vec<&str>, &str); 7] = [
        (
            [&https[..], &["--es-ca-fingerprint", "abcd"]].concat(),
            "64 hexadecimal digits",
        ),
        (
            [&https[..], &by_fingerprint, &["--es-ca-file", "ca.pem"]].concat(),
            "contradict",
        ),
        (
            [&https[..], &CLIENT[..2]].concat(),
            "--es-client-cert is given without --es-client-key",
        ),
        (
            [&https[..], &CLIENT[2..]].concat(),
            "--es-client-key is given without --es-client-cert",
        ),
        ([&http[..], &by_fingerprint].concat(), "is not encrypted"),
        ([&http[..], &CLIENT].concat(), "is not encrypted"),
        (
            [&https[..], &http, &by_fingerprint].concat(),
            "http://127.0.0.1:9 is not encrypted",
        ),
    ];
    for (arguments, said) in cases {
        let run = home.jcx(["push"]).args(arguments).input(documents(1)).run();
        run.expect_code(2).expect_said(said);
    }
    let both = home.jcx(["push"]).args(https).input(documents(1));
    both.env("JCX_ES_CA_FILE", "ca.pem")
        .env("JCX_ES_CA_FINGERPRINT", &fingerprint)
        .run()
        .expect_code(2)
        .expect_error_and_hint("contradict", "variables");
}

#[test]
fn files_that_hold_no_certificate_or_key_are_refused() {
    let site = Site::showing(&Proof::default());
    let home = &site.home;
    let other = Tls::before("127.0.0.1:9");
    home.key_file("empty", "\n");
    home.key_file("other.key", &other.client[1]);
    home.key_file(
        "encrypted.key",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    home.key_file(
        "garbled.key",
        "-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----\n",
    );
    home.file("open.key", &site.tls.client[1]);
    for (certificate, key, said) in [
        ("missing", "client.key", "missing"),
        ("empty", "client.key", "holds no certificate"),
        ("client.key", "client.key", "holds no certificate"),
        ("client.pem", "missing", "missing"),
        ("client.pem", "empty", "holds no private key"),
        ("client.pem", "client.pem", "holds no private key"),
        ("client.pem", "encrypted.key", "encrypted"),
        ("client.pem", "garbled.key", "cannot be read"),
        ("client.pem", "other.key", "cannot be used with the key"),
        ("client.pem", "open.key", "every user"),
    ] {
        let run = site
            .push()
            .args(["--es-client-cert", certificate, "--es-client-key", key]);
        run.run().expect_code(2).expect_said(said);
    }
    // As with other secrets, a supervisor's folder is nobody else's.
    fs::create_dir(home.path("run")).expect("a folder");
    fs::copy(home.path("client.key"), home.path("run/key")).expect("a copy");
    fs::set_permissions(home.path("run/key"), Permissions::from_mode(0o644)).expect("a mode");
    let supervised = site
        .by_fingerprint()
        .args(["--es-client-cert", "client.pem"]);
    let supervised = supervised.args(["--es-client-key", "run/key"]);
    site.expect_loaded(supervised.env("CREDENTIALS_DIRECTORY", "run"));
}

#[test]
fn a_cloud_id_is_the_address_it_stands_for() {
    let name = "abc.eu.example.test";
    let site = Site::showing(&Proof {
        name,
        ..Proof::default()
    });
    let proxy = Proxy::to(&format!("127.0.0.1:{}", site.tls.port));
    // eu.example.test:9243$abc$def
    let id = "my:cluster:ZXUuZXhhbXBsZS50ZXN0OjkyNDMkYWJjJGRlZg==";
    let run = || {
        let run = site
            .home
            .jcx(["push", "--summary", "s.json"])
            .input(documents(3));
        run.env("HTTPS_PROXY", format!("http://{}", proxy.address))
            .args(["--es-ca-fingerprint", &site.tls.fingerprints[0]])
    };
    site.expect_loaded(
        run()
            .args(["--cloud-id", id])
            .env("JCX_ES_URL", "http://127.0.0.1:9"),
    );
    assert!(
        proxy
            .asked()
            .iter()
            .all(|asked| *asked == format!("{name}:9243")),
        "{:?}",
        proxy.asked()
    );
    for (id, said) in [("my:cluster", "not Base64"), ("x:YWJj", "no Elasticsearch")] {
        run()
            .args(["--cloud-id", id])
            .run()
            .expect_code(2)
            .expect_said(said);
    }
    let both = run()
        .args(["--cloud-id", id, "--es-url", "http://127.0.0.1:9"])
        .run();
    both.expect_code(2)
        .expect_said("--es-url and --cloud-id contradict each other");
    let both = run()
        .env("JCX_CLOUD_ID", id)
        .env("JCX_ES_URL", "http://127.0.0.1:9")
        .run();
    both.expect_code(2)
        .expect_error_and_hint("contradict each other", "variables");
}

#[test]
fn a_file_of_authorities_has_to_be_one_also_where_nobody_is_asked_for_a_certificate() {
    let home = Home::new();
    home.file("docs", documents(1));
    home.file("notes", "no certificate");
    for (file, said) in [
        ("absent", "reading the CA file absent"),
        ("notes", "holds no certificate"),
    ] {
        for url in ["http://127.0.0.1:1", "https://127.0.0.1:1"] {
            home.jcx(["push", "docs", "--es-url", url, "--es-ca-file", file])
                .run()
                .expect_code(2)
                .expect_error_and_hint(said, "PEM");
        }
        home.jcx(["fetch", "--since", "1d", "--ca-file", file])
            .env("JCX_API_URL", "http://127.0.0.1:1")
            .env("JCX_API_KEY", "key")
            .run()
            .expect_code(2)
            .expect_error_and_hint(said, "PEM");
    }
}
