//! Who is trusted where an authority is known by its fingerprint alone (`docs/elasticsearch-bulk.md` section 7).
//!
//! Decides which certificate that is; everything else about a chain the usual verifier decides.

use std::fmt;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme};

use super::fingerprint::{Fingerprint, is_authority};

/// Trusts the one authority that has the fingerprint, where the server sends it along; names, dates and signatures are
/// verified as ever.
#[derive(Debug)]
pub(super) struct PinnedVerifier {
    fingerprint: Fingerprint,
    provider: Arc<CryptoProvider>,
}

/// Why a chain is refused before anything else is looked at.
#[derive(Debug)]
enum Unpinned {
    /// Nothing in it has the fingerprint.
    Absent(Fingerprint),
    /// What has it is no authority.
    NoAuthority,
}

impl fmt::Display for Unpinned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent(fingerprint) => write!(
                f,
                "no certificate that the server sends has the fingerprint {fingerprint}"
            ),
            Self::NoAuthority => write!(
                f,
                "the certificate with that fingerprint is no authority's but a server's own"
            ),
        }
    }
}

impl std::error::Error for Unpinned {}

impl From<Unpinned> for rustls::Error {
    fn from(why: Unpinned) -> Self {
        CertificateError::Other(OtherError(Arc::new(why))).into()
    }
}

impl PinnedVerifier {
    pub(super) fn new(fingerprint: Fingerprint, provider: Arc<CryptoProvider>) -> Self {
        Self {
            fingerprint,
            provider,
        }
    }

    /// The usual verifier, which trusts the certificate with the fingerprint.
    fn verifier_of(
        &self,
        chain: &[&CertificateDer<'_>],
    ) -> Result<Arc<WebPkiServerVerifier>, rustls::Error> {
        let found = chain
            .iter()
            .find(|certificate| self.fingerprint.is_of(certificate));
        let authority = found.ok_or(Unpinned::Absent(self.fingerprint))?;
        if !is_authority(authority) {
            return Err(Unpinned::NoAuthority.into());
        }
        let mut roots = RootCertStore::empty();
        roots.add((*authority).clone().into_owned())?;
        let builder = WebPkiServerVerifier::builder_with_provider(
            Arc::new(roots),
            Arc::clone(&self.provider),
        );
        builder
            .build()
            .map_err(|error| rustls::Error::General(error.to_string()))
    }
}

impl ServerCertVerifier for PinnedVerifier {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let chain: Vec<&CertificateDer<'_>> = std::iter::once(own).chain(others).collect();
        self.verifier_of(&chain)?
            .verify_server_cert(own, others, name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
