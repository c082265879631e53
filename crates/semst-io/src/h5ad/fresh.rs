//! A new `.h5ad`: counts, names, coordinates and pictures; annotation and results are added later.

use hdf5_pure::{AttrValue, Error, FileBuilder, FinishedGroup, GroupBuilder};
use image::RgbImage;

use crate::atomic::AtomicFile;
use crate::dataset::SpatialDataset;
use crate::error::IoError;
use crate::h5ad::encoding;
use crate::tissue::{ImageResolution, Scalefactors};

/// The pictures of one library.
pub(crate) struct Pictures<'a> {
    pub(crate) library: &'a str,
    pub(crate) scalefactors: Scalefactors,
    pub(crate) images: Vec<(ImageResolution, RgbImage)>,
}

/// Writes everything in a data set except its annotation.
pub(crate) fn write(
    file: &AtomicFile,
    dataset: &SpatialDataset,
    pictures: Option<&Pictures<'_>>,
) -> Result<(), IoError> {
    let mut builder = FileBuilder::new();
    for (name, value) in encoding::encoding("anndata", "0.1.0") {
        builder.set_attr(name, value);
    }
    let group = builder.create_group("X");
    builder.add_group(counts(group, dataset));
    let group = builder.create_group("obs");
    builder.add_group(frame(group, &dataset.barcodes, &[]));
    let mut columns: Vec<(&str, Vec<&str>)> = Vec::new();
    if let Some(ids) = &dataset.genes.ids {
        columns.push(("gene_ids", ids.iter().map(String::as_str).collect()));
    }
    columns.push(("feature_types", vec!["Gene Expression"; dataset.n_genes()]));
    let group = builder.create_group("var");
    builder.add_group(frame(group, &dataset.genes.symbols, &columns));
    let mut obsm = dict(builder.create_group("obsm"));
    let points: Vec<f64> = dataset.spatial.iter().copied().collect();
    let shape = dataset.spatial.shape();
    encoding::array(obsm.create_dataset("spatial").with_f64_data(&points), shape);
    builder.add_group(obsm.finish());
    let mut uns = dict(builder.create_group("uns"));
    if let Some(pictures) = pictures {
        let group = dict(uns.create_group("spatial"));
        uns.add_group(spatial(group, pictures));
    }
    builder.add_group(uns.finish());
    for name in ["layers", "obsp", "varm", "varp"] {
        let group = dict(builder.create_group(name));
        builder.add_group(group.finish());
    }
    builder.write(file.path()).map_err(|error| IoError::Write {
        path: file.target().into(),
        source: match error {
            Error::Io(source) => source,
            other => std::io::Error::other(other.to_string()),
        },
    })
}

fn encoded(mut group: GroupBuilder, kind: &str, version: &str) -> GroupBuilder {
    for (name, value) in encoding::encoding(kind, version) {
        group.set_attr(name, value);
    }
    group
}

fn dict(group: GroupBuilder) -> GroupBuilder {
    encoded(group, "dict", "0.1.0")
}

fn counts(group: GroupBuilder, dataset: &SpatialDataset) -> FinishedGroup {
    let mut group = encoded(group, "csr_matrix", "0.1.0");
    let shape = vec![dataset.n_spots() as i64, dataset.n_genes() as i64];
    group.set_attr("shape", AttrValue::I64Array(shape));
    let counts = &dataset.counts;
    let nnz = [counts.nnz()];
    encoding::part(
        group.create_dataset("data").with_f32_data(counts.data()),
        &nnz,
    );
    let indptr = counts.proper_indptr();
    let pointers = [indptr.len()];
    // scipy requires the same type for both.
    if i32::try_from(counts.nnz()).is_ok() {
        let indices: Vec<i32> = counts.indices().iter().map(|&i| i as i32).collect();
        let indptr: Vec<i32> = indptr.iter().map(|&start| start as i32).collect();
        encoding::part(
            group.create_dataset("indices").with_i32_data(&indices),
            &nnz,
        );
        encoding::part(
            group.create_dataset("indptr").with_i32_data(&indptr),
            &pointers,
        );
    } else {
        let indices: Vec<i64> = counts.indices().iter().map(|&i| i64::from(i)).collect();
        let indptr: Vec<i64> = indptr.iter().map(|&start| start as i64).collect();
        encoding::part(
            group.create_dataset("indices").with_i64_data(&indices),
            &nnz,
        );
        encoding::part(
            group.create_dataset("indptr").with_i64_data(&indptr),
            &pointers,
        );
    }
    group.finish()
}

fn frame(group: GroupBuilder, index: &[String], columns: &[(&str, Vec<&str>)]) -> FinishedGroup {
    let mut group = encoded(group, "dataframe", "0.2.0");
    group.set_attr("_index", encoding::text("_index"));
    let order = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
    group.set_attr("column-order", AttrValue::VarLenStringArray(order));
    encoding::texts(group.create_dataset("_index"), index);
    for (name, values) in columns {
        encoding::texts(group.create_dataset(name), values);
    }
    group.finish()
}

fn spatial(mut group: GroupBuilder, pictures: &Pictures<'_>) -> FinishedGroup {
    let mut library = dict(group.create_group(&pictures.library.replace('/', "_")));
    let mut images = dict(library.create_group("images"));
    for (resolution, image) in &pictures.images {
        let shape = [image.height() as usize, image.width() as usize, 3];
        let dataset = images.create_dataset(resolution.as_str());
        encoding::array(dataset.with_u8_data(image.as_raw()), &shape);
    }
    library.add_group(images.finish());
    let mut factors = dict(library.create_group("scalefactors"));
    for (name, value) in pictures.scalefactors.entries() {
        encoding::scalar(factors.create_dataset(name).with_f64_data(&[value]));
    }
    library.add_group(factors.finish());
    let metadata = dict(library.create_group("metadata"));
    library.add_group(metadata.finish());
    group.add_group(library.finish());
    group.finish()
}
