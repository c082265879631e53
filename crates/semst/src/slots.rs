//! What a run leaves in the `.h5ad`: the slots of ARCHITECTURE.md, in AnnData's and squidpy's names.

use crate::{GraphConfig, Run};
use semst_io::{ObsColumn, Slots, UnsValue};
use serde_json::Value;

impl Run {
    /// `obs["semst_domain"]`, `obsm["X_semst"]`, `obsp["spatial_*"]`, `uns["semst"]` and their companions.
    ///
    /// `colors` are hexadecimal, one per domain.
    pub fn slots(&self, colors: &[String]) -> Slots {
        let labels = ObsColumn::from_codes(&self.assignment.labels, domain_name);
        let mut slots = Slots::new().with_obs("semst_domain", labels);
        if let Some(confidence) = &self.assignment.confidence {
            let values = confidence.iter().map(|v| f64::from(*v)).collect();
            slots = slots.with_obs("semst_confidence", ObsColumn::Numeric(values));
        }
        slots = slots.with_obsm("X_semst", self.embedding.clone());
        if self.config.modulation.uses_semantics() {
            slots = slots.with_obsm("X_semst_semantics", self.semantics.vectors.clone());
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
        slots = slots.with_obsp("spatial_connectivities", matrix(graph.weights().to_vec()));
        if let Some(distances) = graph.distances() {
            slots = slots.with_obsp("spatial_distances", matrix(distances.to_vec()));
        }
        slots
            .with_uns("spatial_neighbors", self.neighbors())
            .with_uns("semst", self.record())
            .with_uns("semst_domain_colors", UnsValue::StrArray(colors.to_vec()))
    }

    /// What squidpy's plots and statistics look up.
    fn neighbors(&self) -> UnsValue {
        let params = vec![
            ("coord_type".into(), UnsValue::Str("generic".into())),
            (
                "graph".into(),
                UnsValue::Str(self.config.spatial_graph.name().into()),
            ),
        ];
        UnsValue::Dict(vec![
            (
                "connectivities_key".into(),
                UnsValue::Str("spatial_connectivities".into()),
            ),
            (
                "distances_key".into(),
                UnsValue::Str("spatial_distances".into()),
            ),
            ("params".into(), UnsValue::Dict(params)),
        ])
    }

    /// Every parameter, version, seed, device, and the losses; no times, so that equal runs make equal files.
    fn record(&self) -> UnsValue {
        let json = |v: Result<Value, serde_json::Error>| v.ok().map(to_uns);
        let mut entries = vec![(
            "version".to_string(),
            UnsValue::Str(env!("CARGO_PKG_VERSION").into()),
        )];
        entries.push(("device".into(), UnsValue::Str(self.device.clone())));
        entries.extend(json(serde_json::to_value(&self.config)).map(|v| ("params".into(), v)));
        if let Some(count) = &self.count {
            let tried = count.tried.iter();
            let (domains, agreement) = tried.map(|t| (t.domains as i64, t.agreement)).unzip();
            let count = vec![
                ("domains".into(), UnsValue::IntArray(domains)),
                ("agreement".into(), UnsValue::FloatArray(agreement)),
            ];
            entries.push(("domain_count".into(), UnsValue::Dict(count)));
        }
        let provenance = json(serde_json::to_value(&self.semantics.provenance));
        let mut semantics = match provenance {
            Some(UnsValue::Dict(provenance)) => provenance,
            _ => Vec::new(),
        };
        semantics.extend(self.meaning_record());
        entries.push(("semantics".into(), UnsValue::Dict(semantics)));
        let mut losses = vec![(
            "total".into(),
            UnsValue::FloatArray(self.history.total.clone()),
        )];
        losses.extend(
            self.history
                .terms
                .iter()
                .map(|t| (t.name.clone(), UnsValue::FloatArray(t.values.clone()))),
        );
        entries.push(("losses".into(), UnsValue::Dict(losses)));
        UnsValue::Dict(entries)
    }
}

/// Name of a domain in files and pictures: domains count from 1.
pub fn domain_name(code: u32) -> String {
    (code + 1).to_string()
}

/// JSON as `uns` holds it; null leaves no trace.
fn to_uns(value: Value) -> UnsValue {
    match value {
        Value::Null => UnsValue::Str(String::new()),
        Value::Bool(b) => UnsValue::Bool(b),
        Value::Number(n) => n.as_i64().map_or_else(
            || UnsValue::Float(n.as_f64().unwrap_or(f64::NAN)),
            UnsValue::Int,
        ),
        Value::String(s) => UnsValue::Str(s),
        Value::Array(items) => {
            if items.iter().all(Value::is_number) {
                UnsValue::FloatArray(items.iter().filter_map(Value::as_f64).collect())
            } else {
                UnsValue::StrArray(
                    items
                        .iter()
                        .map(|v| v.as_str().map_or_else(|| v.to_string(), String::from))
                        .collect(),
                )
            }
        }
        Value::Object(entries) => UnsValue::Dict(
            entries
                .into_iter()
                .filter(|(_, v)| !v.is_null())
                .map(|(k, v)| (k, to_uns(v)))
                .collect(),
        ),
    }
}
