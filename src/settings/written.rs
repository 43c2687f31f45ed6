//! The job file as written: texts with their places, nothing decided yet.
//!
//! Every value is kept as text because any of them may be a `${NAME}` of the environment. Keys nobody knows are gathered,
//! not refused at the first one, so that one reading finds all of them.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_saphyr::Spanned;

/// A text and where it stands.
pub type Text = Spanned<String>;

/// A mapping with free keys, in the order written.
#[derive(Debug)]
pub struct Entries<T>(pub Vec<(Text, T)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor(PhantomData))
    }
}

struct EntriesVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for EntriesVisitor<T> {
    type Value = Entries<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Entries(entries))
    }
}

/// A mapping with fixed keys, all optional as far as reading goes.
macro_rules! section {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub struct $name {
            $(pub $field: Option<$type>,)*
            /// Keys that mean nothing here.
            pub unknown: Vec<Text>,
        }

        impl $name {
            /// The keys that mean something here.
            pub const KEYS: &[&str] = &[$(stringify!($field)),*];
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Keys;
                impl<'de> Visitor<'de> for Keys {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a mapping")
                    }

                    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<$name, A::Error> {
                        let mut section = $name::default();
                        while let Some(key) = map.next_key::<Text>()? {
                            match key.value.as_str() {
                                $(stringify!($field) => section.$field = map.next_value()?,)*
                                _ => {
                                    map.next_value::<IgnoredAny>()?;
                                    section.unknown.push(key);
                                }
                            }
                        }
                        Ok(section)
                    }
                }
                deserializer.deserialize_map(Keys)
            }
        }
    };
}

section! {
    /// The whole file.
    RawJob {
        relance: Text,
        portfolio: Entries<Text>,
        rules: Text,
        out: Text,
        reporting_currency: Text,
        fx: Text,
        columns: Entries<Entries<Text>>,
        floats: Entries<Entries<Text>>,
        unallocated: Text,
        imputation: Text,
        dispute_stops_interest: Text,
        insolvency_stop: Text,
        promise_grace_days: Text,
        aging: Vec<Text>,
        duplicates: Text,
        rejects: RawRejects,
        control_totals: Text,
        kpis: RawKpis,
    }
}

section! {
    /// `rejects:`.
    RawRejects {
        fail_above: Text,
    }
}

section! {
    /// `kpis:`.
    RawKpis {
        scopes: Vec<Text>,
        months: Text,
    }
}
