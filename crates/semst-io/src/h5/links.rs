//! Soft and external links, found in the bytes of a file: hdf5-pure passes over them, and drops them from a group that it rewrites.

use super::H5File;

/// The largest distance of a link from the start of its block of a fractal heap.
const HEAP_BLOCK: usize = 1 << 16;

/// The longest name that is taken for one.
const LONGEST: usize = 1024;

impl H5File {
    /// The name of the first soft or external link. O(bytes of the file).
    pub(crate) fn first_link(&self) -> Option<String> {
        first_link(self.file.as_bytes())
    }
}

fn first_link(bytes: &[u8]) -> Option<String> {
    let (mut heap, mut node) = (None, 0);
    for at in 0..bytes.len().saturating_sub(8) {
        match bytes[at] {
            // Nodes do not overlap. Their beginnings may, in a file that is made to be slow.
            b'S' if at >= node && bytes[at..].starts_with(b"SNOD\x01\0") => {
                let entries = entries(&bytes[at..]);
                if entries.clone().any(is_soft) {
                    return Some("a soft link".into());
                }
                node = at + 40 * entries.len();
            }
            b'F' if bytes[at..].starts_with(b"FHDB\0") => heap = Some(at),
            1 => {
                let in_heap = heap.is_some_and(|heap| at - heap < HEAP_BLOCK);
                if (in_heap || in_header(bytes, at))
                    && let Some(name) = link_name(&bytes[at..])
                {
                    return Some(format!("the link `{name}`"));
                }
            }
            _ => {}
        }
    }
    None
}

/// The entries of a node of a symbol table: members of a group of the old kind.
fn entries(node: &[u8]) -> impl ExactSizeIterator<Item = &[u8]> + Clone {
    let count = usize::from(u16::from_le_bytes([node[6], node[7]]));
    node[8..].chunks_exact(40).take(count)
}

/// Whether an entry is a soft link.
fn is_soft(entry: &[u8]) -> bool {
    entry[16..20] == [2, 0, 0, 0]
}

/// Whether a message of the type 6, link, may begin here in an object header of either version.
fn in_header(bytes: &[u8], at: usize) -> bool {
    let old = at >= 8 && bytes[at - 8..at - 6] == [6, 0] && bytes[at - 3..at] == [0, 0, 0];
    let new = at >= 4 && bytes[at - 4] == 6;
    // With the order in which messages were made.
    let ordered = at >= 6 && bytes[at - 6] == 6;
    old || new || ordered
}

/// The name of the soft or external link that a message holds, if it is one in all its parts.
fn link_name(message: &[u8]) -> Option<&str> {
    let flags = *message.get(1)?;
    if flags & 0xe0 != 0 || flags & 8 == 0 {
        return None;
    }
    let kind = *message.get(2)?;
    let mut rest = message.get(3..)?;
    if flags & 4 != 0 {
        rest = rest.get(8..)?;
    }
    if flags & 16 != 0 {
        if *rest.first()? > 1 {
            return None;
        }
        rest = &rest[1..];
    }
    let width = 1 << (flags & 3);
    let mut length = [0; 8];
    length[..width].copy_from_slice(rest.get(..width)?);
    let length = usize::try_from(u64::from_le_bytes(length)).ok()?;
    if length > LONGEST {
        return None;
    }
    let (name, rest) = rest.get(width..)?.split_at_checked(length)?;
    let size = usize::from(u16::from_le_bytes([*rest.first()?, *rest.get(1)?]));
    let target = rest.get(2..2 + size)?;
    let leads = match kind {
        1 => is_name(target),
        64 => {
            let (version, parts) = target.split_first()?;
            let mut parts = parts.strip_suffix(b"\0")?.splitn(2, |&byte| byte == 0);
            *version == 0 && parts.next().is_some_and(is_name) && parts.next().is_some_and(is_name)
        }
        _ => false,
    };
    let name = std::str::from_utf8(name).ok()?;
    (leads && is_name(name.as_bytes()) && !name.contains('/')).then_some(name)
}

fn is_name(bytes: &[u8]) -> bool {
    let text = std::str::from_utf8(bytes);
    text.is_ok_and(|text| !text.is_empty() && !text.contains(|c: char| c.is_control()))
}

#[cfg(test)]
mod tests {
    use super::first_link;

    /// A soft link as HDF5 1.8 and later write it: version, flags, kind, length of the name, name, length of the target, target.
    const SOFT: &[u8] = b"\x01\x08\x01\x04link\x01\x00/";

    #[test]
    fn a_link_is_found_in_a_header_and_in_a_heap_only() {
        let old = [b"\x06\0\x10\0\0\0\0\0", SOFT].concat();
        let new = [b"\x06\x0b\0\0", SOFT].concat();
        let heap = [b"FHDB\0", &[0; 30][..], SOFT].concat();
        for message in [old, new, heap] {
            let bytes = [&[0; 16][..], &message, &[0; 16]].concat();
            assert_eq!(first_link(&bytes).as_deref(), Some("the link `link`"));
        }
        assert_eq!(first_link(&[&[0; 16], SOFT, &[0; 16]].concat()), None);
        assert_eq!(first_link(b"SNOD\x01\0"), None);
    }

    /// Compressed data, and small numbers as counts are.
    #[test]
    fn data_hold_no_link() {
        let mut state = 1_u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 56) as u8
        };
        let any: Vec<u8> = (0..1 << 21).map(|_| next()).collect();
        assert_eq!(first_link(&any), None);
        let small: Vec<u8> = any.iter().map(|byte| byte % 9).collect();
        assert_eq!(first_link(&small), None);
        let mut heap = b"FHDB\0".to_vec();
        heap.extend(any);
        assert_eq!(first_link(&heap), None);
    }
}
