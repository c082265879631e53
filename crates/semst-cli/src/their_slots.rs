//! Slots of the input that a run would replace: the user's own are kept, or replaced only where the user allows it.

use anyhow::{Result, bail};
use semst::io::{Contents, H5ad, Reader, Source, SpatialDataset, read_run};
use semst::read_record;

/// The word of squidpy for the slots of a spatial graph: `spatial_connectivities`, `spatial_neighbors`.
const STANDARD: &str = "spatial";

/// Where our graph goes when the standard slots are the user's.
const OWN: &str = "semst_spatial";

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
}

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
        Some(found) => found.place(slide, wanted, overwrite),
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
        let has = |keys: &[String], key: &str| keys.iter().any(|other| other == key);
        let obs: Vec<String> = self.contents.obs.iter().map(|o| o.key.clone()).collect();
        [
            ("obs", &obs, "semst_domain"),
            ("obs", &obs, "semst_confidence"),
            ("obsm", &self.contents.obsm, "X_semst"),
            ("obsm", &self.contents.obsm, "X_semst_semantics"),
            ("uns", &self.contents.uns, "semst"),
            ("uns", &self.contents.uns, "semst_domain_colors"),
        ]
        .into_iter()
        .find(|(_, keys, key)| has(keys, key))
        .map(|(table, _, key)| format!("{table}/{key}"))
    }

    fn has_graph(&self, key: &str) -> bool {
        let has =
            |keys: &[String], end: &str| keys.iter().any(|other| *other == format!("{key}_{end}"));
        has(&self.contents.obsp, "connectivities")
            || has(&self.contents.obsp, "distances")
            || has(&self.contents.uns, "neighbors")
    }
}

fn placed(key: &str, kept_theirs: bool) -> GraphPlace {
    GraphPlace {
        key_added: (key != STANDARD).then(|| key.to_owned()),
        kept_theirs,
    }
}
