//! A request as the simulated API notes it, and as a line from its process to that of the bench.

/// A request that was answered.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    pub kind: Kind,
    /// Where its window starts, in milliseconds since 1970.
    pub start: i64,
    /// Events in its answer.
    pub events: usize,
}

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Page,
    Count,
    Interval,
}

impl Kind {
    const ALL: [(Self, &str); 3] = [
        (Self::Page, "page"),
        (Self::Count, "count"),
        (Self::Interval, "interval"),
    ];

    fn name(self) -> &'static str {
        let found = Self::ALL.into_iter().find(|(kind, _)| *kind == self);
        found.map_or("", |(_, name)| name)
    }

    fn named(name: &str) -> Option<Self> {
        let found = Self::ALL.into_iter().find(|(_, other)| *other == name);
        found.map(|(kind, _)| kind)
    }
}

impl Call {
    /// The line.
    pub fn line(&self) -> String {
        format!("{} {} {}\n", self.kind.name(), self.start, self.events)
    }

    /// The call of a line.
    pub fn read(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        Some(Self {
            kind: Kind::named(words.next()?)?,
            start: words.next()?.parse().ok()?,
            events: words.next()?.parse().ok()?,
        })
    }
}
