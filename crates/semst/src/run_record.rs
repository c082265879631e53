//! Makes the record of a run.

use crate::{Error, Plugins, Run, SourceConfig, Strength, Truth, recorded_join};
use semst_clustering_heads::HeadConfig;
use semst_gnn_encoders::EncoderConfig;
use semst_io::{ReadReport, SpatialDataset};
use semst_record::{
    ArrayKeys, Clustered, Difference, DomainAgreements, Dropped, GeneLookup, LossCurve, Losses,
    MethodNames, Outside, Parameters, Reading, RunRecord, SemanticsRecord, SlideFacts,
};
use semst_semantic_embedding::LookupReport;
use semst_spatial_graph::least_strength;

/// How genes and functions were found, as written into the file.
const METHOD: &str = "expected gradients of the modulation down to the genes; functions nearest to the domain in the space of the semantics; docs/methods.md, section 6";

impl<P: Plugins> Run<P> {
    /// All results of this run, except the arrays of spots.
    ///
    /// The scores compare the domains with the truth if there is one; the truth is read only after the run has ended.
    ///
    /// # Errors
    /// When a score cannot be computed.
    pub fn record(
        &self,
        slide: &SpatialDataset,
        read: &ReadReport,
        truth: Option<&Truth>,
    ) -> Result<RunRecord, Error> {
        let unreadable = |e: serde_json::Error| Error::Record {
            reason: e.to_string(),
        };
        let mut record = RunRecord {
            layout: RunRecord::LAYOUT,
            version: env!("CARGO_PKG_VERSION").into(),
            slide: SlideFacts {
                name: slide.name.clone(),
                spots: slide.n_spots(),
                genes: slide.n_genes(),
                digest: slide.digest(),
            },
            reading: reading(read),
            method: self.method(),
            clustered: self.clustered(),
            domains: self.assignment.n_clusters,
            domain_count: self.count.as_ref().map(|count| DomainAgreements {
                domains: count.tried.iter().map(|t| t.domains).collect(),
                agreement: count.tried.iter().map(|t| t.agreement).collect(),
                weak: count.is_weak(),
            }),
            seed: self.config.seed,
            device: self.device.clone(),
            params: Parameters::of(&self.config).map_err(unreadable)?,
            losses: self.losses(),
            truth: truth.map(Truth::source),
            arrays: ArrayKeys {
                truth: truth.and_then(Truth::column).map(|(key, _)| key.into()),
                ..self.array_keys()
            },
            differences: self.differences(read),
            joins: self.joins(truth),
            semantics: self.semantics_record().map_err(unreadable)?,
            ..RunRecord::default()
        };
        for (what, count) in self.dropped(read) {
            record.drop_counted(what, count);
        }
        for (name, value) in self.scores(slide, truth)?.rows() {
            record.score(name, value);
        }
        Ok(record)
    }

    fn method(&self) -> MethodNames {
        let config = &self.config;
        let of_model = |name: String| match config.model {
            true => name,
            false => "none".into(),
        };
        MethodNames {
            encoder: of_model(config.encoder.name().into()),
            modulator: of_model(config.modulator_name()),
            semantics: of_model(config.semantics.source.name().to_string()),
            head: config.head.name().to_string(),
        }
    }

    /// What was clustered.
    pub fn clustered(&self) -> Clustered {
        let config = &self.config;
        let views = config.views.clone();
        let views = views.map(|views| views.for_spots(self.spatial.n()).n_voting());
        let views = views.unwrap_or(0);
        let embedding = !config.domains_from_views();
        let strengths = self.strengths();
        let chosen = (config.smoothing == Strength::Auto).then_some(self.strength);
        let voted = views + usize::from(embedding) > 1;
        let confidence = self.assignment.confidence.as_ref().filter(|_| voted);
        let mean =
            |c: &Vec<f32>| c.iter().map(|v| f64::from(*v)).sum::<f64>() / c.len().max(1) as f64;
        Clustered {
            views,
            embedding,
            agreement: confidence.map(mean),
            chosen: chosen.filter(|_| !strengths.is_empty()),
            strengths,
        }
    }

    /// The strengths with which the views and the embedding were diffused, ascending.
    fn strengths(&self) -> Vec<f64> {
        let views = self.config.views.clone();
        let views = views.map(|views| views.for_spots(self.spatial.n()));
        let views = views.filter(|views| views.most_scale() > 0.0);
        let scales = views.into_iter().flat_map(|views| views.scales);
        let embedding = (!self.config.domains_from_views()).then_some(1.0);
        let mut all: Vec<f64> = scales
            .chain(embedding)
            .map(|scale| scale * self.strength)
            .collect();
        all.retain(|strength| *strength > 0.0);
        all.sort_by(f64::total_cmp);
        all.dedup();
        all
    }

    fn losses(&self) -> Losses {
        let terms = self.history.terms.iter().map(|t| LossCurve {
            name: t.name.clone(),
            weight: t.weight,
            values: t.values.clone(),
        });
        Losses::new(self.history.total.clone(), terms.collect())
    }

    fn array_keys(&self) -> ArrayKeys {
        let confidence = self.assignment.confidence.is_some();
        let semantics = self.config.uses_semantics();
        ArrayKeys {
            domains: "semst_domain".into(),
            confidence: confidence.then(|| "semst_confidence".into()),
            embedding: "X_semst".into(),
            semantics: semantics.then(|| "X_semst_semantics".into()),
            graph: None,
            truth: None,
        }
    }

    /// The tables from outside the slide: known domains, and semantics from a file.
    fn joins(&self, truth: Option<&Truth>) -> Vec<semst_record::Join> {
        let semantics = self.semantics.provenance.join.as_ref();
        let semantics = semantics.map(|join| recorded_join(Outside::Semantics, join));
        let truth = truth.and_then(Truth::recorded_join);
        truth.into_iter().chain(semantics).collect()
    }

