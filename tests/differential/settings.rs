//! The sets of options that both mappers run with, side by side.

use super::places::{self, Places};
use crate::reference::framing::Framing;
use crate::reference::geoip::Databases;
use crate::reference::{Options, Profile};
use std::fmt;

/// The profiles that the program has.
const PROFILES: [Profile; 2] = [Profile::Elastic, Profile::Extended];
/// The databases that the program can read.
const PLACES: [Places; 3] = Places::ALL;

/// One set, as the reference takes it; the program's is made from it.
#[derive(Clone)]
pub struct Setting {
    pub options: Options,
    pub framing: Framing,
}

/// Every set: the switches and the framings crossed with the profiles and the databases.
pub fn settings() -> Vec<Setting> {
    let tags = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect();
    let stream = |name: &str| {
        let parts: Vec<_> = name.splitn(3, '-').map(str::to_owned).collect();
        parts.try_into().ok()
    };
    let name = |name: &str| Some(name.to_owned());
    let plain = Options::default();
    let sets = [
        (plain.clone(), Framing::Plain),
        (
            Options {
                data_stream: stream("logs-jumpcloud.events-default"),
                ..plain.clone()
            },
            Framing::Metadata(name("logs-jumpcloud.events-default")),
        ),
        (
            Options {
                preserve_original: true,
                ..plain.clone()
            },
            Framing::Bulk(name("index \"x\"")),
        ),
        (
            Options {
                tags: tags(&["forwarded", "", "a \"b\" \u{e9}\n"]),
                preserve_duplicates: true,
                ..plain.clone()
            },
            Framing::Metadata(None),
        ),
        (
            Options {
                tags: tags(&[
                    "b",
                    "preserve_duplicate_custom_fields",
                    "jcx_geo_from_event",
                    "preserve_original_event",
                    "b",
                ]),
                ..plain.clone()
            },
            Framing::Bulk(None),
        ),
        (
            Options {
                data_stream: stream("audit-jc-eu-1"),
                preserve_original: true,
                preserve_duplicates: true,
                ..plain.clone()
            },
            Framing::Metadata(name("audit-jc-eu-1")),
        ),
    ];
    let mut settings = Vec::new();
    for profile in PROFILES {
        for places in PLACES {
            settings.extend(sets.iter().map(|(options, framing)| Setting {
                options: Options {
                    profile,
                    databases: places.databases(),
                    ..options.clone()
                },
                framing: framing.clone(),
            }));
        }
    }
    settings
}

impl Setting {
    /// The same choices as the program takes them.
    pub fn of_program(&self) -> jcx::ecs::Options {
        let stream = self
            .options
            .data_stream
            .as_ref()
            .map(|parts| parts.join("-"));
        jcx::ecs::Options {
            data_stream: stream.map(|name| name.parse().expect("a data stream")),
            tags: self.options.tags.clone(),
            preserve_original: self.options.preserve_original,
            preserve_duplicates: self.options.preserve_duplicates,
            geoip: places::of_program(&self.options.databases),
            profile: match self.options.profile {
                Profile::Elastic => jcx::ecs::Profile::Elastic,
                Profile::Extended => jcx::ecs::Profile::Extended,
            },
            framing: match self.framing.clone() {
                Framing::Plain => jcx::ecs::Framing::Plain,
                Framing::Metadata(raw_index) => jcx::ecs::Framing::Metadata { raw_index },
                Framing::Bulk(index) => jcx::ecs::Framing::Bulk { index },
            },
        }
    }
}

impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Databases { city, asn } = &self.options.databases;
        f.debug_struct("Setting")
            .field("profile", &self.options.profile)
            .field("data_stream", &self.options.data_stream)
            .field("tags", &self.options.tags)
            .field("preserve_original", &self.options.preserve_original)
            .field("preserve_duplicates", &self.options.preserve_duplicates)
            .field("databases", &(city.is_some(), asn.is_some()))
            .field("framing", &self.framing)
            .finish()
    }
}
