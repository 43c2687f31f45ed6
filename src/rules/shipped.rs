//! The policy packs that come with the program: what `relance init` writes, and where to look for a regime or series a pack does not have.

/// A policy pack, its tests among its files.
#[derive(Debug, Clone, Copy)]
pub struct Shipped {
    /// The folder under `rules/`.
    pub name: &'static str,
    /// Whom it is for.
    pub about: &'static str,
    /// Names within the folder, and what is in them.
    pub files: &'static [(&'static str, &'static str)],
}

/// The files of a pack in `rules/`.
macro_rules! files {
    ($pack:literal: $($file:literal),*) => {
        &[$(($file, include_str!(concat!("../../rules/", $pack, "/", $file)))),*]
    };
}

/// All packs; `relance init` writes the first one where none is named.
pub const PACKS: &[Shipped] = &[
    Shipped {
        name: "fr-b2b",
        about: "France, between businesses and for public buyers",
        files: files!("fr-b2b": "dictionary.yaml", "segmentation.yaml", "escalation.yaml", "proposals.yaml", "rates.yaml", "proposals.test.yaml", "escalation.test.yaml", "limits.test.yaml", "contact.test.yaml", "segmentation.test.yaml", "tasks.test.yaml", "arrangements.test.yaml", "changes.test.yaml"),
    },
    Shipped {
        name: "uk-b2b",
        about: "the United Kingdom, between businesses",
        files: files!("uk-b2b": "dictionary.yaml", "segmentation.yaml", "escalation.yaml", "proposals.yaml", "rates.yaml", "escalation.test.yaml", "limits.test.yaml", "proposals.test.yaml", "segmentation.test.yaml", "tasks.test.yaml", "changes.test.yaml"),
    },
    Shipped {
        name: "eu-b2b",
        about: "the European Union, between businesses, where there is no better",
        files: files!("eu-b2b": "dictionary.yaml", "segmentation.yaml", "escalation.yaml", "proposals.yaml", "rates.yaml", "rates-consumers.yaml", "README.md", "pack.test.yaml", "proposals.test.yaml", "tasks.test.yaml", "changes.test.yaml"),
    },
    Shipped {
        name: "fr-consumer",
        about: "France, consumers",
        files: files!("fr-consumer": "dictionary.yaml", "segmentation.yaml", "escalation.yaml", "proposals.yaml", "rates.yaml", "README.md", "pack.test.yaml", "proposals.test.yaml", "tasks.test.yaml", "changes.test.yaml"),
    },
    Shipped {
        name: "us-consumer",
        about: "the United States, consumers (Regulation F)",
        files: files!("us-consumer": "dictionary.yaml", "segmentation.yaml", "escalation.yaml", "proposals.yaml", "rates.yaml", "README.md", "pack.test.yaml", "proposals.test.yaml", "tasks.test.yaml", "changes.test.yaml"),
    },
];

impl Shipped {
    /// The pack of a name.
    pub fn named(name: &str) -> Option<&'static Shipped> {
        PACKS.iter().find(|pack| pack.name == name)
    }
}

/// Something of a rate file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Regime,
    Series,
}

impl Kind {
    fn key(self) -> &'static str {
        match self {
            Kind::Regime => "regime",
            Kind::Series => "series",
        }
    }
}

/// The first pack that defines a regime or series of that name, and the file it is in.
pub fn defined_in(kind: Kind, name: &str) -> Option<(&'static Shipped, &'static str)> {
    let all = PACKS.iter().flat_map(|pack| pack.files.iter().map(move |(file, text)| (pack, *file, *text)));
    all.filter(|(_, file, _)| file.starts_with("rates"))
        .find(|(_, _, text)| definitions(kind, text).any(|own| own == name))
        .map(|(pack, file, _)| (pack, file))
}

/// How to get a regime or series that a shipped pack has; nothing where none has it.
pub fn how_to_get(kind: Kind, name: &str) -> Option<String> {
    let (pack, file) = defined_in(kind, name)?;
    let pack = pack.name;
    Some(format!("the shipped pack {pack} has it in {file}: relance init --pack {pack} writes that pack into rules/{pack}, to copy from"))
}

/// Names of all regimes or series of all packs.
pub fn names(kind: Kind) -> impl Iterator<Item = &'static str> {
    let files = PACKS.iter().flat_map(|pack| pack.files).filter(|(file, _)| file.starts_with("rates"));
    files.flat_map(move |(_, text)| definitions(kind, text))
}

fn definitions(kind: Kind, text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines()
        .filter_map(move |line| line.trim_start().strip_prefix("- ")?.strip_prefix(kind.key())?.strip_prefix(": ").map(str::trim_end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regimes_and_series_are_found_where_they_are_defined() {
        let at = |kind, name| defined_in(kind, name).map(|(pack, file)| (pack.name, file));
        let cases = [
            (Kind::Regime, "UK_B2B", Some(("uk-b2b", "rates.yaml"))),
            (Kind::Regime, "DE_B2C", Some(("eu-b2b", "rates-consumers.yaml"))),
            (Kind::Regime, "boe_bank_rate", None),
            (Kind::Series, "boe_bank_rate", Some(("uk-b2b", "rates.yaml"))),
            (Kind::Series, "ecb_main_refinancing", Some(("fr-b2b", "rates.yaml"))),
            (Kind::Regime, "UK_B2", None),
        ];
        for (kind, name, expected) in cases {
            assert_eq!(at(kind, name), expected, "{name}");
        }
        assert!(names(Kind::Regime).count() >= 11);
    }
}