    /// What was done in another way than the configuration asked for.
    fn differences(&self, read: &ReadReport) -> Vec<Difference> {
        let (report, preprocess) = (&self.report, &self.config.preprocess);
        let found = self.assignment.n_clusters;
        let domains = self.config.domains.filter(|asked| *asked != found);
        let bounds = &preprocess.genes;
        let min_cells = report.min_cells_scaled;
        let kept = report.genes_in - report.genes_dropped;
        let all = [
            read.axes
                .clone()
                .map(|(slot, [x, y])| Difference::Axes { slot, x, y }),
            read.clipped
                .clone()
                .map(|(slot, values)| Difference::Clipped { slot, values }),
            min_cells.map(|done| Difference::MinCells {
                asked: bounds.min_cells,
                done,
            }),
            (report.genes_dropped > 0).then(|| Difference::Genes {
                asked: report.genes_in,
                done: kept,
                min_cells: min_cells.unwrap_or(bounds.min_cells),
                min_counts: bounds.min_counts,
            }),
            report
                .n_top_not_reached
                .map(|asked| Difference::TopGenes { asked, done: kept }),
            report
                .n_components_not_reached
                .map(|asked| Difference::Components {
                    asked,
                    done: report.n_components,
                }),
            domains.map(|asked| Difference::Domains { asked, done: found }),
            self.bounded_smoothing(),
        ];
        all.into_iter().flatten().collect()
    }

    /// The bound on the strength of diffusion in small pieces, if it changed one.
    fn bounded_smoothing(&self) -> Option<Difference> {
        let asked = self.strengths().last().copied()?;
        let done = least_strength(&self.spatial, asked);
        (done < asked).then_some(Difference::Smoothing { asked, done })
    }

    fn semantics_record(&self) -> Result<SemanticsRecord, serde_json::Error> {
        let found = self.interpretation.as_ref();
        Ok(SemanticsRecord {
            provenance: Parameters::of(&self.semantics.provenance)?,
            lookup: self.semantics.lookup.as_ref().map(lookup),
            method: found.map(|_| METHOD.into()),
            note: found.and_then(|i| i.note.clone()),
            domains: found.map(|i| i.domains.clone()).unwrap_or_default(),
        })
    }

    fn dropped(&self, read: &ReadReport) -> [(Dropped, usize); 14] {
        let missing = self.semantics.lookup.as_ref().map(|l| l.missing.len());
        [
            (Dropped::ZeroSpots, read.zero_spots_dropped),
            (Dropped::ZeroGenes, read.zero_genes_dropped),
            (
                Dropped::BarcodesWithoutPosition,
                read.barcodes_without_position,
            ),
            (
                Dropped::PositionsWithoutBarcode,
                read.positions_without_barcode,
            ),
            (Dropped::OtherFeatures, read.other_features_dropped),
            (Dropped::SymbolsFromIds, read.symbols_from_ids),
            (Dropped::SymbolsCleaned, read.symbols_cleaned),
            (Dropped::SymbolsMadeUnique, read.symbols_made_unique),
            (Dropped::BarcodesMadeUnique, read.barcodes_made_unique),
            (Dropped::RareGenes, self.report.genes_dropped),
            (
                Dropped::MinCellsScaled,
                self.report.min_cells_scaled.unwrap_or(0),
            ),
            (
                Dropped::TopGenesNotReached,
                self.report.n_top_not_reached.unwrap_or(0),
            ),
            (Dropped::EmptySpots, self.report.empty_spots.len()),
            (Dropped::GenesWithoutVector, missing.unwrap_or(0)),
        ]
    }
}

fn reading(read: &ReadReport) -> Reading {
    Reading {
        counts_from: read.counts_from.clone(),
        coordinates_from: read.coordinates_from.clone(),
        symbols_from: read.symbols_from.clone(),
        left_out: read.left_out.clone(),
        doubts: read.doubts.clone(),
        ..Reading::default()
    }
}

fn lookup(report: &LookupReport) -> GeneLookup {
    GeneLookup {
        asked: report.asked,
        by_id: report.by_id,
        by_symbol: report.by_symbol,
        by_alias: report.by_alias,
        by_spelling: report.by_spelling,
        missing: report.missing.clone(),
    }
}

#[cfg(test)]
mod tests {
    use semst_io::ReadReport;
    use semst_record::Dropped;

    /// The reader and the report use the same words for what was dropped.
    #[test]
    fn the_reader_uses_the_same_words() {
        let report = |change: fn(&mut ReadReport)| {
            let mut report = ReadReport::default();
            change(&mut report);
            report.notes().concat()
        };
        for (what, change) in [
            (
                Dropped::ZeroSpots,
                (|r| r.zero_spots_dropped = 2) as fn(&mut ReadReport),
            ),
            (Dropped::ZeroGenes, |r| r.zero_genes_dropped = 2),
            (Dropped::BarcodesWithoutPosition, |r| {
                r.barcodes_without_position = 2;
            }),
            (Dropped::PositionsWithoutBarcode, |r| {
                r.positions_without_barcode = 2;
            }),
            (Dropped::OtherFeatures, |r| r.other_features_dropped = 2),
            (Dropped::SymbolsFromIds, |r| r.symbols_from_ids = 2),
            (Dropped::SymbolsCleaned, |r| r.symbols_cleaned = 2),
            (Dropped::SymbolsMadeUnique, |r| r.symbols_made_unique = 2),
            (Dropped::BarcodesMadeUnique, |r| r.barcodes_made_unique = 2),
        ] {
            assert_eq!(report(change), what.sentence(2));
        }
    }
}
