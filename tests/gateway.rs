//! What stands between a client and a server of the tests: a proxy that tunnels, and an end of TLS with its own authority.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A proxy that understands `CONNECT` and sends every tunnel to one server, whatever name was asked for.
pub struct Proxy {
    pub address: SocketAddr,
    /// The targets that were asked for.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub fn to(server: &str) -> Self {
        let (listener, address) = listen();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (server, notes) = (server.to_owned(), Arc::clone(&asked));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (server, notes) = (server.clone(), Arc::clone(&notes));
                thread::spawn(move || tunnel(client, &server, &notes));
            }
        });
        Self { address, asked }
    }

    pub fn asked(&self) -> Vec<String> {
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

fn tunnel(mut client: TcpStream, server: &str, notes: &Mutex<Vec<String>>) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && client.read(&mut byte).is_ok_and(|got| got == 1) {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let target = head
        .strip_prefix("CONNECT ")
        .and_then(|rest| rest.split(' ').next())
        .unwrap_or(&head);
    notes
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(target.to_owned());
    let server = TcpStream::connect(server).expect("the server behind the proxy");
    client
        .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
        .expect("answering the client");
    let (mut to_client, mut from_server) = (
        client.try_clone().expect("a clone"),
        server.try_clone().expect("a clone"),
    );
    thread::spawn(move || {
        let _copied = std::io::copy(&mut from_server, &mut to_client);
        let _shut = to_client.shutdown(Shutdown::Both);
    });
    let mut to_server = server;
    let _copied = std::io::copy(&mut client, &mut to_server);
    let _shut = to_server.shutdown(Shutdown::Both);
}

/// An end of TLS before a server: `https://localhost:PORT`, trusted by nobody but who has [`Tls::authority`].
pub struct Tls {
    pub port: u16,
    /// The authority's certificate as PEM.
    pub authority: String,
    /// Handshakes that came to an end.
    pub greeted: Arc<AtomicUsize>,
}

impl Tls {
    pub fn before(server: &str) -> Self {
        let (config, authority) = certificates();
        let (listener, address) = listen();
        let greeted = Arc::new(AtomicUsize::new(0));
        let (server, count) = (server.to_owned(), Arc::clone(&greeted));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (server, config, count) =
                    (server.clone(), Arc::clone(&config), Arc::clone(&count));
                thread::spawn(move || serve(client, &server, config, &count));
            }
        });
        Self {
            port: address.port(),
            authority,
            greeted,
        }
    }
}

fn certificates() -> (Arc<ServerConfig>, String) {
    let mut ca = CertificateParams::new(Vec::new()).expect("parameters");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().expect("a key"))
        .expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let own = CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
    let own = own.signed_by(&key, &ca).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![own.der().clone()], key)
        .expect("a server's certificate");
    (Arc::new(config), ca.pem())
}

/// Hands one request after the other to the server and its answer back, until either side closes.
fn serve(client: TcpStream, server: &str, config: Arc<ServerConfig>, greeted: &AtomicUsize) {
    let connection = ServerConnection::new(config).expect("a connection");
    let mut tls = StreamOwned::new(connection, client);
    let mut piece = vec![0; 1 << 16];
    let mut server = TcpStream::connect(server).expect("the server behind TLS");
    while let Ok(got) = tls.read(&mut piece) {
        if got == 0 {
            return;
        }
        greeted.fetch_add(1, Ordering::SeqCst);
        server.write_all(&piece[..got]).expect("handing on");
        // The servers of the tests answer at once and in few pieces; silence ends an answer.
        server
            .set_read_timeout(Some(std::time::Duration::from_millis(300)))
            .expect("a time-out");
        while let Ok(answered) = server.read(&mut piece) {
            if answered == 0 || tls.write_all(&piece[..answered]).is_err() {
                return;
            }
        }
    }
}
