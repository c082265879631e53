//! Damaged Space Ranger folders.

use std::io::Write;
use std::path::Path;

use flate2::{Compression, write::GzEncoder};

use super::attempt::start;
use super::bases::{Base, OPTIONS, made, quick_run};
use super::campaign::{Try, campaign};
use super::mutate;
use crate::binary::{Outcome, QUICK, run};
use crate::made::Made;

#[test]
fn damaged_folders_end_in_an_answer() -> Outcome {
    let layouts = [hdf5_folder()?, mex_folder()?];
    for files in &layouts {
        let folder = tempfile::tempdir()?;
        write_all(files, folder.path())?;
        let input = folder.path().display().to_string();
        let ended = start(&["inspect", &input], &[])?;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }
    campaign("folders", 500, |dice, folder| {
        let mut files = dice.pick(&layouts).clone();
        let at = dice.below(files.len());
        damage(dice, &mut files[at])?;
        let input = folder.join("in");
        let size = write_all(&files, &input)?;
        let input = input.display().to_string();
        let out = folder.join("out").display().to_string();
        let args = match dice.below(3) {
            0 => quick_run(&input, &out),
            _ => vec!["inspect", &*input],
        };
        Ok(Try::of(&start(&args, &[])?, size))
    })
}

/// Damages a file; half of the compressed ones are damaged before the compression, where readers look.
fn damage(dice: &mut super::dice::Dice, file: &mut Base) -> Outcome {
    let is_text = [".csv", ".json"].iter().any(|e| file.name.ends_with(e));
    if is_text {
        mutate::text(dice, &mut file.bytes);
    } else if file.name.ends_with(".gz") && dice.one_in(2) {
        let mut text = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&*file.bytes), &mut text)?;
        mutate::text(dice, &mut text);
        file.bytes = gzip(&text)?;
    } else {
        mutate::bytes(dice, &mut file.bytes);
    }
    Ok(())
}

fn write_all(files: &[Base], folder: &Path) -> Outcome<u64> {
    let mut size = 0;
    for file in files {
        size += file.write(folder)?.1;
    }
    Ok(size)
}

/// Matrix in HDF5, positions, scale factors, and a picture.
fn hdf5_folder() -> Outcome<Vec<Base>> {
    let folder = tempfile::tempdir()?;
    Made::default().folder(folder.path())?;
    let mut files = Vec::new();
    for name in [
        "filtered_feature_bc_matrix.h5",
        "spatial/tissue_positions_list.csv",
    ] {
        files.push(Base {
            name: name.into(),
            bytes: std::fs::read(folder.path().join(name))?,
        });
    }
    files.extend(picture()?);
    Ok(files)
}

/// The scale factors and a picture, which a run has drawn.
fn picture() -> Outcome<[Base; 2]> {
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("out");
    run(&made(folder.path())?, &format!("{OPTIONS} {QUICK}"), &out)?.succeeded();
    let factors = r#"{"spot_diameter_fullres": 60.0, "tissue_hires_scalef": 0.5, "fiducial_diameter_fullres": 90.0, "tissue_lowres_scalef": 0.15}"#;
    Ok([
        Base {
            name: "spatial/scalefactors_json.json".into(),
            bytes: factors.into(),
        },
        Base {
            name: "spatial/tissue_lowres_image.png".into(),
            bytes: std::fs::read(out.join("slide.png"))?,
        },
    ])
}

/// The matrix as three compressed texts.
fn mex_folder() -> Outcome<Vec<Base>> {
    let made = Made::default();
    let genes = made.genes.len();
    let counts = made.counts.as_deref().unwrap_or_default();
    let mut entries = String::new();
    let mut n = 0;
    for (at, &count) in counts.iter().enumerate().filter(|(_, c)| **c > 0.0) {
        entries += &format!("{} {} {count}\n", at % genes + 1, at / genes + 1);
        n += 1;
    }
    let matrix = format!(
        "%%MatrixMarket matrix coordinate integer general\n%made\n{genes} {} {n}\n{entries}",
        made.barcodes.len()
    );
    let features: String = made
        .genes
        .iter()
        .enumerate()
        .map(|(g, gene)| format!("ENSG{g:011}\t{gene}\tGene Expression\n"))
        .collect();
    let lines: Vec<String> = (0..made.barcodes.len()).map(|at| made.line(at)).collect();
    let texts = [
        ("barcodes.tsv.gz", made.barcodes.join("\n") + "\n"),
        ("features.tsv.gz", features),
        ("matrix.mtx.gz", matrix),
    ];
    let mut files = vec![Base {
        name: "spatial/tissue_positions_list.csv".into(),
        bytes: lines.join("\n").into_bytes(),
    }];
    for (name, text) in texts {
        files.push(Base {
            name: format!("filtered_feature_bc_matrix/{name}"),
            bytes: gzip(text.as_bytes())?,
        });
    }
    files.extend(picture()?);
    Ok(files)
}

/// Compressed as `.gz`.
pub(super) fn gzip(bytes: &[u8]) -> Outcome<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}
