//! Every open question about the API as a choice (`docs/insights-api.md` section 12), so that both answers can be played.

use crate::samples::http::Script;
use crate::samples::instant::{self, Nanos};
use crate::samples::tenant::fault::Fault;

/// A doubtful request: refused with 400, or answered as if it were nothing special.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// 400 with a message.
    Refused,
    /// 200.
    Answered,
}

/// U1: the event exactly at `end_time`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Inclusive,
    Exclusive,
}

/// U3: how instants are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Event and bounds truncated to milliseconds.
    Milliseconds,
    Nanoseconds,
}

/// U4: which of the two names is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertNames {
    Both,
    OnlyAlerts,
    OnlyAlert,
}

/// U8: the page size in effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cap {
    AsAsked,
    /// At most this many on every page.
    Fixed(usize),
    /// At most this many on the first page, the second, …; the last one lasts.
    Changing(Vec<usize>),
}

/// U9: how long a cursor is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CursorLife {
    Forever,
    /// Until this many further page requests were answered.
    Requests(usize),
}

/// U10: the cursor header of an empty page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmptyPageCursor {
    Repeated,
    Absent,
}

/// U11: what happens with a start before what the tenant keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retention {
    Unlimited,
    /// Older events are not there, nothing says so.
    Hidden(Nanos),
    /// 402.
    Refused(Nanos),
}

/// U13: what the count says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    Exact,
    /// Off by this many.
    Off(i64),
}

/// U24: where the list of `/events/distinct` stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DistinctList {
    /// Under `buckets`.
    Buckets,
    /// Under the field's name.
    FieldName,
}

/// Which buckets `/events/interval` lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmptyBuckets {
    /// All from the first to the last that holds an event.
    Listed,
    /// Only those that hold one.
    LeftOut,
}

/// U14: how the body travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Identity,
    Chunked,
    /// Gzip where the client accepts it.
    Gzip,
    GzipChunked,
}

/// White space in the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    Compact,
    /// A new line after every brace, comma and colon.
    Indented,
}

/// U25: the order inside one millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ties {
    ByNanosecond,
    /// By an engine id that has nothing to do with time.
    Arbitrary,
}

/// U26: what a proxy leaves of the headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Headers {
    Complete,
    /// `X-Search_after` is dropped.
    NoUnderscore,
    /// `X-Search-After` instead.
    Dashed,
    /// `X-Result-Count` is dropped.
    NoCount,
    /// `X-Limit` is dropped.
    NoLimit,
    /// Only lower-case names.
    LowerCase,
}

/// U18: a search value with capitals; stored values are in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capitals {
    MatchNothing,
    Match,
}

/// What becomes of `search_term` and `q`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filtering {
    Heeded,
    /// As an API does that knows them under other names by now: all events come.
    Ignored,
}

/// U22: which of several `x-org-id` headers are heeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Organizations {
    Merged,
    First,
    Last,
}

/// How the cursor is spelled; it must come back as it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CursorSpelling {
    /// `[1576181718000,"DZrPyW8BNsa9iKWoOm7h"]`
    Plain,
    /// The same with an exponent, more digits than a double has, a blank and an escape.
    Awkward,
}

/// How the tenant behaves; the default answers every question as the documentation suggests.
#[derive(Clone, Debug)]
pub struct Behaviour {
    /// The key that is accepted.
    pub key: String,
    /// Accepted service accounts as `id:secret`.
    pub client: String,
    /// Page requests a token is good for before a 401.
    pub token_life: usize,
    /// U23: a bearer token needs `x-org-id`.
    pub token_needs_organization: bool,
    /// The tenant's present; events of later instants exist all the same.
    pub now: Nanos,
    pub end: End,
    /// U2
    pub empty_window: Doubt,
    pub precision: Precision,
    pub alert_names: AlertNames,
    /// U5
    pub unknown_service: Doubt,
    /// U6
    pub future_start: Doubt,
    /// U7
    pub large_limit: Doubt,
    pub cap: Cap,
    /// U12: a service that `all` leaves out, and a query by its name finds.
    pub missing_in_all: Option<&'static str>,
    pub cursor_life: CursorLife,
    pub empty_page_cursor: EmptyPageCursor,
    pub retention: Retention,
    pub count: Count,
    pub distinct_list: DistinctList,
    /// How many values `/events/distinct` lists at most.
    pub distinct_most: usize,
    pub empty_buckets: EmptyBuckets,
    pub encoding: Encoding,
    pub layout: Layout,
    /// U19
    pub unknown_key: Doubt,
    pub capitals: Capitals,
    pub filtering: Filtering,
    /// U27
    pub invalid_filter: Doubt,
    /// What the key may read; an empty list means one organization, whose id nobody need name.
    pub portal: Vec<String>,
    pub organizations: Organizations,
    pub ties: Ties,
    pub headers: Headers,
    pub cursor_spelling: CursorSpelling,
    /// Every query for pages whose window holds this instant is answered with 500, whatever else it asks for.
    pub broken_at: Option<Nanos>,
    /// Deviations by number of the page request, from 1.
    pub pages: Script<Fault>,
    /// Deviations by number of the count request.
    pub counts: Script<Fault>,
    /// Deviations by number of the request for values.
    pub distincts: Script<Fault>,
    /// Deviations by number of the request for times.
    pub intervals: Script<Fault>,
    /// Deviations by number of the token request.
    pub tokens: Script<Fault>,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            key: "simulated-administrator-key".to_owned(),
            client: "simulated-client:simulated-secret".to_owned(),
            token_life: usize::MAX,
            token_needs_organization: false,
            now: instant::now(),
            end: End::Inclusive,
            empty_window: Doubt::Refused,
            precision: Precision::Milliseconds,
            alert_names: AlertNames::Both,
            unknown_service: Doubt::Refused,
            future_start: Doubt::Refused,
            large_limit: Doubt::Answered,
            cap: Cap::AsAsked,
            missing_in_all: None,
            cursor_life: CursorLife::Forever,
            empty_page_cursor: EmptyPageCursor::Repeated,
            retention: Retention::Unlimited,
            count: Count::Exact,
            distinct_list: DistinctList::Buckets,
            distinct_most: usize::MAX,
            empty_buckets: EmptyBuckets::Listed,
            encoding: Encoding::Identity,
            layout: Layout::Compact,
            unknown_key: Doubt::Answered,
            capitals: Capitals::MatchNothing,
            filtering: Filtering::Heeded,
            invalid_filter: Doubt::Refused,
            portal: Vec::new(),
            organizations: Organizations::Merged,
            ties: Ties::ByNanosecond,
            headers: Headers::Complete,
            cursor_spelling: CursorSpelling::Plain,
            broken_at: None,
            pages: Script::none(),
            counts: Script::none(),
            distincts: Script::none(),
            intervals: Script::none(),
            tokens: Script::none(),
        }
    }
}
