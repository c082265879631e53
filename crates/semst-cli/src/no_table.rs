//! A slide of a species without a table of gene descriptions is run without semantics.

use crate::args::RunArgs;
use semst::io::SpatialDataset;
use semst::record::Difference;
use semst::semantics::SemanticError;
use semst::{Error, Pipeline, Plugins, Silent, SourceError};

/// A pipeline without semantics, and the line that says so, if no gene of the slide is in the table of the settings.
///
/// Semantics that the caller asked for are not replaced: there, the run fails with the reason.
pub(crate) fn without_semantics<P: Plugins>(
    pipeline: &Pipeline<P>,
    slide: &SpatialDataset,
    args: &RunArgs,
) -> Result<Option<(Pipeline<P>, Difference)>, Error> {
    let asked = args.semantics.is_some() || args.modulator.is_some() || args.config.is_some();
    // The names of the genes decide, so that one spot is enough.
    let Some(spot) = (!asked).then(|| slide.select_spots(&[0]).ok()).flatten() else {
        return Ok(None);
    };
    match pipeline.semantics(&spot, &mut Silent) {
        Err(Error::Semantics(SourceError::Semantics(
            error @ SemanticError::NoGeneFound { .. },
        ))) => {
            let config = pipeline.config().clone().with_modulator_named("none")?;
            let modulator = pipeline.config().modulator_name();
            let reason = error.to_string();
            let line = Difference::Modulator { modulator, reason };
            Ok(Some((Pipeline::new(config)?, line)))
        }
        _ => Ok(None),
    }
}
