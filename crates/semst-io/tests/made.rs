//! Small `.h5ad` files, good and bad, made for the tests of this crate.

use std::path::Path;

use hdf5_pure::{AttrValue, FileBuilder, GroupBuilder};

/// The return type of a test.
pub(crate) type Outcome = Result<(), Box<dyn std::error::Error>>;

/// How the main matrix is stored.
pub(crate) enum Matrix {
    /// Row-major values.
    Dense(Vec<f64>),
    /// Pointers, indices, values.
    Csr(Vec<i64>, Vec<i64>, Vec<f64>),
}

/// A slide of three genes.
pub(crate) struct Made {
    pub(crate) x: Option<Matrix>,
    pub(crate) barcodes: Vec<String>,
    pub(crate) genes: Vec<String>,
    pub(crate) spatial: Option<Vec<f64>>,
    pub(crate) layers: Vec<(&'static str, Vec<f64>)>,
    pub(crate) raw: Option<Vec<f64>>,
    pub(crate) symbols: Option<(&'static str, Vec<String>)>,
}

impl Default for Made {
    fn default() -> Self {
        let names = |names: [&str; 3]| names.map(String::from).to_vec();
        Self {
            x: Some(Matrix::Dense(vec![
                1.0, 0.0, 2.0, 0.0, 3.0, 4.0, 5.0, 0.0, 0.0,
            ])),
            barcodes: names(["a", "b", "c"]),
            genes: names(["MBP", "SNAP25", "GFAP"]),
            spatial: Some(vec![0.0, 0.0, 1.0, 0.0, 0.0, 1.0]),
            layers: Vec::new(),
            raw: None,
            symbols: None,
        }
    }
}

impl Made {
    /// Puts a value at spot 1, gene 2.
    pub(crate) fn with_value(mut self, value: f64) -> Self {
        if let Some(Matrix::Dense(values)) = &mut self.x {
            values[5] = value;
        }
        self
    }

    /// Writes the file.
    pub(crate) fn write(&self, path: &Path) -> Outcome {
        let (n, g) = (self.barcodes.len() as u64, self.genes.len() as u64);
        let mut file = FileBuilder::new();
        file.set_attr("encoding-type", text("anndata"));
        match &self.x {
            None => {}
            Some(Matrix::Dense(values)) => {
                file.create_dataset("X")
                    .with_f64_data(values)
                    .with_shape(&[values.len() as u64 / g, g]);
            }
            Some(Matrix::Csr(indptr, indices, data)) => {
                let mut group = file.create_group("X");
                group.set_attr("encoding-type", text("csr_matrix"));
                group.set_attr("shape", AttrValue::I64Array(vec![n as i64, g as i64]));
                group.create_dataset("indptr").with_i64_data(indptr);
                group.create_dataset("indices").with_i64_data(indices);
                group.create_dataset("data").with_f64_data(data);
                file.add_group(group.finish());
            }
        }
        let mut obs = frame(file.create_group("obs"), &self.barcodes, &["layer"]);
        let layer: Vec<&str> = self.barcodes.iter().map(|_| "L1").collect();
        obs.create_dataset("layer").with_vlen_strings(&layer);
        file.add_group(obs.finish());
        let columns: Vec<&str> = self.symbols.iter().map(|(name, _)| *name).collect();
        let mut var = frame(file.create_group("var"), &self.genes, &columns);
        if let Some((name, symbols)) = &self.symbols {
            let symbols: Vec<&str> = symbols.iter().map(String::as_str).collect();
            var.create_dataset(name).with_vlen_strings(&symbols);
        }
        file.add_group(var.finish());
        let mut obsm = file.create_group("obsm");
        if let Some(points) = &self.spatial {
            obsm.create_dataset("spatial")
                .with_f64_data(points)
                .with_shape(&[points.len() as u64 / 2, 2]);
        }
        file.add_group(obsm.finish());
        let mut layers = file.create_group("layers");
        for (name, values) in &self.layers {
            layers
                .create_dataset(name)
                .with_f64_data(values)
                .with_shape(&[n, g]);
        }
        file.add_group(layers.finish());
        if let Some(values) = &self.raw {
            let mut raw = file.create_group("raw");
            raw.create_dataset("X")
                .with_f64_data(values)
                .with_shape(&[n, g]);
            let var = frame(raw.create_group("var"), &self.genes, &[]);
            raw.add_group(var.finish());
            file.add_group(raw.finish());
        }
        file.write(path)?;
        Ok(())
    }
}

fn text(value: &str) -> AttrValue {
    AttrValue::VarLenString(value.into())
}

fn frame(mut group: GroupBuilder, index: &[String], columns: &[&str]) -> GroupBuilder {
    group.set_attr("encoding-type", text("dataframe"));
    group.set_attr("_index", text("_index"));
    let order = columns.iter().map(ToString::to_string).collect();
    group.set_attr("column-order", AttrValue::VarLenStringArray(order));
    let index: Vec<&str> = index.iter().map(String::as_str).collect();
    group.create_dataset("_index").with_vlen_strings(&index);
    group
}
