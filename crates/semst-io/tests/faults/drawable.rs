//! Files that semst makes of a folder have what `sc.pl.spatial` and `sq.pl.spatial_scatter` read when they are called with a
//! colour only.

use std::path::Path;

use hdf5_pure::{Datatype, File};
use image::{Rgb, RgbImage};
use semst_io::{ReadConfig, Slots, read, read_run, write_h5ad};

use crate::made::Outcome;
use crate::reading::space_ranger;

/// A picture of the size, with colours.
fn picture(side: u32) -> RgbImage {
    RgbImage::from_fn(side, side, |x, y| Rgb([x as u8, y as u8, 90]))
}

/// What the plots read, and what stands below the spots.
struct Drawn {
    hires: (u64, u64),
    scale: f64,
    diameter: f64,
    /// Whether reading finds a picture of the tissue in the file.
    pictured: bool,
}

/// Writes the result of a folder with these pictures and factors.
fn drawn(
    pictures: &[(&str, u32)],
    factors: Option<&str>,
) -> Result<Drawn, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    space_ranger(folder.path(), true, 2)?;
    let spatial = folder.path().join("spatial");
    for (name, side) in pictures {
        picture(*side).save(spatial.join(format!("tissue_{name}_image.png")))?;
    }
    if let Some(factors) = factors {
        std::fs::write(spatial.join("scalefactors_json.json"), factors)?;
    }
    let (slide, _) = read(folder.path(), &ReadConfig::new())?;
    let path = folder.path().join("result.h5ad");
    write_h5ad(&slide, &path, &Slots::new())?;
    let drawn = checked(&path, &slide.spatial)?;
    // A given picture is there as it was.
    let placed =
        |name: &&(&str, u32)| factors.is_some_and(|f| f.contains(&format!("tissue_{}_", name.0)));
    for (name, side) in pictures.iter().filter(placed) {
        let file = File::open(&path)?;
        let library = file
            .group("uns/spatial")?
            .iter_groups()?
            .next()
            .ok_or("no library")?;
        let stored = library.1.group("images")?.dataset(name)?.read_raw()?;
        assert_eq!(stored, picture(*side).into_raw(), "{name}");
    }
    Ok(drawn)
}

fn checked(
    path: &Path,
    points: &ndarray::Array2<f64>,
) -> Result<Drawn, Box<dyn std::error::Error>> {
    let file = File::open(path)?;
    let libraries: Vec<_> = file.group("uns/spatial")?.iter_groups()?.collect();
    // The plots choose the library only where there is one.
    let [(_, library)] = &libraries[..] else {
        return Err(format!("{} libraries", libraries.len()).into());
    };
    let hires = library.group("images")?.dataset("hires")?;
    let shape = hires.shape()?;
    let kind = hires.datatype()?;
    assert!(
        matches!(kind, Datatype::FixedPoint { size: 1, .. }),
        "{kind:?}"
    );
    let &[height, width, 3] = &shape[..] else {
        return Err(format!("a picture of {shape:?}").into());
    };
    let factor = |name: &str| -> Result<f64, Box<dyn std::error::Error>> {
        let dataset = library.group("scalefactors")?.dataset(name)?;
        assert!(dataset.shape()?.is_empty(), "{name}");
        let value = dataset.read_f64()?[0];
        assert!(value.is_finite() && value > 0.0, "{name}: {value}");
        Ok(value)
    };
    let (scale, diameter) = (
        factor("tissue_hires_scalef")?,
        factor("spot_diameter_fullres")?,
    );
    for (axis, side) in [(0, width), (1, height)] {
        let end = points.column(axis).iter().copied().fold(0.0, f64::max) * scale;
        assert!(end <= side as f64, "{end} of {side} pixels");
    }
    let pictured = read_run(path, &[])?.image.is_some();
    Ok(Drawn {
        hires: (width, height),
        scale,
        diameter,
        pictured,
    })
}

#[test]
fn results_of_folders_draw_at_once() -> Outcome {
    let all =
        r#"{"spot_diameter_fullres": 8, "tissue_hires_scalef": 4, "tissue_lowres_scalef": 2}"#;
    let low = r#"{"spot_diameter_fullres": 8, "tissue_lowres_scalef": 2}"#;
    let bare = r#"{"tissue_hires_scalef": 4, "tissue_lowres_scalef": 2}"#;
    // Nothing, and nothing that can be placed: white, below all spots.
    for pictures in [&[][..], &[("hires", 200), ("lowres", 100)]] {
        let made = drawn(pictures, None)?;
        assert!(!made.pictured);
        assert!(made.hires.0.max(made.hires.1) >= 1_000, "{:?}", made.hires);
    }
    let made = drawn(&[], Some(all))?;
    assert_eq!(
        (made.scale, made.diameter, made.pictured),
        (4.0, 8.0, false)
    );
    // The lowres picture at the factor of hires, or at its own.
    let made = drawn(&[("lowres", 100)], Some(all))?;
    assert_eq!(
        (made.hires, made.scale, made.pictured),
        ((200, 200), 4.0, true)
    );
    let made = drawn(&[("lowres", 100)], Some(low))?;
    assert_eq!(
        (made.hires, made.scale, made.diameter),
        ((100, 100), 2.0, 8.0)
    );
    // A diameter alone is missing.
    let made = drawn(&[("hires", 200), ("lowres", 100)], Some(bare))?;
    assert_eq!(
        (made.hires, made.scale, made.pictured),
        ((200, 200), 4.0, true)
    );
    Ok(())
}
