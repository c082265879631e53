//! Small slides made to order, good and bad: `.h5ad` files and Space Ranger folders.

use std::path::Path;

use hdf5_pure::{AttrValue, FileBuilder, GroupBuilder};

use crate::binary::Outcome;

/// Spots on a side.
const SIDE: usize = 11;

/// A slide of 121 spots (some recipes want genes in a hundred) in three bands and twelve genes, to be spoilt.
pub(crate) struct Made {
    /// Row-major, spots × genes.
    pub(crate) counts: Option<Vec<f64>>,
    pub(crate) barcodes: Vec<String>,
    pub(crate) genes: Vec<String>,
    /// x, y of every spot.
    pub(crate) spatial: Option<Vec<f64>>,
    /// Lines of the positions of a Space Ranger folder; default: every barcode.
    pub(crate) positions: Option<Vec<String>>,
}

impl Default for Made {
    fn default() -> Self {
        let genes = [
            "MBP", "SNAP25", "GFAP", "PLP1", "CAMK2N1", "AQP4", "MOBP", "NRGN", "CLU", "MOG",
            "SYT1", "GJA1",
        ];
        let (n, g) = (SIDE * SIDE, genes.len());
        let band = |spot: usize| (spot / SIDE) * 3 / SIDE;
        let count = |spot: usize, gene: usize| {
            let noise = (spot * 7 + gene * 5) % 4;
            (noise + if gene % 3 == band(spot) { 6 } else { 1 }) as f64
        };
        Self {
            counts: Some((0..n * g).map(|at| count(at / g, at % g)).collect()),
            barcodes: (0..n).map(|spot| format!("SPOT{spot:02}-1")).collect(),
            genes: genes.map(String::from).to_vec(),
            spatial: Some(
                (0..n)
                    .flat_map(|spot| [(spot % SIDE) as f64, (spot / SIDE) as f64])
                    .collect(),
            ),
            positions: None,
        }
    }
}

impl Made {
    /// Puts a value at a spot and gene.
    pub(crate) fn with_count(mut self, spot: usize, gene: usize, value: f64) -> Self {
        let genes = self.genes.len();
        if let Some(counts) = &mut self.counts {
            counts[spot * genes + gene] = value;
        }
        self
    }

    /// Puts a value at an axis of a spot.
    pub(crate) fn with_coordinate(mut self, spot: usize, axis: usize, value: f64) -> Self {
        if let Some(points) = &mut self.spatial {
            points[spot * 2 + axis] = value;
        }
        self
    }

    /// Keeps the first spots.
    pub(crate) fn with_spots(mut self, n: usize) -> Self {
        self.barcodes.truncate(n);
        let genes = self.genes.len();
        for (values, width) in [(&mut self.counts, genes), (&mut self.spatial, 2)] {
            if let Some(values) = values {
                values.truncate(n * width);
            }
        }
        self
    }

    /// Writes an `.h5ad` with a dense `X`, `obs["band"]` and `obsm["spatial"]`.
    pub(crate) fn h5ad(&self, path: &Path) -> Outcome {
        let (n, g) = (self.barcodes.len() as u64, self.genes.len() as u64);
        let mut file = FileBuilder::new();
        file.set_attr("encoding-type", text("anndata"));
        if let Some(counts) = &self.counts {
            let x = file.create_dataset("X");
            x.with_f64_data(counts).with_shape(&[n, g]);
        }
        let mut obs = frame(file.create_group("obs"), &self.barcodes, &["band"]);
        let bands: Vec<&str> = (0..self.barcodes.len())
            .map(|spot| ["top", "middle", "bottom"][spot / SIDE * 3 / SIDE])
            .collect();
        obs.create_dataset("band").with_vlen_strings(&bands);
        file.add_group(obs.finish());
        let var = frame(file.create_group("var"), &self.genes, &[]);
        file.add_group(var.finish());
        let mut obsm = file.create_group("obsm");
        if let Some(points) = &self.spatial {
            let spatial = obsm.create_dataset("spatial");
            spatial.with_f64_data(points).with_shape(&[n, 2]);
        }
        file.add_group(obsm.finish());
        file.write(path)?;
        Ok(())
    }

    /// Writes a Space Ranger folder: `filtered_feature_bc_matrix.h5` and `spatial/tissue_positions_list.csv`.
    pub(crate) fn folder(&self, path: &Path) -> Outcome {
        let genes = self.genes.len();
        let (mut indptr, mut indices, mut data) = (vec![0i64], Vec::new(), Vec::new());
        for row in self.counts.as_deref().unwrap_or(&[]).chunks(genes) {
            for (gene, &count) in row.iter().enumerate().filter(|(_, c)| **c != 0.0) {
                indices.push(gene as i64);
                data.push(count as i32);
            }
            indptr.push(indices.len() as i64);
        }
        let mut file = FileBuilder::new();
        let mut matrix = file.create_group("matrix");
        let names = |names: &[String]| names.to_vec();
        strings(&mut matrix, "barcodes", &names(&self.barcodes));
        matrix.create_dataset("data").with_i32_data(&data);
        matrix.create_dataset("indices").with_i64_data(&indices);
        matrix.create_dataset("indptr").with_i64_data(&indptr);
        let shape = [genes as i32, self.barcodes.len() as i32];
        matrix.create_dataset("shape").with_i32_data(&shape);
        let mut features = matrix.create_group("features");
        let ids: Vec<String> = (0..genes).map(|g| format!("ENSG{g:011}")).collect();
        strings(&mut features, "id", &ids);
        strings(&mut features, "name", &names(&self.genes));
        let kinds = vec!["Gene Expression".to_owned(); genes];
        strings(&mut features, "feature_type", &kinds);
        matrix.add_group(features.finish());
        file.add_group(matrix.finish());
        std::fs::create_dir_all(path.join("spatial"))?;
        file.write(path.join("filtered_feature_bc_matrix.h5"))?;
        let lines: Vec<String> = match &self.positions {
            Some(lines) => lines.clone(),
            None => (0..self.barcodes.len()).map(|at| self.line(at)).collect(),
        };
        std::fs::write(
            path.join("spatial/tissue_positions_list.csv"),
            lines.join("\n"),
        )?;
        Ok(())
    }

    /// The line of positions of a spot.
    pub(crate) fn line(&self, spot: usize) -> String {
        let (row, column) = (spot / SIDE, spot % SIDE);
        let pixel = |at: usize| at * 100;
        format!(
            "{},1,{row},{column},{},{}",
            self.barcodes[spot],
            pixel(row),
            pixel(column)
        )
    }
}

fn strings(group: &mut GroupBuilder, name: &str, values: &[String]) {
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    group.create_dataset(name).with_vlen_strings(&values);
}

fn text(value: &str) -> AttrValue {
    AttrValue::VarLenString(value.into())
}

fn frame(mut group: GroupBuilder, index: &[String], columns: &[&str]) -> GroupBuilder {
    group.set_attr("encoding-type", text("dataframe"));
    group.set_attr("_index", text("_index"));
    let order = columns.iter().map(ToString::to_string).collect();
    group.set_attr("column-order", AttrValue::VarLenStringArray(order));
    strings(&mut group, "_index", index);
    group
}
