//! Whether one file holds all that another holds, as the bytes that are stored.

use std::collections::HashSet;
use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use hdf5_pure::{Dataset, Datatype, Error, File, Group, Layout};

/// Bytes compared at a time.
const PART: u64 = 1 << 20;

/// A file whose objects and bytes are compared.
struct Side {
    file: File,
    bytes: fs::File,
}

/// Why `copy` does not stand for `original`; `None` where both hold the same objects with the same types, shapes, chunks, filters,
/// attributes and stored values. Groups must not be nested without end.
pub(crate) fn difference(original: &Path, copy: &Path) -> Result<Option<String>, Error> {
    let open = |path: &Path| -> Result<Side, Error> {
        Ok(Side {
            file: File::open_streaming(path)?,
            bytes: fs::File::open(path).map_err(Error::Io)?,
        })
    };
    let mut sides = (open(original)?, open(copy)?);
    let roots = (sides.0.file.root(), sides.1.file.root());
    let mut places = HashSet::new();
    in_groups("", roots, &mut sides, &mut places)
}

fn in_groups(
    path: &str,
    (ours, theirs): (Group, Group),
    sides: &mut (Side, Side),
    places: &mut HashSet<u64>,
) -> Result<Option<String>, Error> {
    let differs = |what: &str| Ok(Some(format!("{what} of `{path}/` would change")));
    if ours.attrs()? != theirs.attrs()? || ours.attr_datatypes()? != theirs.attr_datatypes()? {
        return differs("attributes");
    }
    let (mut names, mut others) = (ours.named_datatypes()?, theirs.named_datatypes()?);
    names.sort_unstable();
    others.sort_unstable();
    if names != others {
        return differs("named types");
    }
    let members = (
        ours.iter_datasets()?.collect(),
        theirs.iter_datasets()?.collect(),
    );
    let members = match pairs(path, "members", members) {
        Ok(members) => members,
        Err(why) => return Ok(Some(why)),
    };
    for (slot, ours, theirs) in members {
        if let Some(what) = in_datasets((&ours, &theirs), sides, places)? {
            return Ok(Some(format!("{what} of `{slot}` would change")));
        }
    }
    let groups = (
        ours.iter_groups()?.collect(),
        theirs.iter_groups()?.collect(),
    );
    let groups = match pairs(path, "groups", groups) {
        Ok(groups) => groups,
        Err(why) => return Ok(Some(why)),
    };
    for (slot, ours, theirs) in groups {
        let found = in_groups(&slot, (ours, theirs), sides, places)?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Groups or data sets by name.
type Members<T> = Vec<(String, T)>;

/// The members of both sides with their path, in pairs by name.
///
/// # Errors
/// The reason why they are not the same names.
fn pairs<T>(
    path: &str,
    kind: &str,
    (mut ours, mut theirs): (Members<T>, Members<T>),
) -> Result<Vec<(String, T, T)>, String> {
    if ours.len() != theirs.len() {
        return Err(format!("{kind} of `{path}/` would change"));
    }
    ours.sort_by(|a, b| a.0.cmp(&b.0));
    theirs.sort_by(|a, b| a.0.cmp(&b.0));
    let both = ours.into_iter().zip(theirs);
    both.map(|((name, one), (other, two))| {
        let slot = format!("{path}/{name}");
        match name == other {
            true => Ok((slot, one, two)),
            false => Err(format!("`{slot}` would be lost")),
        }
    })
    .collect()
}

/// What differs between two data sets.
fn in_datasets(
    (ours, theirs): (&Dataset, &Dataset),
    sides: &mut (Side, Side),
    places: &mut HashSet<u64>,
) -> Result<Option<&'static str>, Error> {
    if ours.datatype()? != theirs.datatype()? {
        return Ok(Some("the type"));
    }
    if ours.shape()? != theirs.shape()? || ours.maxshape()? != theirs.maxshape()? {
        return Ok(Some("the shape"));
    }
    if ours.attrs()? != theirs.attrs()? || ours.attr_datatypes()? != theirs.attr_datatypes()? {
        return Ok(Some("attributes"));
    }
    if ours.filter_pipeline() != theirs.filter_pipeline()
        || ours.chunk_shape()? != theirs.chunk_shape()?
    {
        return Ok(Some("the chunks"));
    }
    // Values of other lengths stand elsewhere in the file: an address differs, and the text does not.
    if holds_addresses(&ours.datatype()?) {
        let same = match ours.read_string() {
            Ok(texts) => texts == theirs.read_string()?,
            Err(_) => true,
        };
        return Ok((!same).then_some("texts"));
    }
    let (a, b) = match (blocks(ours)?, blocks(theirs)?) {
        (Some(a), Some(b)) => (a, b),
        _ => return Ok((ours.read_raw()? != theirs.read_raw()?).then_some("values")),
    };
    if a.iter().any(|block| !places.insert(block.0)) {
        return Ok(Some("a hard link"));
    }
    if a.len() != b.len() {
        return Ok(Some("the chunks"));
    }
    for (&(at, size), &(to, other)) in a.iter().zip(&b) {
        if size != other || !same_bytes(sides, at, to, size).map_err(Error::Io)? {
            return Ok(Some("values"));
        }
    }
    Ok(None)
}

fn holds_addresses(kind: &Datatype) -> bool {
    let text = format!("{kind:?}");
    text.contains("VariableLength") || text.contains("Reference")
}

/// Where the values of a data set stand: address and size, in the order of the chunks; `None` for values in its header.
fn blocks(dataset: &Dataset) -> Result<Option<Vec<(u64, u64)>>, Error> {
    Ok(match dataset.layout()? {
        Layout::Contiguous { address, size } => {
            Some(address.map(|at| (at, size)).into_iter().collect())
        }
        Layout::Chunked { .. } => {
            let mut chunks = dataset.chunks()?;
            chunks.sort_by(|a, b| a.offset.cmp(&b.offset));
            let place = |c: &hdf5_pure::Chunk| (c.address, c.storage_size);
            Some(chunks.iter().map(place).collect())
        }
        _ => None,
    })
}

fn same_bytes(sides: &mut (Side, Side), at: u64, to: u64, size: u64) -> std::io::Result<bool> {
    sides.0.bytes.seek(SeekFrom::Start(at))?;
    sides.1.bytes.seek(SeekFrom::Start(to))?;
    let (mut a, mut b) = (Vec::new(), Vec::new());
    let mut left = size;
    while left > 0 {
        let part = left.min(PART);
        a.clear();
        b.clear();
        (&mut sides.0.bytes).take(part).read_to_end(&mut a)?;
        (&mut sides.1.bytes).take(part).read_to_end(&mut b)?;
        if a != b {
            return Ok(false);
        }
        left -= part;
    }
    Ok(true)
}
