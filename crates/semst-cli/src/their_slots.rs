//! Slots of the input that a run would replace: the user's own are kept, or replaced only where the user allows it.

use anyhow::{Result, bail};
use semst::io::{Contents, H5ad, Reader, Source, SpatialDataset, read_run};
use semst::read_record;

/// The word of squidpy for the slots of a spatial graph: `spatial_connectivities`, `spatial_neighbors`.
const STANDARD: &str = "spatial";

/// Where our graph goes when the standard slots are the user's.
const OWN: &str = "semst_spatial";

/// The slots of a spatial graph, by the ends of their names.
const GRAPH: [(&str, &str); 3] = [
    ("obsp", "connectivities"),
    ("obsp", "distances"),
    ("uns", "neighbors"),
];

/// What the input has under our names.
struct Found {
    contents: Contents,
    /// The `key_added` of an earlier run that wrote the input; none when no run of ours wrote it.
    earlier: Option<String>,
}

/// Where the graph of the run goes; `None` for the standard slots.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct GraphPlace {
    pub(crate) key_added: Option<String>,
    /// Whether the standard slots hold a graph of the user, which stays.
    pub(crate) kept_theirs: bool,
    /// Slots of the input that the run replaces or removes.
    pub(crate) replaced: Vec<String>,
}

/// The slots of a run, except the graph and the known domains.
const OURS: [(&str, &str); 6] = [
    ("obs", "semst_domain"),
    ("obs", "semst_confidence"),
    ("obsm", "X_semst"),
    ("obsm", "X_semst_semantics"),
    ("uns", "semst"),
    ("uns", "semst_domain_colors"),
];

/// Finds the place of the graph, and checks that nothing of the user is replaced unless `overwrite` allows it.
///
/// # Errors
/// When a slot with one of our names is not from a run.
pub(crate) fn graph_place(
    slide: &SpatialDataset,
    wanted: Option<&str>,
    overwrite: bool,
) -> Result<GraphPlace> {
    match Found::of(slide)? {
        Some(found) => {
            let mut place = found.place(slide, wanted, overwrite)?;
            place.replaced = found.replaced(place.key_added.as_deref().unwrap_or(STANDARD));
            Ok(place)
        }
        None => Ok(placed(wanted.unwrap_or(STANDARD), false)),
    }
}

impl Found {
    fn of(slide: &SpatialDataset) -> Result<Option<Self>> {
        let Source::H5ad { path, .. } = &slide.source else {
            return Ok(None);
        };
        let Some(contents) = H5ad.contents(path)? else {
            return Ok(None);
        };
        // A record of another version is ours too.
        let earlier = match read_record(&read_run(path, &[])?) {
            Ok(None) => None,
            Ok(Some(record)) => Some(record.arrays.graph.unwrap_or_else(|| STANDARD.into())),
            Err(_) => Some(STANDARD.into()),
        };
        Ok(Some(Self { contents, earlier }))
    }

    fn place(
        &self,
        slide: &SpatialDataset,
        wanted: Option<&str>,
        overwrite: bool,
    ) -> Result<GraphPlace> {
        if let Some(slot) = self.taken().filter(|_| !overwrite) {
            bail!(
                "{slot} of {} is not from semst: rename it in the file, or add --overwrite to replace it",
                slide.name
            );
        }
        let theirs = |key: &str| self.has_graph(key) && self.earlier.as_deref() != Some(key);
        match (wanted, &self.earlier) {
            (Some(key), _) if theirs(key) && !overwrite => bail!(
                "obsp or uns of {} has `{key}_…` already, which is not from semst: choose another --key-added, or add --overwrite to replace it",
                slide.name
            ),
            (Some(key), _) => Ok(placed(key, key != STANDARD && theirs(STANDARD))),
            (None, Some(earlier)) => Ok(placed(earlier, false)),
            (None, None) if theirs(STANDARD) => Ok(placed(OWN, true)),
            (None, None) => Ok(placed(STANDARD, false)),
        }
    }

    /// A slot with one of our names in a file that no run of ours wrote.
    fn taken(&self) -> Option<String> {
        if self.earlier.is_some() {
            return None;
        }
        let mut ours = OURS.into_iter();
        let found = ours.find(|(table, key)| self.has(table, key));
        found.map(|(table, key)| format!("{table}/{key}"))
    }

    /// The slots that a run replaces or removes, with its graph at this key.
    fn replaced(&self, graph: &str) -> Vec<String> {
        let ours = OURS.map(|(table, key)| (table, key.to_owned()));
        let graph = GRAPH.map(|(table, end)| (table, format!("{graph}_{end}")));
        let all = ours.into_iter().chain(graph);
        all.filter(|(table, key)| self.has(table, key))
            .map(|(table, key)| format!("{table}/{key}"))
            .collect()
    }

    fn has(&self, table: &str, key: &str) -> bool {
        let contents = &self.contents;
        match table {
            "obs" => contents.obs.iter().any(|column| column.key == key),
            "obsm" => contents.obsm.iter().any(|other| other == key),
            "obsp" => contents.obsp.iter().any(|other| other == key),
            _ => contents.uns.iter().any(|other| other == key),
        }
    }

    fn has_graph(&self, key: &str) -> bool {
        let mut slots = GRAPH.into_iter();
        slots.any(|(table, end)| self.has(table, &format!("{key}_{end}")))
    }
}

fn placed(key: &str, kept_theirs: bool) -> GraphPlace {
    GraphPlace {
        key_added: (key != STANDARD).then(|| key.to_owned()),
        kept_theirs,
        replaced: Vec::new(),
    }
}
