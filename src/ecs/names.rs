//! Enumerations whose members have dotted field names: the members of an event that the mapping reads, the fields it writes.

/// Declares such an enumeration; the members are numbered from 0 in the order given.
macro_rules! names {
    ($(#[$about:meta])* $name:ident { $($member:ident = $text:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(super) enum $name {
            $(#[doc = $text] $member,)*
        }

        impl $name {
            /// All names, in the order of the members.
            pub(super) const NAMES: &[&str] = &[$($text,)*];
            /// All members.
            pub(super) const ALL: &[Self] = &[$(Self::$member,)*];

            /// The member's number.
            #[inline]
            pub(super) const fn number(self) -> u8 {
                self as u8
            }

            /// The member's name.
            pub(super) fn name(self) -> &'static str {
                Self::NAMES[usize::from(self.number())]
            }
        }
    };
}

pub(super) use names;
