//! An invented company: its people, devices, applications and the places they connect from.

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

/// A place somebody connects from.
#[derive(Clone, Debug)]
pub struct Place {
    pub addresses: &'static str,
    pub country: &'static str,
    pub region: &'static str,
    pub region_name: &'static str,
    pub timezone: &'static str,
    pub continent: &'static str,
    pub latitude: &'static str,
    pub longitude: &'static str,
}

const PLACES: [Place; 7] = [
    place(
        "192.0.2.",
        [
            "DE",
            "BE",
            "Land Berlin",
            "Europe/Berlin",
            "EU",
            "52.5155",
            "13.4062",
        ],
    ),
    place(
        "198.51.100.",
        [
            "US",
            "CO",
            "Colorado",
            "America/Denver",
            "NA",
            "40.0154",
            "-105.2702",
        ],
    ),
    place(
        "203.0.113.",
        [
            "IN",
            "KA",
            "Karnataka",
            "Asia/Kolkata",
            "AS",
            "12.9634",
            "77.5855",
        ],
    ),
    place(
        "81.2.69.",
        [
            "GB",
            "ENG",
            "England",
            "Europe/London",
            "EU",
            "51.5142",
            "-0.0931",
        ],
    ),
    place(
        "89.160.20.",
        [
            "SE",
            "E",
            "Östergötland County",
            "Europe/Stockholm",
            "EU",
            "58.4167",
            "15.6167",
        ],
    ),
    place(
        "2001:db8:40:1::",
        [
            "PT",
            "11",
            "Lisbon",
            "Europe/Lisbon",
            "EU",
            "38.731",
            "-9.1373",
        ],
    ),
    place(
        "2001:DB8:7::",
        [
            "AU",
            "VIC",
            "Victoria",
            "Australia/Melbourne",
            "OC",
            "-37.8159",
            "145",
        ],
    ),
];

const fn place(addresses: &'static str, facts: [&'static str; 7]) -> Place {
    let [
        country,
        region,
        region_name,
        timezone,
        continent,
        latitude,
        longitude,
    ] = facts;
    Place {
        addresses,
        country,
        region,
        region_name,
        timezone,
        continent,
        latitude,
        longitude,
    }
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

/// A place, the first ones more often.
pub fn place_of(random: &mut Random) -> &'static Place {
    let bound = if random.chance(70) { 3 } else { PLACES.len() };
    &PLACES[random.index(bound)]
}

impl Place {
    /// An address of this place.
    pub fn address(&self, random: &mut Random) -> String {
        format!("{}{}", self.addresses, random.between(1, 99))
    }

    /// The event's own `geoip` object.
    pub fn geoip(&self, random: &mut Random) -> Object {
        let country = if random.chance(85) {
            "country_code"
        } else {
            "country_code2"
        };
        Object::new()
            .text(country, self.country)
            .text("timezone", self.timezone)
            .raw("latitude", self.latitude)
            .text("continent_code", self.continent)
            .text("region_name", self.region_name)
            .raw("longitude", self.longitude)
            .text("region_code", self.region)
    }
}

/// A browser's or app's `useragent` object.
pub fn useragent(random: &mut Random) -> Object {
    const BROWSERS: [(&str, &str, &str, &str); 6] = [
        ("Chrome", "129.0.6668.90", "Mac OS X", "10.15.7"),
        ("Chrome", "128.0.0.0", "Windows", "10"),
        ("Safari", "17.6", "Mac OS X", "10.15.7"),
        ("Firefox", "131.0", "Ubuntu", ""),
        ("Edge", "129.0.2792.79", "Windows", "10"),
        ("Mobile Safari", "18.0", "iOS", "18.0"),
    ];
    let (name, version, os, os_version) = *random.pick(&BROWSERS);
    let mut numbers = version.split('.');
    Object::new()
        .text("os", os)
        .text("minor", numbers.nth(1).unwrap_or_default())
        .text("os_minor", os_version.split('.').nth(1).unwrap_or_default())
        .text("os_major", os_version.split('.').next().unwrap_or_default())
        .text("os_version", os_version)
        .text("version", version)
        .text("os_patch", os_version.split('.').nth(2).unwrap_or_default())
        .text("patch", numbers.next().unwrap_or_default())
        .text("os_full", format!("{os} {os_version}").trim())
        .text("major", version.split('.').next().unwrap_or_default())
        .text("name", name)
        .text("os_name", os)
        .text("device", if os == "iOS" { "iPhone" } else { "Other" })
}
