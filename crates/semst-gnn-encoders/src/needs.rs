//! The parts of a slide that an encoder needs.

/// Parts of a slide that are made or read only for encoders that need them ([`crate::EncoderConfig::needs`]).
///
/// Features and the spatial graph are always available.
///
/// # Examples
/// ```
/// use semst_gnn_encoders::Needs;
///
/// let needs = Needs::new().with_expression_graph().with_obsm("image_features");
/// assert!(needs.expression_graph && !needs.counts);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Needs {
    /// Links between spots of similar expression.
    pub expression_graph: bool,
    /// Coordinates of the spots.
    pub coordinates: bool,
    /// Raw counts of all genes.
    pub counts: bool,
    /// Values that are counts: the loss is a likelihood of counts.
    pub count_loss: bool,
    /// Keys of arrays in the file's `obsm`, such as the image features that squidpy writes.
    pub obsm: Vec<String>,
}

impl Needs {
    /// Only features and the spatial graph.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the expression graph.
    pub fn with_expression_graph(mut self) -> Self {
        self.expression_graph = true;
        self
    }

    /// Adds coordinates.
    pub fn with_coordinates(mut self) -> Self {
        self.coordinates = true;
        self
    }

    /// Adds a loss that needs counts, so that log-normalised values are refused.
    pub fn with_count_loss(mut self) -> Self {
        self.count_loss = true;
        self
    }

    /// Adds raw counts.
    pub fn with_counts(mut self) -> Self {
        (self.counts, self.count_loss) = (true, true);
        self
    }

    /// Adds an array of the file's `obsm`.
    pub fn with_obsm(mut self, key: impl Into<String>) -> Self {
        self.obsm.push(key.into());
        self
    }
}
