//! What can be wrong with counts and recipes.

/// The reason why counts could not be turned into features. Every variant carries its evidence.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PreprocessError {
    /// No spots or no genes.
    #[error("the matrix has {spots} spots and {genes} genes: nothing to work on")]
    Empty {
        /// Number of rows.
        spots: usize,
        /// Number of columns.
        genes: usize,
    },
    /// The matrix is compressed by columns.
    #[error("counts must be compressed by rows (CSR), got columns (CSC): convert with `to_csr`")]
    NotCsr,
    /// A value is NaN, infinite or negative.
    #[error(
        "the count of gene {gene} in spot {spot} is {value}: counts are finite and not negative"
    )]
    Value {
        /// The row.
        spot: usize,
        /// The column.
        gene: usize,
        /// What was found.
        value: f32,
    },
    /// A value is not an integer where raw counts are needed.
    #[error(
        "the value of gene {gene} in spot {spot} is {value}, which is not an integer: semst needs raw counts and these look normalised; \
         set `layer` to the matrix that holds the counts, or set `input_is` lognorm if the values are log1p of normalised counts"
    )]
    NotCounts {
        /// The row.
        spot: usize,
        /// The column.
        gene: usize,
        /// What was found.
        value: f32,
    },
    /// The filter leaves no gene.
    #[error(
        "no gene is left of {genes}: none is found in at least {min_cells} spots with {min_counts} counts; the most widespread is in {widest}: \
         set `min_cells` and `min_counts` to lower numbers"
    )]
    NoGenesLeft {
        /// Number of genes before.
        genes: usize,
        /// Requested minimum of spots.
        min_cells: usize,
        /// Requested minimum of counts.
        min_counts: f64,
        /// Spots of the most widespread gene.
        widest: usize,
    },
    /// All counts are zero.
    #[error("all counts of all {spots} spots are zero")]
    AllZero {
        /// Number of rows.
        spots: usize,
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
    /// More components than the data has dimensions.
    #[error(
        "{n_components} components need at least that many spots and features, got {spots} x {features}"
    )]
    TooManyComponents {
        /// Requested components.
        n_components: usize,
        /// Number of rows.
        spots: usize,
        /// Number of columns.
        features: usize,
    },
    /// Two lists do not have the same length.
    #[error("{what} has length {got}, expected {expected}")]
    Length {
        /// Which list.
        what: &'static str,
        /// Its length.
        got: usize,
        /// The length that fits.
        expected: usize,
    },
}
