//! One event to one ECS document, as Elastic's JumpCloud integration would map it; and the index template for it.
//!
//! Pure: the same line gives the same bytes, always. A scan of the text (`json::scan`) says where the members stand that are wanted; the
//! steps decide which field each goes to; the document is copied together from the text. Knows no clock, no file and no server.

pub mod event_types;
pub mod fields;
pub mod template;

mod address;
mod category;
mod copies;
mod data_stream;
mod draft;
mod event;
mod extended;
mod fingerprint;
mod framing;
mod geoip;
mod id;
mod layout;
mod listing;
mod location;
mod mapper;
mod names;
mod options;
mod recent;
mod source;
mod steps;
mod tags;
mod target;
mod timestamp;
mod value;

pub use data_stream::DataStream;
pub use event_types::{EventType, event_types};
pub use framing::Framing;
pub use geoip::{Database, GeoIp, Unfit};
pub use id::Id;
pub use mapper::{Mapper, NoDocument, NotAnEvent, Outcome};
pub use options::{Options, Profile};
pub use recent::{GivenId, RecentIds};
