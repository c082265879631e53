//! The data of a run for the report.

use crate::{Error, Plugins, Run, domain_name, recorded_join};
use ndarray::ArrayView2;
use semst_evaluation::{Scores, evaluate};
use semst_io::{Join, ObsColumn, SpatialDataset, label_codes};
use semst_record::{Outside, RunRecord, TruthSource};
use semst_report::{Labels, ReportInput, Tissue, TissueImage};

/// Known domains of a slide: the name of their column, and a label for each spot that has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// Name of the column.
    pub key: String,
    /// Labels, `[n]`.
    pub labels: Vec<Option<String>>,
    /// How the labels were joined to the spots, if they come from a file and not from a column of `obs`.
    pub join: Option<Join>,
}

/// The column of `obs` with the known domains that a file gave.
const COLUMN: &str = "semst_truth";

impl Truth {
    /// What a record keeps of them; the file is known to the caller.
    pub fn source(&self) -> TruthSource {
        TruthSource {
            key: self.key.clone(),
            labelled: self.labels.iter().flatten().count(),
            classes: label_codes(&self.labels).names.len(),
            file: None,
        }
    }

    /// The column with which a run keeps labels of a file, and its name; none for labels that are a column of `obs` already.
    pub fn column(&self) -> Option<(&'static str, ObsColumn)> {
        self.join.as_ref()?;
        Some((COLUMN, ObsColumn::from_labels(&self.labels)))
    }

    /// How the labels were joined, for the record.
    pub fn recorded_join(&self) -> Option<semst_record::Join> {
        let join = self.join.as_ref()?;
        Some(recorded_join(Outside::KnownDomains, join))
    }

    /// The labels in the form for the report.
    pub fn drawn(&self) -> Labels {
        let found = label_codes(&self.labels);
        Labels::with_gaps(found.codes, found.names)
    }
}

impl<P: Plugins> Run<P> {
    /// Scores of the domains in space, and compared with the truth if there is one.
    ///
    /// The truth is read only after the run has ended; spots without a label are left out of the agreement only.
    ///
    /// # Errors
    /// When the numbers of spots differ.
    pub fn scores(&self, slide: &SpatialDataset, truth: Option<&Truth>) -> Result<Scores, Error> {
        let codes = truth.map(|t| label_codes(&t.labels).codes);
        Ok(evaluate(
            codes.as_deref(),
            &self.assignment.labels,
            Some(slide.spatial.view()),
        )?)
    }

    /// Domains with their names and colours.
    pub fn labels(&self) -> Labels {
        let codes = self.assignment.labels.iter().copied().map(Some).collect();
        domain_labels(codes, self.assignment.n_clusters)
    }

    /// The input of the report of this run.
    pub fn report_input<'r>(
        &self,
        record: &'r RunRecord,
        slide: &SpatialDataset,
        truth: Option<&Truth>,
    ) -> ReportInput<'r> {
        let tissue = tissue(slide.spatial.view(), slide.image.as_ref());
        let mut input = ReportInput::new(record, tissue, self.labels());
        input.truth = truth.map(|t| (t.key.clone(), t.drawn()));
        input.confidence.clone_from(&self.assignment.confidence);
        input
    }
}

/// Domains of spots, counted from 0, with the names of all `n` domains; a dropped spot has no domain.
pub fn domain_labels(codes: Vec<Option<u32>>, n: usize) -> Labels {
    let names = (0..n as u32).map(|c| format!("Domain {}", domain_name(c)));
    Labels::with_gaps(codes, names)
}

/// The spots of a slide (x, y), `[n, 2]`, and the picture below them.
///
/// # Panics
/// When there are spots, but not two columns.
pub fn tissue(spatial: ArrayView2<'_, f64>, image: Option<&semst_io::TissueImage>) -> Tissue {
    let coords = spatial.rows().into_iter().map(|r| [r[0], r[1]]).collect();
    let mut tissue = Tissue::new(coords);
    if let Some(image) = image {
        if let Some(diameter) = image.spot_diameter {
            tissue = tissue.with_spot_diameter(diameter);
        }
        tissue = tissue.with_image(TissueImage {
            width: image.pixels.width(),
            height: image.pixels.height(),
            rgb: image.pixels.as_raw().clone(),
            scale: image.scale,
        });
    }
    tissue
}
