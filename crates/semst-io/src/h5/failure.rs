//! What an error of the HDF5 reader means to a user.

use std::path::Path;

use hdf5_pure::{Error, FormatError};

use crate::error::IoError;

/// The newest version of any part of the format for which an error names a newer HDF5, and not damage.
const NEWEST: u8 = 8;

pub(super) fn damaged(path: &Path, slot: &str, error: &Error) -> IoError {
    let malformed = |detail: String| IoError::Malformed {
        path: path.into(),
        slot: slot.into(),
        detail,
    };
    match error {
        Error::Io(source) if source.raw_os_error().is_some() => IoError::Read {
            path: path.into(),
            source: std::io::Error::new(source.kind(), source.to_string()),
        },
        Error::Format(FormatError::UnsupportedFilter(filter)) => IoError::Compression {
            path: path.into(),
            slot: slot.into(),
            filter: *filter,
        },
        Error::Format(
            FormatError::UnsupportedVirtualLayout | FormatError::UnsupportedExternalStorage,
        ) => malformed(
            "keeps its values in other files, which semst does not follow; save it again with anndata's `write_h5ad`".into(),
        ),
        Error::Format(FormatError::NestingDepthExceeded) => malformed(
            "holds groups nested too deeply, or hard links that lead to one group over and over; remove it and try again".into(),
        ),
        other if is_unsupported(other) => malformed(format!(
            "is stored in a way of HDF5 that semst cannot read ({}); save it again with anndata's `write_h5ad`",
            one_line(other)
        )),
        other => IoError::Damaged {
            path: path.into(),
            slot: slot.into(),
            detail: one_line(other),
        },
    }
}

/// Whether a file may be valid, but newer or richer than the reader.
fn is_unsupported(error: &Error) -> bool {
    let Error::Format(error) = error else {
        return false;
    };
    match error {
        FormatError::UnsupportedVersion(version)
        | FormatError::InvalidObjectHeaderVersion(version)
        | FormatError::InvalidDataspaceVersion(version)
        | FormatError::InvalidLayoutVersion(version)
        | FormatError::InvalidChunkIndexType(version)
        | FormatError::InvalidLinkVersion(version)
        | FormatError::InvalidLinkInfoVersion(version)
        | FormatError::InvalidAttributeVersion(version)
        | FormatError::InvalidAttributeInfoVersion(version)
        | FormatError::InvalidFilterPipelineVersion(version)
        | FormatError::UnsupportedFileSpaceInfoVersion(version)
        | FormatError::UnsupportedFillValueVersion(version)
        | FormatError::InvalidFractalHeapVersion(version)
        | FormatError::InvalidSharedMessageVersion(version)
        | FormatError::InvalidSohmTableVersion(version) => (1..=NEWEST).contains(version),
        FormatError::InvalidDatatypeVersion { version, .. } => (1..=NEWEST).contains(version),
        FormatError::UnsupportedMessage(_)
        | FormatError::UnsupportedFilteredHeapObject
        | FormatError::UnsupportedSohmReference
        | FormatError::UnsupportedZfp(_) => true,
        // The reader has no kind of its own for this one.
        FormatError::ChunkedReadError(text) => text.contains("version 2 B-tree"),
        _ => false,
    }
}

fn one_line(error: &Error) -> String {
    error.to_string().replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use hdf5_pure::{Error, FormatError};

    fn said(error: FormatError) -> String {
        super::damaged(Path::new("a.h5ad"), "X/data", &Error::Format(error)).to_string()
    }

    #[test]
    fn a_foreign_compression_is_no_damage() {
        assert_eq!(
            said(FormatError::UnsupportedFilter(32015)),
            "a.h5ad is compressed at `X/data` by the HDF5 filter 32015, which semst cannot read; \
             save it again with anndata's `write_h5ad(path, compression=\"gzip\")`"
        );
    }

    #[test]
    fn a_newer_format_is_no_damage() {
        let tree = "a version 2 B-tree chunk index cannot be enumerated";
        for error in [
            FormatError::InvalidLayoutVersion(5),
            FormatError::UnsupportedVersion(4),
            FormatError::ChunkedReadError(tree.into()),
        ] {
            let said = said(error);
            assert!(said.contains("is stored in a way of HDF5 that semst cannot read"));
            assert!(!said.contains("damaged"), "{said}");
        }
        assert!(said(FormatError::InvalidLayoutVersion(177)).contains("damaged"));
    }
}
