//! Which numbers are x and which are y, and what happens to a third axis.

use hdf5_pure::{AttrValue, FileBuilder, GroupBuilder};
use ndarray::{Array2, array};
use semst_io::{ReadConfig, inspect, read};

use super::{fault, said};
use crate::made::Outcome;

/// Three spots with columns of numbers in `obs`, and in a frame or an array of `obsm/spatial`.
#[derive(Default)]
struct Points<'a> {
    obs: &'a [(&'a str, [f64; 3])],
    frame: &'a [(&'a str, [f64; 3])],
    array: Option<Array2<f64>>,
}

impl Points<'_> {
    fn read(&self) -> Result<(Array2<f64>, semst_io::ReadReport), semst_io::IoError> {
        self.read_as(&ReadConfig::new())
    }

    fn read_as(
        &self,
        config: &ReadConfig,
    ) -> Result<(Array2<f64>, semst_io::ReadReport), semst_io::IoError> {
        let folder =
            tempfile::tempdir().map_err(|e| semst_io::IoError::reader("test", "".as_ref(), e))?;
        let path = folder.path().join("slide.h5ad");
        let mut file = FileBuilder::new();
        file.create_dataset("X")
            .with_f64_data(&[1.0, 2.0, 3.0])
            .with_shape(&[3, 1]);
        let group = frame(file.create_group("obs"), &["a", "b", "c"], self.obs);
        file.add_group(group.finish());
        let group = frame(file.create_group("var"), &["MBP"], &[]);
        file.add_group(group.finish());
        let mut obsm = file.create_group("obsm");
        if let Some(array) = &self.array {
            let shape = [array.nrows() as u64, array.ncols() as u64];
            let values: Vec<f64> = array.iter().copied().collect();
            obsm.create_dataset("spatial")
                .with_f64_data(&values)
                .with_shape(&shape);
        } else if !self.frame.is_empty() {
            let group = frame(obsm.create_group("spatial"), &["a", "b", "c"], self.frame);
            obsm.add_group(group.finish());
        }
        file.add_group(obsm.finish());
        let failed = |e: hdf5_pure::Error| semst_io::IoError::reader("test", &path, e);
        file.write(&path).map_err(failed)?;
        let (slide, report) = read(&path, config)?;
        Ok((slide.spatial, report))
    }
}

fn frame(mut group: GroupBuilder, index: &[&str], columns: &[(&str, [f64; 3])]) -> GroupBuilder {
    group.set_attr("_index", AttrValue::VarLenString("_index".into()));
    let order = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
    group.set_attr("column-order", AttrValue::VarLenStringArray(order));
    group.set_attr("encoding-type", AttrValue::VarLenString("dataframe".into()));
    group.create_dataset("_index").with_vlen_strings(index);
    for (name, values) in columns {
        group.create_dataset(name).with_f64_data(values);
    }
    group
}

const X: [f64; 3] = [0.0, 1.0, 2.0];
const Y: [f64; 3] = [5.0, 7.0, 9.0];

