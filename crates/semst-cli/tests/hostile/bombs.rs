//! Small files that grow when they are read, and structures without an end.

use std::io::Write;
use std::path::Path;

use flate2::{Compression, write::GzEncoder};
use hdf5_pure::{AttrValue, FileBuilder, GroupBuilder};

use super::attempt::start;
use super::bases::{Base, GoodSlide, quick_run};
use super::campaign::{Try, campaign};
use super::dice::Dice;
use crate::binary::Outcome;
use crate::made::Made;

/// Bytes that a bomb becomes.
const GROWN: usize = 700 << 20;

#[test]
fn bombs_stay_within_the_budget() -> Outcome {
    let good = GoodSlide::new()?;
    let zeros = grown(&[0; 1 << 16])?;
    let lines = grown(&b"SPOT00-1,1,1,1,1,1\n".repeat(3000))?;
    campaign("bombs", 30, |dice, folder| {
        let bomb = if dice.one_in(2) { &zeros } else { &lines };
        let out = folder.join("out").display().to_string();
        let (args, size) = match dice.below(6) {
            0 => mex(dice, folder, bomb)?,
            1 => {
                let (table, size) = file(folder, "vectors.csv.gz", bomb)?;
                (
                    with(&good, &out, &["--semantics", &format!("spots:{table}")]),
                    size,
                )
            }
            2 => {
                let (table, size) = file(folder, "genes.tsv.gz", bomb)?;
                (
                    with(&good, &out, &["--semantics", &format!("table:{table}")]),
                    size,
                )
            }
            3 => {
                let (table, size) = file(folder, "vectors.npy", &npy(dice))?;
                (
                    with(&good, &out, &["--semantics", &format!("spots:{table}")]),
                    size,
                )
            }
            4 => {
                let (table, size) = file(folder, "vectors.npz", &npz(dice)?)?;
                (
                    with(&good, &out, &["--semantics", &format!("spots:{table}")]),
                    size,
                )
            }
            _ => {
                let path = folder.join("wide.h5ad");
                unusual(dice, &path)?;
                let size = std::fs::metadata(&path)?.len();
                (vec!["inspect".into(), path.display().to_string()], size)
            }
        };
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        Ok(Try::of(&start(&args, &[])?, size))
    })
}

fn with(good: &GoodSlide, out: &str, more: &[&str]) -> Vec<String> {
    let mut args: Vec<String> = quick_run(&good.path, out)
        .iter()
        .map(|a| (*a).to_owned())
        .collect();
    // The last value of a repeated option would be an error of the parser.
    if let Some(at) = args.iter().position(|a| a == "--semantics") {
        args.drain(at..at + 2);
    }
    if let Some(at) = args.iter().position(|a| a == "--modulation") {
        args.drain(at..at + 2);
    }
    args.extend(more.iter().map(|a| (*a).to_owned()));
    args
}

fn file(folder: &Path, name: &str, bytes: &[u8]) -> Outcome<(String, u64)> {
    let base = Base {
        name: name.into(),
        bytes: bytes.into(),
    };
    base.write(folder)
}

/// Compressed repetitions.
fn grown(block: &[u8]) -> Outcome<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..GROWN / block.len() {
        encoder.write_all(block)?;
    }
    Ok(encoder.finish()?)
}

/// A Space Ranger folder in which one of the compressed texts is the bomb.
fn mex(dice: &mut Dice, folder: &Path, bomb: &[u8]) -> Outcome<(Vec<String>, u64)> {
    let made = Made::default();
    let input = folder.join("in");
    made.folder(&input)?;
    std::fs::remove_file(input.join("filtered_feature_bc_matrix.h5"))?;
    let matrix = input.join("filtered_feature_bc_matrix");
    let texts = [
        ("barcodes.tsv.gz", made.barcodes.join("\n")),
        ("features.tsv.gz", made.genes.join("\n")),
        (
            "matrix.mtx.gz",
            "%%MatrixMarket matrix coordinate integer general\n12 121 1000000000000\n1 1 1\n"
                .into(),
        ),
    ];
    let which = dice.below(texts.len());
    let mut size = 0;
    for (at, (name, text)) in texts.iter().enumerate() {
        let bytes = match at == which && !dice.one_in(4) {
            true => bomb.to_vec(),
            false => super::folders::gzip(text.as_bytes())?,
        };
        size += bytes.len() as u64;
        file(&matrix, name, &bytes)?;
    }
    Ok((vec!["inspect".into(), input.display().to_string()], size))
}

/// An array with a header that lies.
fn npy(dice: &mut Dice) -> Vec<u8> {
    let kind = dice.pick(&["<f4", "<f8", "<U0", "|S0", "<U1000000000", "<f2"]);
    let shape = dice.pick(&[
        "(1000000000000, 8)",
        "(121, 1000000000)",
        "(18446744073709551615, 18446744073709551615)",
        "(121, 0)",
        "(4294967296, 4294967296)",
        "(121,)",
    ]);
    let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend([0; 4096]);
    bytes
}

/// An archive with an array of zeros that are compressed a thousand times.
fn npz(dice: &mut Dice) -> Outcome<Vec<u8>> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file("vectors.npy", zip::write::SimpleFileOptions::default())?;
    match dice.one_in(2) {
        true => archive.write_all(&npy(dice))?,
        false => {
            let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1441792, 128), }\n";
            archive.write_all(b"\x93NUMPY\x01\x00")?;
            archive.write_all(&(header.len() as u16).to_le_bytes())?;
            archive.write_all(header.as_bytes())?;
            for _ in 0..GROWN >> 16 {
                archive.write_all(&[0; 1 << 16])?;
            }
        }
    }
    Ok(archive.finish()?.into_inner())
}

/// A slide with groups in groups, very many groups, or very long names.
fn unusual(dice: &mut Dice, path: &Path) -> Outcome {
    let mut file = FileBuilder::new();
    file.set_attr("encoding-type", AttrValue::VarLenString("anndata".into()));
    let mut uns = file.create_group("uns");
    match dice.below(3) {
        0 => {
            let depth = 1 + dice.below(400);
            let nested = nested(&mut uns, depth);
            uns.add_group(nested.finish());
        }
        1 => {
            for at in 0..20_000 {
                let group = uns.create_group(&format!("group {at}"));
                uns.add_group(group.finish());
            }
        }
        _ => {
            let name = "n".repeat(1 + dice.below(60_000));
            uns.create_dataset(&name).with_f64_data(&[1.0]);
        }
    }
    file.add_group(uns.finish());
    file.write(path)?;
    Ok(())
}

fn nested(parent: &mut GroupBuilder, depth: usize) -> GroupBuilder {
    let mut group = parent.create_group("deeper");
    if depth > 0 {
        let inner = nested(&mut group, depth - 1);
        group.add_group(inner.finish());
    }
    group
}
