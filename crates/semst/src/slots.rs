//! The slots that a run writes into the `.h5ad`: those of ARCHITECTURE.md, with the names of AnnData and squidpy.

use crate::{Error, GraphConfig, Plugins, Run, record_slot};
use semst_io::{ObsColumn, Slots, UnsValue};
use semst_record::RunRecord;

impl<P: Plugins> Run<P> {
    /// The arrays of the run at the places in the record, the spatial graph, the colours, and the record itself. Optional slots that
    /// this run does not have are removed, so that those of an earlier run do not stay.
    ///
    /// # Errors
    /// None in practice: every part of a record can be written.
    pub fn slots(&self, record: &RunRecord) -> Result<Slots, Error> {
        let keys = &record.arrays;
        let labels = ObsColumn::from_codes(&self.assignment.labels, domain_name);
        let mut slots = Slots::new().with_obs(&keys.domains, labels);
        if let (Some(key), Some(confidence)) = (&keys.confidence, &self.assignment.confidence) {
            let values = confidence.iter().map(|v| f64::from(*v)).collect();
            slots = slots.with_obs(key, ObsColumn::Numeric(values));
        } else {
            slots = slots.without("obs/semst_confidence");
        }
        slots = slots.with_obsm(&keys.embedding, self.embedding.clone());
        if let Some(key) = &keys.semantics {
            slots = slots.with_obsm(key, self.semantics.vectors.clone());
        } else {
            slots = slots.without("obsm/X_semst_semantics");
        }
        let graph = &self.spatial;
        let matrix = |values: Vec<f32>| {
            semst_io::CountMatrix::new(
                (graph.n(), graph.n()),
                graph.indptr().to_vec(),
                graph.indices().to_vec(),
                values,
            )
        };
        let key = keys.graph.as_deref().unwrap_or("spatial");
        let weights = matrix(graph.weights().to_vec());
        slots = slots.with_obsp(format!("{key}_connectivities"), weights);
        let place = format!("{key}_distances");
        slots = match graph.distances() {
            Some(distances) => slots.with_obsp(place, matrix(distances.to_vec())),
            None => slots.without(format!("obsp/{place}")),
        };
        slots = slots.with_uns(format!("{key}_neighbors"), self.neighbors(key));
        let colors = self.labels().colors();
        let colors = colors.iter().map(ToString::to_string).collect();
        let (key, value) = record_slot::entry(record)?;
        Ok(slots
            .with_uns(key, value)
            .with_uns("semst_domain_colors", UnsValue::StrArray(colors)))
    }

    /// The entry that squidpy's plots and statistics use.
    fn neighbors(&self, key: &str) -> UnsValue {
        let text = |text: &str| UnsValue::Str(text.into());
        let graph = self.config.spatial_graph.name();
        let connectivities = text(&format!("{key}_connectivities"));
        let mut entries = vec![("connectivities_key", connectivities)];
        // A graph of the file may have none: the entry must not name those of another graph.
        if self.spatial.distances().is_some() {
            entries.push(("distances_key", text(&format!("{key}_distances"))));
        }
        let params = UnsValue::dict([("coord_type", text("generic")), ("graph", text(graph))]);
        entries.push(("params", params));
        UnsValue::dict(entries)
    }
}

/// Name of a domain in files and pictures: domains count from 1.
pub fn domain_name(code: u32) -> String {
    (code + 1).to_string()
}
