//! A run as the report shows it.

use crate::{Error, Run, SourceConfig, domain_name};
use ndarray::ArrayView2;
use semst_clustering_heads::HeadConfig;
use semst_evaluation::{Scores, evaluate};
use semst_io::{ReadReport, SpatialDataset, label_codes};
use semst_report::{Dropped, Labels, LossCurve, ReportInput, Score, Tissue, TissueImage, Version};
use serde_json::{Map, Value};

/// Known domains of a slide: the name of their column, and a label for each spot that has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// Name of the column.
    pub key: String,
    /// Labels, `[n]`.
    pub labels: Vec<Option<String>>,
}

impl Run {
    /// Scores of the domains in space, and against the truth where there is one.
    ///
    /// The run has ended when the truth is looked at; spots without a label are left out of the agreement only.
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
        let names =
            (0..self.assignment.n_clusters as u32).map(|c| format!("Domain {}", domain_name(c)));
        Labels::new(self.assignment.labels.clone(), names)
    }

    /// Hexadecimal colour of each domain, as the report draws it.
    pub fn colors(&self) -> Vec<String> {
        self.labels()
            .colors()
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    /// Everything that the report shows of this run.
    ///
    /// # Errors
    /// When a score cannot be computed.
    pub fn report_input(
        &self,
        slide: &SpatialDataset,
        read: &ReadReport,
        truth: Option<&Truth>,
    ) -> Result<ReportInput, Error> {
        let mut input = ReportInput::new(
            format!("Spatial domains of {}", slide.name),
            tissue(slide.spatial.view(), slide.image.as_ref()),
            self.labels(),
        );
        input.subtitle = format!(
            "{} encoder, {} modulation, {} semantics, {} head",
            self.config.encoder.name(),
            self.config.modulation_name(),
            self.config.semantics.source.name(),
            self.config.head.name()
        );
        if let Some(count) = &self.count {
            input.subtitle += &format!("; {}", count.words());
        }
        input.truth = truth.map(|t| {
            let found = label_codes(&t.labels);
            (t.key.clone(), Labels::with_gaps(found.codes, found.names))
        });
        input.confidence.clone_from(&self.assignment.confidence);
        input.n_genes = slide.n_genes();
        let total = LossCurve {
            name: "total".into(),
            values: self.history.total.clone(),
        };
        let terms = self.history.terms.iter().map(|t| LossCurve {
            name: t.name.clone(),
            values: t.values.clone(),
        });
        input.losses = std::iter::once(total)
            .filter(|c| !c.values.is_empty())
            .chain(terms)
            .collect();
        let scores = self.scores(slide, truth)?;
        input.scores = scores
            .rows()
            .into_iter()
            .map(|(name, value)| score(name, value))
            .collect();
        input.dropped = self.dropped(read);
        input.parameters = match serde_json::to_value(&self.config) {
            Ok(Value::Object(parameters)) => parameters,
            _ => Map::new(),
        };
        if let Ok(provenance) = serde_json::to_value(&self.semantics.provenance) {
            input.parameters.insert("semantics_used".into(), provenance);
        }
        input.versions = vec![Version {
            name: "semst".into(),
            version: env!("CARGO_PKG_VERSION").into(),
        }];
        input.seed = Some(self.config.seed);
        input.device.clone_from(&self.device);
        input.semantics = self.report_meanings(truth);
        let note = self.interpretation.as_ref().and_then(|i| i.note.clone());
        input.semantics_note = note.unwrap_or_default();
        Ok(input)
    }

    /// What was left out on the way, in plain sentences.
    fn dropped(&self, read: &ReadReport) -> Vec<Dropped> {
        let line = |what: &str, count: usize, detail: String| Dropped {
            what: what.into(),
            count,
            detail,
        };
        let mut dropped: Vec<Dropped> = read
            .notes()
            .into_iter()
            .map(|note| {
                let count = note
                    .split(' ')
                    .next()
                    .and_then(|n| n.parse().ok())
                    .unwrap_or(0);
                line("on reading", count, note)
            })
            .collect();
        if self.report.genes_dropped > 0 {
            dropped.push(line(
                "genes in too few spots",
                self.report.genes_dropped,
                "filtered before selection".into(),
            ));
        }
        if let Some(asked) = self.report.n_top_not_reached {
            dropped.push(line(
                "highly variable genes not reached",
                asked,
                "fewer genes than asked for: all were kept".into(),
            ));
        }
        if !self.report.empty_spots.is_empty() {
            let detail = "kept: they have no count in the selected genes".into();
            dropped.push(line(
                "spots empty after selection",
                self.report.empty_spots.len(),
                detail,
            ));
        }
        if let Some(lookup) = &self.semantics.lookup {
            let missing = lookup.asked - lookup.found();
            if missing > 0 {
                dropped.push(line(
                    "genes without a known meaning",
                    missing,
                    lookup.to_string(),
                ));
            }
        }
        dropped
    }
}

/// The spots of a slide (x, y), `[n, 2]`, and the picture beneath them.
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

fn score(name: &str, value: f64) -> Score {
    let definition = match name {
        "ARI" => "agreement with the truth, corrected for chance: 1 is equal, 0 is chance",
        "NMI" => "shared information with the truth, arithmetic mean",
        "AMI" => "shared information, corrected for chance",
        "HOM" => "homogeneity: 1 where each found domain lies in one true one",
        "COM" => "completeness: 1 where each true domain lies in one found one",
        "CHAOS" => {
            "mean distance to the nearest spot of the same domain, standardised coordinates: lower is smoother"
        }
        "PAS" => "share of spots whose neighbours mostly lie in other domains: lower is smoother",
        "ASW" => "silhouette of the domains in space: higher is more compact",
        _ => "",
    };
    Score {
        name: name.into(),
        value: Some(value),
        definition: definition.into(),
    }
}
