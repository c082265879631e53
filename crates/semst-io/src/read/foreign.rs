//! Formats that are not read: known by their names, each with the way to a file that is.

use std::path::Path;

use crate::error::IoError;

/// The error for a path of a known format that is not read, if it is one.
pub(crate) fn refusal(path: &Path) -> Option<IoError> {
    let (format, way) = match path.is_dir() {
        true => folder(path)?,
        false => file(path)?,
    };
    Some(IoError::OtherFormat {
        path: path.into(),
        format,
        way,
    })
}

const CSV: (&str, &str) = (
    "a table of text",
    "(1) import anndata, pandas as pd; a = anndata.AnnData(pd.read_csv(COUNTS, index_col=0)); \
     (2) a.obsm[\"spatial\"] = pd.read_csv(COORDINATES, index_col=0).loc[a.obs_names, [\"x\", \"y\"]].to_numpy(); (3) a.write_h5ad(\"slide.h5ad\")",
);

fn file(path: &Path) -> Option<(&'static str, &'static str)> {
    let name = path.file_name()?.to_string_lossy().to_lowercase();
    let plain = name.trim_end_matches(".gz");
    [".csv", ".tsv", ".txt"]
        .iter()
        .any(|ending| plain.ends_with(ending))
        .then_some(CSV)
}

fn folder(path: &Path) -> Option<(&'static str, &'static str)> {
    let names: Vec<String> = std::fs::read_dir(path)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .collect();
    let has = |wanted: &str| names.iter().any(|name| name == wanted);
    let ends = |wanted: &str| names.iter().any(|name| name.contains(wanted));
    if path.extension().is_some_and(|end| end == "zarr") || has(".zgroup") || has("zarr.json") {
        return Some((
            "a zarr store",
            "(1) import spatialdata; a = next(iter(spatialdata.read_zarr(FOLDER).tables.values())), or for a single table \
             (2) import anndata; a = anndata.read_zarr(FOLDER); (3) a.write_h5ad(\"slide.h5ad\")",
        ));
    }
    if has("segmented_outputs") {
        return Some((
            "a Space Ranger 4 folder of segmented cells",
            "(1) import spatialdata_io; s = spatialdata_io.visium_hd(FOLDER, load_segmentations_only=True); \
             (2) a = next(iter(s.tables.values())); (3) a.write_h5ad(\"slide.h5ad\"), or pass the folder of a bin size in binned_outputs/ where there is one",
        ));
    }
    if has("experiment.xenium") || (has("cell_feature_matrix.h5") && ends("cells.")) {
        return Some((
            "a Xenium folder",
            "(1) import spatialdata_io; s = spatialdata_io.xenium(FOLDER); (2) a = s.tables[\"table\"]; (3) a.write_h5ad(\"slide.h5ad\")",
        ));
    }
    if ends("exprMat_file.csv") {
        return Some((
            "a CosMx folder",
            "(1) import squidpy as sq; a = sq.read.nanostring(path=FOLDER, counts_file=EXPRMAT, meta_file=METADATA, fov_file=FOV); \
             (2) a.obsm[\"spatial\"] = a.obsm[\"spatial_fov\"]; (3) a.write_h5ad(\"slide.h5ad\")",
        ));
    }
    if ends("cell_by_gene") {
        return Some((
            "a MERSCOPE folder",
            "(1) import squidpy as sq; a = sq.read.vizgen(path=FOLDER, counts_file=\"cell_by_gene.csv\", meta_file=\"cell_metadata.csv\"); \
             (2) a.var_names_make_unique(); (3) a.write_h5ad(\"slide.h5ad\")",
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::refusal;

    #[test]
    fn formats_are_known_by_their_names() -> std::io::Result<()> {
        for (name, format) in [
            ("experiment.xenium", "Xenium"),
            ("S0_exprMat_file.csv.gz", "CosMx"),
            ("cell_by_gene.csv", "MERSCOPE"),
            (".zgroup", "zarr"),
            ("segmented_outputs", "Space Ranger 4"),
        ] {
            let folder = tempfile::tempdir()?;
            let path = folder.path().join(name);
            std::fs::write(&path, "")?;
            let said = refusal(folder.path())
                .map(|e| e.to_string())
                .unwrap_or_default();
            assert!(
                said.contains(format) && said.contains("write_h5ad"),
                "{name}: {said}"
            );
        }
        let said = refusal("counts.csv.gz".as_ref()).map(|e| e.to_string());
        assert!(said.is_some_and(|said| said.contains("(3) a.write_h5ad")));
        assert!(refusal("slide.h5ad".as_ref()).is_none());
        Ok(())
    }
}
