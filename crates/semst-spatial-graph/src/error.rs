//! What can be wrong with coordinates, parameters and graphs.

use crate::GraphConfig;

/// The reason why a graph could not be made. Every variant carries its evidence.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GraphError {
    /// There are no spots to link.
    #[error("no spots: a graph needs at least one")]
    Empty,
    /// The coordinates are not N × 2.
    #[error("coordinates have {columns} columns, expected 2 (x, y)")]
    Dimensions {
        /// Number of columns found.
        columns: usize,
    },
    /// A coordinate is NaN or infinite.
    #[error("coordinate {axis} of spot {row} is {value}: drop the spot or repair its position")]
    Coordinate {
        /// The spot.
        row: usize,
        /// `'x'` or `'y'`.
        axis: char,
        /// What was found.
        value: f64,
    },
    /// Coordinates beyond what can be squared.
    #[error(
        "the largest coordinate is {largest:e}; it must be between 1e-18 and 1e18: change the unit of the coordinates"
    )]
    Scale {
        /// The largest coordinate without its sign.
        largest: f64,
    },
    /// A feature is NaN or infinite.
    #[error("feature {column} of spot {row} is {value}")]
    Feature {
        /// The spot.
        row: usize,
        /// The feature.
        column: usize,
        /// What was found.
        value: f32,
    },
    /// Fewer spots than requested neighbours.
    #[error("{k} neighbours of each spot need at least {} spots, got {n}: lower k", k + 1)]
    TooFewSpots {
        /// Number of spots.
        n: usize,
        /// Requested neighbours.
        k: usize,
    },
    /// More spots than a 32-bit index can address.
    #[error("{n} spots are more than the 2^32 - 1 that a graph can hold")]
    TooManySpots {
        /// Number of spots.
        n: usize,
    },
    /// The radius is so small that no spot has a neighbour.
    #[error(
        "radius {radius} leaves all {n} spots without a neighbour: the median distance to the nearest is {median}, try {suggestion}"
    )]
    AllIsolated {
        /// The requested radius.
        radius: f64,
        /// Number of spots.
        n: usize,
        /// Median distance to the nearest neighbour.
        median: f64,
        /// A radius that would link direct neighbours: 1.3 times the median.
        suggestion: f64,
    },
    /// The radius is so large that spots have more links than any method uses.
    #[error(
        "radius {radius} gives {links} links per spot, more than {most}: the median distance to the nearest spot is {median}, try {suggestion}, and check that the radius is in the unit of the coordinates"
    )]
    TooManyLinks {
        /// The requested radius.
        radius: f64,
        /// Mean links per spot, in a sample.
        links: f64,
        /// The largest allowed number.
        most: f64,
        /// Median distance to the nearest neighbour.
        median: f64,
        /// A radius that would link direct neighbours: 1.3 times the median.
        suggestion: f64,
    },
    /// No threshold of the search meets both bounds.
    #[error(
        "no distance from {start} to {stop} gives every spot more than {min_degree} and some spot more than {max_degree} neighbours: \
         the coordinates may be in another unit (median distance to the nearest {median}); use a k-nearest-neighbour graph"
    )]
    NoThreshold {
        /// First threshold tried.
        start: f64,
        /// End of the search.
        stop: f64,
        /// Bound that the smallest degree must exceed.
        min_degree: usize,
        /// Bound that the largest degree must exceed.
        max_degree: usize,
        /// Median distance to the nearest neighbour.
        median: f64,
    },
    /// A parameter is out of its range.
    #[error("{field} is {value}, must be {bound}")]
    Parameter {
        /// Its name.
        field: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        bound: &'static str,
    },
    /// Two parts of a graph do not fit together.
    #[error("{what} has length {got}, expected {expected}")]
    Length {
        /// Which part.
        what: &'static str,
        /// Its length.
        got: usize,
        /// The length that fits.
        expected: usize,
    },
    /// The row pointers do not start at zero, or decrease.
    #[error("row pointer {row} is {value}, below the one before it or not zero at the start")]
    RowPointer {
        /// Position in `indptr`.
        row: usize,
        /// The value found.
        value: usize,
    },
    /// A link goes to a spot that does not exist.
    #[error("row {row} links to spot {index}, but there are {n}")]
    OutOfRange {
        /// The row.
        row: usize,
        /// The neighbour.
        index: usize,
        /// Number of spots.
        n: usize,
    },
    /// The neighbours of a row are not in strictly ascending order.
    #[error(
        "row {row} names spot {index} twice or out of order: sort each row and merge duplicates"
    )]
    Unsorted {
        /// The row.
        row: usize,
        /// The first neighbour that is out of place.
        index: u32,
    },
    /// A weight or a distance is NaN, infinite, or (a distance) negative.
    #[error("{what} of the link {row} -> {index} is {value}")]
    Value {
        /// `"weight"` or `"distance"`.
        what: &'static str,
        /// The row.
        row: usize,
        /// The neighbour.
        index: u32,
        /// What was found.
        value: f32,
    },
    /// A step needs distances and the graph has none.
    #[error("{step} needs link distances, and this graph carries none")]
    NoDistances {
        /// The step.
        step: &'static str,
    },
    /// A list of spots contains one twice.
    #[error("spot {index} is named twice in the selection")]
    Repeated {
        /// The spot.
        index: usize,
    },
    /// The diffusion of features did not converge.
    #[error(
        "diffusion did not converge: residual {residual:e} after {iterations} steps; lower the strength, or check for extreme features"
    )]
    NotConverged {
        /// Steps taken.
        iterations: usize,
        /// Largest residual of a column, relative to the column.
        residual: f64,
    },
    /// An unknown name of a builder.
    #[error("no graph is called `{name}`: choose {known}")]
    Unknown {
        /// The name that was given.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// Weights that were not read with the slide.
    #[error("`{key}` is not in the obsp that was read; keys that are there: {known}")]
    MissingKey {
        /// The key in `obsp`.
        key: String,
        /// The keys that were read.
        known: String,
    },
    /// An error of a configuration that no single field explains, or the message of a third-party builder.
    #[error("{reason}")]
    Config {
        /// The reason, and what to change.
        reason: String,
    },
    /// The search structure could not be built.
    #[error("the {structure} could not be built: {reason}")]
    Structure {
        /// Which one.
        structure: &'static str,
        /// Its message.
        reason: String,
    },
}

impl GraphError {
    /// An error for an unknown short form of a configuration.
    pub fn unknown<C: GraphConfig>(name: &str) -> Self {
        let known = match C::names() {
            [] => String::new(),
            [one] => (*one).into(),
            [first @ .., last] => format!("{} or {last}", first.join(", ")),
        };
        Self::Unknown {
            name: name.into(),
            known,
        }
    }
}
