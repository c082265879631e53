//! Pictures look the same in every type of number.

use hdf5_pure::{DatasetBuilder, File, Group};
use semst_io::{ReadConfig, read};

use super::fault;
use crate::made::{Made, Outcome};

/// Two pixels, of which one is dark.
const BYTES: [u8; 6] = [0, 51, 102, 153, 204, 255];

fn read_with(
    below_black: bool,
    build: impl FnOnce(&mut DatasetBuilder),
) -> Result<Option<Vec<u8>>, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("slide.h5ad");
    Made::default().write(&path)?;
    let file = File::open_rw(&path)?;
    let mut group: Group = file.root();
    for name in ["uns", "spatial", "library"] {
        group = group.create_group(name)?;
    }
    let factors = group.create_group("scalefactors")?;
    factors.create_dataset("tissue_lowres_scalef", |b| {
        b.with_f64_data(&[0.5]).with_shape(&[]);
    })?;
    let images = group.create_group("images")?;
    images.create_dataset("lowres", |b| {
        build(b);
        b.with_shape(&[1, 2, 3]);
    })?;
    file.commit()?;
    file.close()?;
    let (slide, report) = read(&path, &ReadConfig::new())?;
    assert_eq!(
        slide.image.is_none(),
        report.left_out.len() == 1,
        "{report}"
    );
    // Only one of the pictures has a value below black.
    let darkest = report
        .clipped
        .as_ref()
        .map(|(slot, values)| (slot.as_str(), *values));
    let expected = ("uns/spatial/library/images/lowres", 1);
    assert_eq!(darkest, below_black.then_some(expected));
    Ok(slide.image.map(|image| image.pixels.into_raw()))
}

#[test]
fn pictures_are_scaled_by_their_type_and_range() -> Outcome {
    let wide = BYTES.map(|byte| u16::from(byte) * 257);
    let whole = BYTES.map(i64::from);
    let large = BYTES.map(f32::from);
    let small = BYTES.map(|byte| f64::from(byte) / 255.0);
    for (name, pixels) in [
        (
            "u8",
            read_with(false, |b| {
                b.with_u8_data(&BYTES);
            })?,
        ),
        (
            "u16",
            read_with(false, |b| {
                b.with_u16_data(&wide);
            })?,
        ),
        (
            "i64",
            read_with(false, |b| {
                b.with_i64_data(&whole);
            })?,
        ),
        (
            "f32",
            read_with(false, |b| {
                b.with_f32_data(&large);
            })?,
        ),
        (
            "f64",
            read_with(false, |b| {
                b.with_f64_data(&small);
            })?,
        ),
        (
            "f32 below black",
            read_with(true, |b| {
                let mut values = large;
                values[0] = -1.0;
                b.with_f32_data(&values);
            })?,
        ),
        (
            "f64 of 16 bits",
            read_with(false, |b| {
                b.with_f64_data(&wide.map(f64::from));
            })?,
        ),
    ] {
        assert_eq!(pixels.as_deref(), Some(&BYTES[..]), "{name}");
    }
    // No known white: left out and named.
    assert_eq!(
        read_with(false, |b| {
            b.with_f32_data(&[1e9; 6]);
        })?,
        None
    );
    for name in ["pic_u16", "pic_f255"] {
        let Some(path) = fault(&format!("{name}.h5ad")) else {
            continue;
        };
        let (slide, _) = read(&path, &ReadConfig::new())?;
        let pixels = slide.image.ok_or("no picture")?.pixels;
        assert_eq!(pixels.get_pixel(0, 0).0, [200, 120, 150], "{name}");
        assert_eq!(pixels.get_pixel(60, 60).0, [170, 150, 150], "{name}");
    }
    Ok(())
}