#[test]
fn columns_of_obs_are_coordinates() -> Outcome {
    for [x, y] in [
        ["x", "y"],
        ["x_centroid", "y_centroid"],
        ["X_centroid", "Y_centroid"],
        ["CenterX_global_px", "CenterY_global_px"],
        ["center_x", "center_y"],
        ["pxl_col_in_fullres", "pxl_row_in_fullres"],
    ] {
        // The order of the columns says nothing, and array positions come last.
        let obs = [("array_row", X), (y, Y), ("array_col", X), (x, X)];
        let (points, report) = Points {
            obs: &obs,
            ..Points::default()
        }
        .read()?;
        assert_eq!(
            (points.column(0).to_vec(), points.column(1).to_vec()),
            (X.to_vec(), Y.to_vec())
        );
        assert_eq!(report.coordinates_from, format!("obs/{x}, obs/{y}"));
        assert!(report.is_clean(), "{report}");
    }
    let obs = [
        ("array_row", [0.0, 0.0, 1.0]),
        ("array_col", [0.0, 1.0, 0.0]),
    ];
    let (points, _) = Points {
        obs: &obs,
        ..Points::default()
    }
    .read()?;
    assert_eq!(points, array![[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]);
    // Neighbours of a hexagonal lattice are all two columns away.
    let obs = [
        ("array_row", [0.0, 0.0, 1.0]),
        ("array_col", [0.0, 2.0, 1.0]),
    ];
    let (points, report) = Points {
        obs: &obs,
        ..Points::default()
    }
    .read()?;
    assert_eq!(points, array![[0.0, 0.0], [2.0, 0.0], [1.0, 3_f64.sqrt()]]);
    assert!(report.coordinates_from.contains("hexagonal"), "{report}");
    let Some(path) = fault("centroids.h5ad") else {
        return Ok(());
    };
    let (_, report) = read(&path, &ReadConfig::new())?;
    assert_eq!(report.coordinates_from, "obs/x_centroid, obs/y_centroid");
    Ok(())
}

#[test]
fn frames_are_read_by_the_names_of_their_columns() -> Outcome {
    for [y, x] in [
        ["y", "x"],
        ["row", "col"],
        ["pxl_row_in_fullres", "pxl_col_in_fullres"],
        ["Y_um", "X_um"],
        ["imagerow", "imagecol"],
        ["second", "first"],
    ] {
        let unnamed = y == "second";
        let columns = if unnamed {
            [(x, X), (y, Y)]
        } else {
            [(y, Y), (x, X)]
        };
        let (points, _) = Points {
            frame: &columns,
            ..Points::default()
        }
        .read()?;
        assert_eq!(
            (points.column(0).to_vec(), points.column(1).to_vec()),
            (X.to_vec(), Y.to_vec()),
            "{x}"
        );
    }
    let columns = [("a", X), ("b", Y), ("c", X)];
    let text = said(
        Points {
            frame: &columns,
            ..Points::default()
        }
        .read(),
    );
    assert!(
        text.ends_with("`obsm/spatial` has the columns a, b, c; call two of them x and y"),
        "{text}"
    );
    let (Some(rowcol), Some(plain)) = (fault("rowcol.h5ad"), fault("plain.h5ad")) else {
        return Ok(());
    };
    let (rowcol, _) = read(&rowcol, &ReadConfig::new())?;
    let (plain, _) = read(&plain, &ReadConfig::new())?;
    assert_eq!(rowcol.spatial, plain.spatial);
    Ok(())
}

#[test]
fn a_third_axis_is_used_by_nobody_in_silence() -> Outcome {
    let words = "has a third axis with 3 values, but semst works in two dimensions: keep one section in the file, or only x and y if it is one";
    let deep = array![[0.0, 0.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 2.0]];
    let text = said(
        Points {
            array: Some(deep),
            ..Points::default()
        }
        .read(),
    );
    assert!(text.ends_with(&format!("`obsm/spatial` {words}")), "{text}");
    let flat = array![[0.0, 0.0, 4.0], [1.0, 0.0, 4.0], [0.0, 1.0, 4.0]];
    let (points, report) = Points {
        array: Some(flat),
        ..Points::default()
    }
    .read()?;
    assert_eq!(points, array![[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]);
    assert_eq!(
        report.left_out,
        ["obsm/spatial column 2, a third axis with one value"]
    );
    let columns = [("z", Y), ("y", Y), ("x", X)];
    let text = said(
        Points {
            frame: &columns,
            ..Points::default()
        }
        .read(),
    );
    assert!(text.contains("has a third axis with 3 values"), "{text}");
    for names in [["x", "y", "z"], ["center_x", "center_y", "center_z"]] {
        let obs = [(names[0], X), (names[1], Y), (names[2], Y)];
        let (_, report) = Points {
            obs: &obs,
            ..Points::default()
        }
        .read()?;
        assert!(
            report.left_out[0]
                .starts_with(&format!("obs/{}, a third axis with 3 values", names[2])),
            "{report}"
        );
    }
    let Some(path) = fault("stacked_3d.h5ad") else {
        return Ok(());
    };
    let text = said(read(&path, &ReadConfig::new()));
    assert!(
        text.contains("`obsm/spatial` has a third axis with 2 values"),
        "{text}"
    );
    assert!(inspect(&path, &ReadConfig::new())?.counts.is_err());
    // Where the sections have names, one of them is flat.
    let deep = array![[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 2.0]];
    let sections = [("section", [1.0, 1.0, 2.0])];
    let first = ReadConfig::new().with_subset("section=1".parse()?);
    let (points, _) = Points {
        obs: &sections,
        array: Some(deep),
        ..Points::default()
    }
    .read_as(&first)?;
    assert_eq!(points, array![[0.0, 0.0], [1.0, 0.0]]);
    Ok(())
}
