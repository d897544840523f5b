//! An invented company: its people, devices, applications and groups.

use super::random::Random;
use crate::samples::json::Object;

/// The company's mail domain, reserved for examples.
pub const DOMAIN: &str = "quillmoor.example";

const GIVEN: [&str; 24] = [
    "ana", "bela", "carlos", "dorothea", "emre", "fiona", "gustavo", "hanna", "ines", "jörg",
    "kenji", "lena", "mats", "nadia", "olu", "petra", "quentin", "rosa", "sven", "tuva", "ulrike",
    "vera", "wim", "yusuf",
];
const FAMILY: [&str; 12] = [
    "abbott",
    "brandt",
    "castillo",
    "dvorak",
    "eriksen",
    "fontaine",
    "grau",
    "holm",
    "ivanova",
    "jansen",
    "kowalski",
    "lindqvist",
];

/// Somebody with an account.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: String,
    pub username: String,
    pub email: String,
    pub given: String,
    pub family: String,
}

/// A managed computer or phone.
#[derive(Clone, Debug)]
pub struct Device {
    pub id: String,
    pub hostname: String,
    pub os: &'static str,
    pub version: &'static str,
    pub model: &'static str,
    pub udid: String,
    /// Index of the person who uses it.
    pub owner: usize,
}

/// An application people sign in to.
#[derive(Clone, Debug)]
pub struct Application {
    pub id: String,
    pub name: &'static str,
    pub label: &'static str,
}

const MACHINES: [(&str, &str, &str); 8] = [
    ("Mac OS X", "14.6.1", "MacBookPro18,3"),
    ("Mac OS X", "15.1", "Mac14,2"),
    ("Windows", "11 Pro 10.0.22631", "20XW00FPGE"),
    ("Windows", "10 Enterprise 10.0.19045", "Latitude 7430"),
    ("Ubuntu", "22.04", "Standard PC"),
    ("Debian", "12", "X11SCL-F"),
    ("iOS", "17.6.1", "iPhone14,5"),
    ("Android", "14", "Pixel 8"),
];

const APPLICATIONS: [(&str, &str); 10] = [
    ("wiki", "Company Wiki"),
    ("payroll", "Payroll & Benefits"),
    ("crm", "Customer Desk"),
    ("aws", "AWS IAM Identity Center"),
    ("github", "GitHub Enterprise"),
    ("slack", "Slack"),
    ("zoom", "Zoom"),
    ("expenses", "Reisekosten"),
    ("office365", "Microsoft 365"),
    ("vpn", "VPN-Portal"),
];

/// Everything that stays the same for all events.
#[derive(Clone, Debug)]
pub struct Company {
    pub organization: String,
    pub people: Vec<Person>,
    pub devices: Vec<Device>,
    pub applications: Vec<Application>,
    /// Identifiers and names of user groups.
    pub groups: Vec<(String, String)>,
}

impl Company {
    /// Invents the company that belongs to a seed.
    pub fn new(random: &mut Random) -> Self {
        let organization = random.hex(24);
        let mut people = Vec::new();
        for family in FAMILY {
            for given in GIVEN {
                people.push(person(random, given, family));
            }
        }
        let devices = (0..people.len() * 5 / 4)
            .map(|number| device(random, number, people.len()))
            .collect();
        let applications = APPLICATIONS
            .map(|(name, label)| Application {
                id: random.hex(24),
                name,
                label,
            })
            .into();
        let groups = [
            "Everyone",
            "Engineering",
            "Finance",
            "Field Service",
            "Contractors (EMEA)",
            "On-call \"red\"",
        ]
        .map(|name| (random.hex(24), name.to_owned()))
        .into();
        Self {
            organization,
            people,
            devices,
            applications,
            groups,
        }
    }

    /// Somebody; the first twelve are administrators.
    pub fn person(&self, random: &mut Random) -> &Person {
        random.pick(&self.people)
    }

    /// One of the administrators.
    pub fn administrator(&self, random: &mut Random) -> &Person {
        random.pick(&self.people[..12])
    }

    /// A device.
    pub fn device(&self, random: &mut Random) -> &Device {
        random.pick(&self.devices)
    }

    /// Who uses a device.
    pub fn owner(&self, device: &Device) -> &Person {
        &self.people[device.owner]
    }
}

fn person(random: &mut Random, given: &str, family: &str) -> Person {
    let username = format!("{}.{family}", given.replace('ö', "oe"));
    let email = format!("{username}@{DOMAIN}");
    let name = |word: &str| word[..1].to_uppercase() + &word[1..];
    Person {
        id: random.hex(24),
        username,
        email,
        given: name(given),
        family: name(family),
    }
}

fn device(random: &mut Random, number: usize, people: usize) -> Device {
    let (os, version, model) = *random.pick(&MACHINES);
    let hostname = match os {
        "Windows" => format!("QM-WIN-{number:04}"),
        "Ubuntu" | "Debian" => format!("srv{number:03}.{DOMAIN}"),
        _ => format!("qm-{}-{number:04}", os.to_lowercase().replace(' ', "")),
    };
    Device {
        id: random.hex(24),
        hostname,
        os,
        version,
        model,
        udid: random.uuid('4'),
        owner: number % people,
    }
}

impl Person {
    /// The person as `initiated_by`.
    pub fn initiator(&self) -> Object {
        Object::new()
            .text("id", &self.id)
            .text("type", "user")
            .text("username", &self.username)
    }
}

impl Device {
    /// The device as `system`.
    pub fn system(&self) -> Object {
        Object::new()
            .text("id", &self.id)
            .text("hostname", &self.hostname)
            .text("displayName", &self.hostname)
    }
}
