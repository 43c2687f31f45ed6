//! The identity of a rule set: a hash of what it says, whatever its formatting, comments, order of keys and names of files.

use sha2::{Digest, Sha256};

use crate::rules::document::{Node, NodeKind};

/// SHA-256 of the trees in the given order, as lower-case hexadecimal.
pub fn hash<'n>(trees: impl Iterator<Item = &'n Node>) -> String {
    let mut digest = Sha256::new();
    for tree in trees {
        add(tree, &mut digest);
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every part is preceded by its kind and length, so that no two trees give the same bytes.
fn add(node: &Node, digest: &mut Sha256) {
    match &node.kind {
        NodeKind::Null | NodeKind::Poison => digest.update(b"n"),
        NodeKind::Scalar(scalar) => text(b's', &scalar.text, digest),
        NodeKind::Sequence(items) => {
            length(b'l', items.len(), digest);
            items.iter().for_each(|item| add(item, digest));
        }
        NodeKind::Mapping(mapping) => {
            length(b'm', mapping.entries.len(), digest);
            let mut entries: Vec<_> = mapping.entries.iter().collect();
            entries.sort_by(|one, other| one.key.cmp(&other.key));
            for entry in entries {
                text(b'k', &entry.key, digest);
                add(&entry.value, digest);
            }
        }
    }
}

/// Blanks and line breaks count as one blank each time.
fn text(kind: u8, text: &str, digest: &mut Sha256) {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    length(kind, words.len(), digest);
    digest.update(words.as_bytes());
}

fn length(kind: u8, length: usize, digest: &mut Sha256) {
    digest.update([kind]);
    digest.update(u64::try_from(length).unwrap_or(u64::MAX).to_be_bytes());
}
