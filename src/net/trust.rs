//! Whom we trust at the other end of TLS, and how we prove who we are: certificates and keys from the user's files.
//!
//! Read once a run, whatever the number of nodes; what is wrong with a file is said before anything is asked.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::fingerprint::Fingerprint;
use super::pinned::PinnedVerifier;
use super::secret::refuse_readable_by_others;
use crate::failure::{Failure, Kind, OrFail, Result};

/// What the user says about certificates.
#[derive(Default)]
pub struct TrustSettings<'a> {
    /// A PEM file of certificates to trust beside the system's.
    pub ca_file: Option<&'a Path>,
    /// The authority to trust, instead of all others.
    pub fingerprint: Option<Fingerprint>,
    /// PEM files of our own certificate, with what lies between it and its authority, and of its key.
    pub client: Option<(&'a Path, &'a Path)>,
}

/// The same, read.
#[derive(Clone)]
pub struct Trust {
    roots: RootCerts,
    own: Option<Arc<ClientConfig>>,
}

impl Default for Trust {
    /// The bundled certificates, for a remote without TLS, where none is needed.
    fn default() -> Self {
        Self {
            roots: RootCerts::WebPki,
            own: None,
        }
    }
}

impl Trust {
    /// Reads the files, and the system's certificates.
    ///
    /// # Errors
    /// Usage, where a file is not what it should be.
    pub fn load(
        settings: &TrustSettings<'_>,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self> {
        let mut trusted = rustls_native_certs::load_native_certs().certs;
        if let Some(path) = settings.ca_file {
            trusted.extend(read_certificates("CA", path)?);
        }
        let identity = match settings.client {
            Some((certificate, key)) => Some(Identity::load(certificate, key, environment)?),
            None => None,
        };
        let own = match (settings.fingerprint, identity) {
            (None, None) => None,
            (Some(fingerprint), identity) => {
                let verifier = PinnedVerifier::new(fingerprint, Arc::new(default_provider()));
                Some(tls(Arc::new(verifier), identity)?)
            }
            (None, identity) => Some(tls(usual_verifier(&trusted)?, identity)?),
        };
        let roots = if trusted.is_empty() {
            RootCerts::WebPki
        } else {
            RootCerts::from(
                trusted
                    .iter()
                    .map(|der| Certificate::from_der(der).to_owned()),
            )
        };
        Ok(Self { roots, own })
    }

    /// For ureq's own TLS: to the remote, or only to proxies, which need not learn who we are, where [`Trust::own`] has
    /// something.
    pub(super) fn usual(&self) -> TlsConfig {
        TlsConfig::builder().root_certs(self.roots.clone()).build()
    }

    /// For TLS to a remote that is known by a fingerprint, or wants a certificate.
    pub(super) fn own(&self) -> Option<&Arc<ClientConfig>> {
        self.own.as_ref()
    }
}

/// Trusts the system's certificates and those of the file.
fn usual_verifier(trusted: &[CertificateDer<'static>]) -> Result<Arc<dyn ServerCertVerifier>> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(trusted.iter().cloned());
    if roots.is_empty() {
        return Err(Failure::usage("this system has no certificates to trust")
            .hint("give the server's authority: --es-ca-file or --es-ca-fingerprint"));
    }
    let provider = Arc::new(default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
    Ok(verifier.or_fail(Kind::Unexpected, || "setting up TLS")?)
}

fn read_certificates(what: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let shown = path.display();
    let pem = std::fs::read(path)
        .or_fail(Kind::Usage, || format!("reading the {what} file {shown}"))
        .map_err(|failure| failure.hint("name a PEM file that can be read"))?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&pem)
        .filter_map(std::result::Result::ok)
        .collect();
    if certificates.is_empty() {
        return Err(
            Failure::usage(format!("the {what} file {shown} holds no certificate"))
                .hint("it must be PEM text with a BEGIN CERTIFICATE line"),
        );
    }
    Ok(certificates)
}

/// Our own certificate, and its key.
struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Identity {
    fn load(
        certificate: &Path,
        key: &Path,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self> {
        let own = Self {
            chain: read_certificates("client certificate", certificate)?,
            key: read_key(key, environment)?,
        };
        let usable =
            CertifiedKey::from_der(own.chain.clone(), own.key.clone_key(), &default_provider());
        usable.map_err(|why| {
            let (certificate, key) = (certificate.display(), key.display());
            Failure::usage(format!("the client certificate {certificate} cannot be used with the key {key}: {why}"))
                .hint("the certificate's file begins with our own certificate, the key's holds the key it was made for")
        })?;
        Ok(own)
    }
}

fn read_key(path: &Path, environment: &BTreeMap<String, String>) -> Result<PrivateKeyDer<'static>> {
    let place = format!("--es-client-key: the file {}", path.display());
    refuse_readable_by_others(path, &place, environment)?;
    let pem = std::fs::read(path).or_fail(Kind::Usage, || format!("reading {place}"))?;
    PrivateKeyDer::from_pem_slice(&pem).map_err(|why| {
        let encrypted = pem.windows(9).any(|window| window == b"ENCRYPTED");
        let why = match why {
            _ if encrypted => "holds a key that is encrypted".to_owned(),
            PemError::NoItemsFound => "holds no private key".to_owned(),
            why => format!("cannot be read: {why}"),
        };
        Failure::usage(format!("{place} {why}")).hint(if encrypted {
            "openssl pkey -in FILE -out NEW   (and chmod 600 NEW) makes one that is not"
        } else {
            "it must be PEM text with a BEGIN PRIVATE KEY line"
        })
    })
}

/// TLS as who we are.
fn tls(verifier: Arc<dyn ServerCertVerifier>, own: Option<Identity>) -> Result<Arc<ClientConfig>> {
    let doing = || "setting up TLS";
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(rustls::ALL_VERSIONS)
        .or_fail(Kind::Unexpected, doing)?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let config = match own {
        Some(own) => builder
            .with_client_auth_cert(own.chain, own.key)
            .or_fail(Kind::Usage, doing)?,
        None => builder.with_no_client_auth(),
    };
    Ok(Arc::new(config))
}
