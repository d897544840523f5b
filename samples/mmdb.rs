//! A writer of small MaxMind databases, for records that no real one has.
//!
//! Follows the MaxMind DB file format specification, version 2.0: a search tree over the bits of an address, a data section
//! with pointers to what was written before, metadata. Networks may lie inside each other; the smaller one wins.

use std::collections::BTreeMap;
use std::net::IpAddr;

/// A value of a record.
#[derive(Clone, Debug)]
pub enum Value {
    Text(String),
    Double(f64),
    U32(u32),
    Bool(bool),
    List(Vec<Value>),
    Map(Vec<(&'static str, Value)>),
}

/// A text.
pub fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

/// The names of a place: the English one, and one that must not be taken for it.
pub fn names(english: &str) -> (&'static str, Value) {
    let names = vec![("de", text("anders")), ("en", text(english))];
    ("names", Value::Map(names))
}

/// What to write.
#[derive(Clone, Debug)]
pub struct Database {
    /// The metadata's `database_type`.
    pub kind: &'static str,
    /// 4 or 6; in a database for 6, networks of IPv4 lie below `::/96`.
    pub ip_version: u16,
    /// Bits of a record of the tree: 24, 28 or 32.
    pub record_size: u16,
    /// Each network, as `192.0.2.0/24`, with its record.
    pub networks: Vec<(&'static str, Value)>,
}

impl Database {
    /// The bytes of the file.
    pub fn write(&self) -> Vec<u8> {
        let mut data = Section::with_pointers();
        let mut tree = Tree::new();
        let mut networks: Vec<_> = self.networks.iter().collect();
        // A larger network first, so that the smaller one inside it replaces a part.
        networks.sort_by_key(|(network, _)| self.bits(network).len());
        for (network, record) in networks {
            let offset = data.place(record);
            tree.insert(&self.bits(network), offset);
        }
        let mut file = tree.write(self.record_size);
        file.extend_from_slice(&[0; 16]);
        file.extend_from_slice(&data.bytes);
        file.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
        file.extend_from_slice(&self.metadata(tree.nodes.len()));
        file
    }

    /// The bits of a network's address that count.
    fn bits(&self, network: &str) -> Vec<usize> {
        let (address, length) = network.split_once('/').expect("a network");
        let length: usize = length.parse().expect("a length");
        let address: IpAddr = address.parse().expect("an address");
        let (bytes, above) = match address {
            IpAddr::V4(address) if self.ip_version == 6 => {
                (address.to_ipv6_compatible().octets().to_vec(), 96)
            }
            IpAddr::V4(address) => (address.octets().to_vec(), 0),
            IpAddr::V6(address) => (address.octets().to_vec(), 0),
        };
        let bits = bytes
            .iter()
            .flat_map(|byte| (0..8).rev().map(move |bit| usize::from(byte >> bit & 1)));
        bits.take(above + length).collect()
    }

    fn metadata(&self, nodes: usize) -> Vec<u8> {
        let nodes = u32::try_from(nodes).expect("a small tree");
        let mut section = Section::default();
        section.map(9);
        section.member("binary_format_major_version", 5, 2);
        section.member("binary_format_minor_version", 5, 0);
        section.member("build_epoch", 9, 1_700_000_000);
        section.text("database_type");
        section.text(self.kind);
        section.text("description");
        section.write(&Value::Map(vec![("en", text("invented"))]));
        section.member("ip_version", 5, u32::from(self.ip_version));
        section.text("languages");
        section.write(&Value::List(vec![text("de"), text("en")]));
        section.member("node_count", 6, nodes);
        section.member("record_size", 5, u32::from(self.record_size));
        section.bytes
    }
}

/// Where a bit leads.
#[derive(Clone, Copy, Debug)]
enum Record {
    Nothing,
    Node(usize),
    Data(usize),
}

struct Tree {
    nodes: Vec<[Record; 2]>,
}

impl Tree {
    fn new() -> Self {
        let nodes = vec![[Record::Nothing; 2]];
        Self { nodes }
    }

    fn insert(&mut self, bits: &[usize], offset: usize) {
        let (last, above) = bits
            .split_last()
            .expect("a network smaller than everything");
        let mut node = 0;
        for bit in above {
            node = match self.nodes[node][*bit] {
                Record::Node(next) => next,
                // What is known of the larger network stays true beside the smaller one.
                known => {
                    self.nodes.push([known; 2]);
                    let next = self.nodes.len() - 1;
                    self.nodes[node][*bit] = Record::Node(next);
                    next
                }
            };
        }
        self.nodes[node][*last] = Record::Data(offset);
    }

    fn write(&self, record_size: u16) -> Vec<u8> {
        let count = self.nodes.len();
        let number = |record: Record| {
            let number = match record {
                Record::Nothing => count,
                Record::Node(node) => node,
                Record::Data(offset) => count + 16 + offset,
            };
            u32::try_from(number)
                .expect("a small database")
                .to_be_bytes()
        };
        let mut bytes = Vec::new();
        for [left, right] in &self.nodes {
            let (left, right) = (number(*left), number(*right));
            match record_size {
                24 => {
                    bytes.extend_from_slice(&left[1..]);
                    bytes.extend_from_slice(&right[1..]);
                }
                // The byte between the two holds the highest four bits of each.
                28 => {
                    bytes.extend_from_slice(&left[1..]);
                    bytes.push(left[0] << 4 | right[0]);
                    bytes.extend_from_slice(&right[1..]);
                }
                32 => bytes.extend([left, right].concat()),
                other => panic!("no database has records of {other} bits"),
            }
        }
        bytes
    }
}

/// Values one after the other.
#[derive(Default)]
struct Section {
    bytes: Vec<u8>,
    /// Where each text and map stands that a pointer may lead to; none where there are no pointers.
    seen: Option<BTreeMap<String, usize>>,
}

impl Section {
    fn with_pointers() -> Self {
        Self {
            bytes: Vec::new(),
            seen: Some(BTreeMap::new()),
        }
    }

    /// The offset of a record, which is written unless an equal one stands there already.
    fn place(&mut self, record: &Value) -> usize {
        let seen = self.seen.as_ref();
        let known = seen.and_then(|seen| seen.get(&format!("{record:?}")).copied());
        known.unwrap_or_else(|| {
            let start = self.bytes.len();
            self.write(record);
            start
        })
    }

    fn write(&mut self, value: &Value) {
        if let Value::Text(_) | Value::Map(_) = value
            && self.point_to(&format!("{value:?}"))
        {
            return;
        }
        match value {
            Value::Text(text) => {
                self.control(2, text.len());
                self.bytes.extend_from_slice(text.as_bytes());
            }
            Value::Double(value) => {
                self.control(3, 8);
                self.bytes.extend_from_slice(&value.to_be_bytes());
            }
            Value::U32(value) => self.unsigned(6, *value),
            Value::Bool(value) => self.control(14, usize::from(*value)),
            Value::List(values) => {
                self.control(11, values.len());
                for value in values {
                    self.write(value);
                }
            }
            Value::Map(members) => {
                self.map(members.len());
                for (key, value) in members {
                    self.text(key);
                    self.write(value);
                }
            }
        }
    }

    /// Writes a pointer to an equal value before this place, or notes that one stands here now.
    fn point_to(&mut self, value: &str) -> bool {
        let here = self.bytes.len();
        let Some(seen) = &mut self.seen else {
            return false;
        };
        let Some(&offset) = seen.get(value) else {
            seen.insert(value.to_owned(), here);
            return false;
        };
        if offset < 2048 {
            self.bytes.push(0x20 | low_byte(offset >> 8));
        } else {
            let beyond = offset - 2048;
            assert!(beyond < 1 << 19, "a small database");
            self.bytes.push(0x28 | low_byte(beyond >> 16));
            self.bytes.push(low_byte(beyond >> 8));
        }
        let last = if offset < 2048 { offset } else { offset - 2048 };
        self.bytes.push(low_byte(last));
        true
    }

    fn text(&mut self, text: &str) {
        self.write(&Value::Text(text.to_owned()));
    }

    fn map(&mut self, members: usize) {
        self.control(7, members);
    }

    fn member(&mut self, key: &str, kind: u8, value: u32) {
        self.text(key);
        self.unsigned(kind, value);
    }

    /// An unsigned number without its leading zeros.
    fn unsigned(&mut self, kind: u8, value: u32) {
        let bytes = value.to_be_bytes();
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        self.control(kind, 4 - zeros);
        self.bytes.extend_from_slice(&bytes[zeros..]);
    }

    /// The bytes before a value: its type and its size.
    fn control(&mut self, kind: u8, size: usize) {
        let (inline, more) = match size {
            0..29 => (low_byte(size), vec![]),
            29..285 => (29, vec![low_byte(size - 29)]),
            285..65_821 => (30, vec![low_byte((size - 285) >> 8), low_byte(size - 285)]),
            _ => panic!("no invented value is so long"),
        };
        if kind < 8 {
            self.bytes.push(kind << 5 | inline);
        } else {
            self.bytes.extend([inline, kind - 7]);
        }
        self.bytes.extend(more);
    }
}

fn low_byte(number: usize) -> u8 {
    u8::try_from(number & 0xff).expect("eight bits")
}
