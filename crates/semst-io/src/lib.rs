//! Reads and writes the files of spatial transcriptomics.
//!
//! An AnnData file (`.h5ad`), a Space Ranger folder, or any format with a [`Reader`] of another crate becomes one
//! [`SpatialDataset`]. Results are written into an `.h5ad` that scanpy and squidpy open; everything in the input stays unchanged.
//!
//! ```no_run
//! use semst_io::{ReadConfig, Slots, UnsValue, read, write_h5ad};
//!
//! let (slide, report) = read("section.h5ad".as_ref(), &ReadConfig::new())?;
//! println!("{} spots × {} genes\n{report}", slide.n_spots(), slide.n_genes());
//! let slots = Slots::new().with_uns("semst", UnsValue::from("a note"));
//! write_h5ad(&slide, "section.semst.h5ad".as_ref(), &slots)?;
//! # Ok::<(), semst_io::IoError>(())
//! ```
//!
//! A file with only normalised values is an error. Related crates: `semst-preprocess` uses the counts, `semst-spatial-graph` the
//! coordinates, `semst-report` draws what was written.

mod atomic;
mod atomic_folder;
mod contents;
mod dataset;
mod doubts;
mod draft;
mod error;
mod foreign;
mod genes;
mod h5;
mod h5ad;
mod input_is;
mod inspect;
mod label_codes;
mod labels;
mod npz_writer;
mod obs;
mod occupied;
mod platform;
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
pub use input_is::InputIs;
pub use inspect::{CountsFound, Inspection, inspect, inspect_with};
pub use label_codes::{LabelCodes, is_missing_label, label_codes, natural_order};
pub use labels::read_labels;
pub use npz_writer::{NpyNumber, NpzWriter};
pub use obs::{Obs, ObsColumn};
pub use platform::{Platform, PlatformGuess, guess_platform};
pub use read::{READERS, read, read_with, reader_of};
pub use read_config::ReadConfig;
pub use reader::{Match, Reader};
pub use report::ReadReport;
pub use slots::{Slots, UnsValue};
pub use source::Source;
pub use space_ranger::SpaceRanger;
pub use subset::Subset;
pub use tissue::{ImageResolution, Scalefactors, TissueImage};
pub use unfinished::remove_unfinished;
pub use unique_names::make_unique;
pub use vector_file::{RowFile, VectorFile, VectorOutput, read_record};
pub use write::{check_extendable, write_h5ad};
