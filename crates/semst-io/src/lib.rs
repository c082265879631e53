//! Reads and writes the files of spatial transcriptomics.
//!
//! An AnnData file (`.h5ad`), a Space Ranger folder, or any format with a [`Reader`] of another crate becomes one
//! [`SpatialDataset`]. Results are written into an `.h5ad` that scanpy and squidpy open; everything in the input stays unchanged.
//!
//! ```no_run
//! use semst_io::{ReadConfig, Slots, UnsValue, read, write_h5ad};
//!
//! let (slide, _) = read("section.h5ad".as_ref(), &ReadConfig::new())?;
//! write_h5ad(&slide, "out.h5ad".as_ref(), &Slots::new().with_uns("semst", UnsValue::from("a note")))?;
//! # Ok::<(), semst_io::IoError>(())
//! ```

mod atomic;
mod atomic_folder;
mod budget;
mod contents;
mod dataset;
mod doubts;
mod draft;
mod error;
mod genes;
mod h5;
mod h5ad;
mod inspect;
mod join;
mod label_codes;
mod label_file;
mod lattice;
mod npz_writer;
mod obs;
mod platform;
mod publish;
mod read;
mod read_config;
mod reader;
mod report;
mod slide_name;
mod slots;
mod source;
mod space_ranger;
mod sparse_counts;
mod subset;
mod tissue;
mod unfinished;
mod unique_names;
mod vector_file;
mod write;

pub use atomic::{AtomicFile, write_atomically};
pub use atomic_folder::{AtomicFolder, MadeFolder};
pub use contents::{Contents, ObsKey};
pub use dataset::{CountMatrix, SpatialDataset};
pub use error::{CountDefect, IoError};
pub use genes::Genes;
pub use h5ad::H5ad;
pub use h5ad::aligned::{AlignedRows, read_aligned};
pub use h5ad::run::{RunFile, read_run, read_run_as};
pub use inspect::{CountsFound, Inspection, inspect, inspect_with};
pub use join::{Join, Joined, OutsideRows};
pub use label_codes::{LabelCodes, is_missing_label, label_codes, natural_order};
pub use label_file::{JoinedLabels, LabelColumns, LabelFile, labels_repeat};
pub use npz_writer::{NpyNumber, NpzWriter};
pub use obs::{Obs, ObsColumn};
pub use platform::{Platform, PlatformGuess, guess_platform};
pub use publish::complete_published;
pub use read::{READERS, read, read_with, reader_of};
pub use read_config::{InputIs, ReadConfig};
pub use reader::{Match, Reader};
pub use report::ReadReport;
pub use slots::{Slots, UnsValue};
pub use source::Source;
pub use space_ranger::SpaceRanger;
pub use subset::Subset;
pub use tissue::{ImageResolution, Scalefactors, TissueImage};
pub use unfinished::remove_unfinished;
pub use unique_names::make_unique;
pub use vector_file::{FEATURES, RowFile, VectorFile, VectorOutput, read_record, read_unpacked};
pub use write::{check_extendable, write_h5ad};
