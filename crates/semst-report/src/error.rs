//! The errors of the input of pictures and reports.

use thiserror::Error;

/// The reason why a picture or a report could not be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReportError {
    /// Two parts that belong to the same spots differ in length.
    #[error("{what} has {got} entries for {expected} spots")]
    Length {
        /// The part.
        what: &'static str,
        /// Number of spots.
        expected: usize,
        /// Its entries.
        got: usize,
    },
    /// There is no spot to draw.
    #[error("there is no spot to draw")]
    NoSpots,
    /// A coordinate is not finite.
    #[error("spot {spot} lies at ({x}, {y}); drop it before drawing")]
    NotFinite {
        /// Row of the spot.
        spot: usize,
        /// Its x.
        x: f64,
        /// Its y.
        y: f64,
    },
    /// A coordinate is too large to be drawn.
    #[error(
        "spot {spot} lies at ({x:e}, {y:e}), farther than 1e18; change the unit of the coordinates"
    )]
    TooFar {
        /// Row of the spot.
        spot: usize,
        /// Its x.
        x: f64,
        /// Its y.
        y: f64,
    },
    /// A label has no name.
    #[error("spot {spot} has label {label}, but there are {names} names")]
    Label {
        /// Row of the spot.
        spot: usize,
        /// Its label.
        label: u32,
        /// Number of names.
        names: usize,
    },
    /// The size of the tissue image does not match the number of its pixels.
    #[error(
        "the tissue image is {width} x {height} pixels, which needs {expected} bytes of RGB, but has {got}"
    )]
    Image {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// Bytes that it should have.
        expected: usize,
        /// Bytes that it has.
        got: usize,
    },
    /// The number of cells of a row differs from the number of columns.
    #[error("row {row} has {got} cells for {expected} columns")]
    Row {
        /// The row, from zero.
        row: usize,
        /// Number of columns.
        expected: usize,
        /// Number of cells.
        got: usize,
    },
    /// The picture could not be rasterised.
    #[error("cannot paint the picture: {0}")]
    Paint(String),
    /// The picture could not be encoded or decoded.
    #[error("cannot encode the picture")]
    Encode(#[from] image::ImageError),
    /// The page could not be filled in.
    #[error("cannot fill in the page")]
    Page(#[from] minijinja::Error),
    /// The parameters of a run could not be written as TOML.
    #[error("cannot write the parameters as TOML: {reason}")]
    Settings {
        /// The reason.
        reason: String,
    },
    /// A table could not be written as CSV.
    #[error("cannot write the table")]
    Csv(#[from] csv::Error),
}
