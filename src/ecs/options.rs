//! What a user may choose about the documents: `docs/ecs-mapping.md`, sections 1, 7 and 9.

use std::sync::Arc;

use super::data_stream::DataStream;
use super::framing::Framing;
use super::geoip::GeoIp;

/// Which documents to make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Those of Elastic's JumpCloud integration.
    #[default]
    Elastic,
    /// The same with more fields: a strict superset.
    Extended,
}

/// What a user may choose about the documents.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The stream that the documents are for; without it they have no `data_stream` and no `event.dataset`.
    pub data_stream: Option<DataStream>,
    /// Tags for every document; Elastic's two tags mean here what the two switches below mean.
    pub tags: Vec<String>,
    /// Keep the event's text in `event.original`.
    pub preserve_original: bool,
    /// Keep the fields of `jumpcloud.event` that were copied to ECS.
    pub preserve_duplicates: bool,
    /// Which documents to make.
    pub profile: Profile,
    /// What goes out around a document.
    pub framing: Framing,
    /// The databases that know where an address is; without them there is no `geo` and no `as`.
    pub geoip: Option<Arc<GeoIp>>,
}
