//! Checks that a file does not contain several sections.

use crate::{Error, Plugins, RunConfig};
use semst_io::{SpatialDataset, label_codes};
use semst_spatial_graph::{Arrangement, arrangement};

/// Columns of `obs` that name sections, in lower case.
const COLUMNS: &[&str] = &[
    "library",
    "library_id",
    "sample",
    "sample_id",
    "section",
    "section_id",
    "slice",
    "slice_id",
    "slide",
    "slide_id",
    "batch",
    "donor",
    "patient",
];

/// A column with more names than this names no sections.
const MOST: usize = 1_000;

/// Checks that no column of sections divides the slide into groups that overlap or are apart.
///
/// # Errors
/// [`Error::Sections`] names the column. Set [`RunConfig::one_slide`] if the groups are one slide.
pub(super) fn check<P: Plugins>(
    config: &RunConfig<P>,
    slide: &SpatialDataset,
) -> Result<(), Error> {
    if config.one_slide {
        return Ok(());
    }
    let named = slide
        .obs
        .keys()
        .filter(|name| COLUMNS.contains(&&*name.to_lowercase()));
    for column in named {
        let found = label_codes(&slide.obs.labels(column)?);
        if !(2..=MOST.min(slide.n_spots() / 10)).contains(&found.names.len()) {
            continue;
        }
        let how = match arrangement(slide.spatial.view(), &found.codes)? {
            Arrangement::Joined => continue,
            Arrangement::Overlapping { share } => format!(
                "overlap: {:.0} % of the spots have their nearest spot in another one",
                100.0 * share
            ),
            Arrangement::Apart { gap } => {
                format!("lie apart: the gap is {gap:.0} times the distance of neighbouring spots")
            }
        };
        return Err(Error::Sections {
            column: column.into(),
            first: found.names[0].clone(),
            sections: found.names.len(),
            how,
        });
    }
    Ok(())
}
