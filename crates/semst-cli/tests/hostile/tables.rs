//! Damaged tables: known domains, domains, vectors of spots and genes, texts of genes, templates of prompts.

use std::io::{Cursor, Read, Write};
use std::path::Path;

use ndarray::Array2;
use semst::io::VectorOutput;

use super::attempt::start;
use super::bases::{Base, GoodSlide, finished, golden};
use super::campaign::{Try, campaign};
use super::dice::Dice;
use super::folders::gzip;
use super::mutate;
use crate::binary::Outcome;
use crate::made::Made;

/// What a table is given as.
#[derive(Clone, Copy, Debug)]
enum Role {
    /// `evaluate FILE --truth TABLE`
    Truth,
    /// `evaluate TABLE --truth band`
    Domains,
    /// `run --semantics spots:TABLE`
    Spots,
    /// `run --semantics table:TABLE`
    Genes,
    /// `embed genes --text TABLE`
    Texts,
    /// `embed spots --template TABLE`
    Template,
}

#[test]
fn damaged_tables_end_in_an_answer() -> Outcome {
    let good = GoodSlide::new()?;
    let results = tempfile::tempdir()?;
    let (result, _) = finished("slide.h5ad")?.write(results.path())?;
    let tables = tables()?;
    for (role, base) in &tables {
        let folder = tempfile::tempdir()?;
        let tried = tried(*role, base, folder.path(), &good, &result)?;
        assert_eq!(tried.fault, None, "{role:?} {}", base.name);
    }
    campaign("tables", 500, |dice, folder| {
        let (role, mut base) = dice.pick(&tables).clone();
        damage(dice, &mut base)?;
        tried(role, &base, folder, &good, &result)
    })
}

/// Gives a table to the command for its role.
fn tried(role: Role, base: &Base, folder: &Path, good: &GoodSlide, result: &str) -> Outcome<Try> {
    let (path, size) = base.write(&folder.join("in"))?;
    let out = folder.join("out").display().to_string();
    let (spots, genes) = (format!("spots:{path}"), format!("table:{path}"));
    let trained = |source| {
        let common = "--domains 3 --head kmeans --encoder diffusion --modulator fsm --epochs 1 --no-interpret -q";
        let mut args = vec!["run", &*good.path, "-o", &*out, "--semantics", source];
        args.extend(common.split_whitespace());
        args
    };
    let args = match role {
        Role::Truth => vec!["evaluate", result, "--truth", &*path],
        Role::Domains => vec!["evaluate", &*path, "--truth", &*path],
        Role::Spots => trained(&*spots),
        Role::Genes => trained(&*genes),
        // Nothing listens at port 1: the texts are read before that is noticed.
        Role::Texts => vec![
            "embed",
            "genes",
            "--text",
            &*path,
            "-o",
            "none.npz",
            "--no-cache",
            "--retries",
            "0",
            "--model",
            "http://127.0.0.1:1/v1#m",
        ],
        Role::Template => vec![
            "embed",
            "spots",
            &*good.path,
            "--dry-run",
            "--template",
            &*path,
        ],
    };
    Ok(Try::of(&start(&args, &[])?, size + good.bytes))
}

/// Damages a table where its readers look: texts, the arrays in an archive, sizes in a header, or any byte.
fn damage(dice: &mut Dice, base: &mut Base) -> Outcome {
    let ending = base.name.rsplit('.').next().unwrap_or_default();
    match ending {
        "csv" | "tsv" | "txt" => mutate::text(dice, &mut base.bytes),
        "gz" if !dice.one_in(3) => {
            let mut text = Vec::new();
            flate2::read::GzDecoder::new(&*base.bytes).read_to_end(&mut text)?;
            mutate::text(dice, &mut text);
            base.bytes = gzip(&text)?;
        }
        "npz" if !dice.one_in(3) => base.bytes = rearchived(dice, &base.bytes)?,
        "npy" | "safetensors" if dice.one_in(2) => mutate::digits(dice, &mut base.bytes),
        _ => mutate::bytes(dice, &mut base.bytes),
    }
    Ok(())
}

/// The archive with one damaged member.
fn rearchived(dice: &mut Dice, bytes: &[u8]) -> Outcome<Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes))?;
    let mut copy = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let damaged = dice.below(archive.len());
    for at in 0..archive.len() {
        let mut member = archive.by_index(at)?;
        let mut content = Vec::new();
        member.read_to_end(&mut content)?;
        if at == damaged {
            match dice.one_in(2) {
                true => mutate::digits(dice, &mut content),
                false => mutate::bytes(dice, &mut content),
            }
        }
        copy.start_file(
            member.name()?.into_owned(),
            zip::write::SimpleFileOptions::default(),
        )?;
        copy.write_all(&content)?;
    }
    Ok(copy.finish()?.into_inner())
}

/// Good tables of every kind.
fn tables() -> Outcome<Vec<(Role, Base)>> {
    let made_of = Made::default();
    let text = |name: &str, text: String| Base {
        name: name.into(),
        bytes: text.into_bytes(),
    };
    let lines = |line: &dyn Fn(usize) -> String| -> String { (0..121).map(line).collect() };
    let barcode = |at: usize| made_of.barcodes[at].clone();
    let labels = lines(&|at| format!("{},layer {},{at}.5\n", barcode(at), at % 3));
    let quoted = lines(&|at| format!("\"{}\"\t\"a, {}\"\n", barcode(at), at % 4));
    let texts: String = made_of
        .genes
        .iter()
        .map(|g| format!("{g}\tthe gene {g} of the brain\n"))
        .collect();
    let mut tables = vec![
        (
            Role::Truth,
            text("labels.csv", format!("barcode,layer,depth\n{labels}")),
        ),
        (
            Role::Truth,
            text("labels.tsv", format!("barcode\tlayer\n{quoted}")),
        ),
        (Role::Domains, finished("slide_domains.csv")?),
        (
            Role::Texts,
            text("texts.tsv", format!("symbol\tsummary\n{texts}")),
        ),
        (Role::Texts, text("texts.csv", texts.replace('\t', ","))),
        (
            Role::Texts,
            Base {
                name: "texts.tsv.gz".into(),
                bytes: gzip(texts.as_bytes())?,
            },
        ),
        (
            Role::Template,
            text(
                "template.txt",
                "A scientist.\n---\nGenes: {genes}.\n".into(),
            ),
        ),
    ];
    for (role, names) in [
        (Role::Spots, &made_of.barcodes),
        (Role::Genes, &made_of.genes),
    ] {
        let values = Array2::from_shape_fn((names.len(), 5), |(row, column)| {
            ((row * 7 + column * 3) % 11) as f32 - 4.0
        });
        let folder = tempfile::tempdir()?;
        for name in [
            "vectors.npz",
            "vectors.safetensors",
            "vectors.csv",
            "vectors.tsv",
        ] {
            let path = folder.path().join(name);
            VectorOutput::new(&path)?.write(names, values.view(), &"made")?;
            tables.push((role, Base::read(&path)?));
        }
    }
    tables.push((Role::Spots, npy()));
    for name in [
        "columns.parquet",
        "lists.parquet",
        "half_lists.parquet",
        "text.parquet",
    ] {
        let path = golden("semst-io/tests/golden/vector_file").join(name);
        tables.push((Role::Spots, Base::read(&path)?));
    }
    Ok(tables)
}

/// Vectors of 121 spots without names.
fn npy() -> Base {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (121, 4), }\n";
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend((0..121 * 4).flat_map(|at| ((at % 13) as f32).to_le_bytes()));
    Base {
        name: "vectors.npy".into(),
        bytes,
    }
}
