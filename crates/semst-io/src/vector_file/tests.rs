//! Tests: each kind of file is read as it was written; damaged files give an error with a reason.

use std::collections::HashMap;
use std::io::Write;

use ndarray::array;
use tempfile::TempDir;

use super::*;

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// An `.npy` as numpy writes it: the header padded so that data start at a multiple of 64.
fn npy(descr: &str, fortran: bool, shape: &str, data: &[u8]) -> Vec<u8> {
    let order = if fortran { "True" } else { "False" };
    let mut head = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}");
    while (10 + head.len() + 1) % 64 != 0 {
        head.push(' ');
    }
    head.push('\n');
    let mut out = b"\x93NUMPY\x01\x00".to_vec();
    out.extend((head.len() as u16).to_le_bytes());
    out.extend(head.as_bytes());
    out.extend(data);
    out
}

fn f32s(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn utf32(names: &[&str], width: usize) -> Vec<u8> {
    let cell = |n: &&str| {
        n.chars()
            .map(u32::from)
            .chain(std::iter::repeat(0))
            .take(width)
            .collect::<Vec<_>>()
    };
    names
        .iter()
        .flat_map(cell)
        .flat_map(u32::to_le_bytes)
        .collect()
}

fn write(folder: &TempDir, name: &str, bytes: &[u8]) -> std::io::Result<PathBuf> {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes)?;
    Ok(path)
}

#[track_caller]
fn check_error(name: &str, bytes: &[u8], expected: &str) {
    let folder = TempDir::new().expect("a folder for the test");
    let path = write(&folder, name, bytes).expect("a file for the test");
    let got = VectorFile::open(path)
        .map(|_| ())
        .map_err(|e| e.to_string());
    assert!(got.as_ref().is_err_and(|e| e.contains(expected)), "{got:?}");
}

#[test]
fn npy_of_each_float_and_order() -> Outcome {
    let folder = TempDir::new()?;
    let expected = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]];
    let rows = [1.0, 2.0, 3.0, 4.0, 5.0, 6.5];
    let columns = [1.0, 4.0, 2.0, 5.0, 3.0, 6.5];
    let f64s: Vec<u8> = rows
        .iter()
        .flat_map(|&v| f64::from(v).to_le_bytes())
        .collect();
    let f16s: Vec<u8> = rows
        .iter()
        .flat_map(|&v| half::f16::from_f32(v).to_le_bytes())
        .collect();
    for (i, bytes) in [
        npy("<f4", false, "(2, 3)", &f32s(&rows)),
        npy("<f4", true, "(2, 3)", &f32s(&columns)),
        npy("<f8", false, "(2, 3)", &f64s),
        npy("<f2", false, "(2, 3)", &f16s),
    ]
    .iter()
    .enumerate()
    {
        let file = VectorFile::open(write(&folder, &format!("{i}.npy"), bytes)?)?;
        assert_eq!(file.vectors, expected);
        assert_eq!(file.names, None);
        assert_eq!(file.checksum.len(), 64);
    }
    Ok(())
}

#[test]
fn npy_takes_names_from_beside_or_from_where_it_is_told() -> Outcome {
    let folder = TempDir::new()?;
    let path = write(
        &folder,
        "genept.npy",
        &npy("<f4", false, "(2, 1)", &f32s(&[1.0, 2.0])),
    )?;
    let other = write(&folder, "symbols", b"A\r\nB\n")?;
    assert_eq!(
        VectorFile::open_with_names(&path, other)?.names,
        Some(vec!["A".into(), "B".into()])
    );
    write(&folder, "genept.names.txt", b"C\nD\n")?;
    assert_eq!(
        VectorFile::open(&path)?.names,
        Some(vec!["C".into(), "D".into()])
    );
    let short = write(&folder, "short", b"A\n")?;
    let error = VectorFile::open_with_names(&path, short)
        .map(|_| ())
        .map_err(|e| e.to_string());
    assert!(error.is_err_and(|e| e.ends_with("expected 2, got 1")));
    Ok(())
}

#[test]
fn npz_with_names_of_either_text() -> Outcome {
    let folder = TempDir::new()?;
    for (i, names) in [
        npy("<U3", false, "(2,)", &utf32(&["Aß", "Bcd"], 3)),
        npy("|S4", false, "(2,)", b"A\xc3\x9f\0Bcd\0"),
    ]
    .iter()
    .enumerate()
    {
        let path = folder.path().join(format!("{i}.npz"));
        let mut zip = zip::ZipWriter::new(std::fs::File::create(&path)?);
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated);
        zip.start_file("embeddings.npy", options)?;
        zip.write_all(&npy("<f4", false, "(2, 2)", &f32s(&[1.0, 2.0, 3.0, 4.0])))?;
        zip.start_file("genes.npy", options)?;
        zip.write_all(names)?;
        zip.finish()?;
        let file = VectorFile::open(path)?;
        assert_eq!(file.vectors, array![[1.0, 2.0], [3.0, 4.0]]);
        assert_eq!(file.names, Some(vec!["Aß".into(), "Bcd".into()]));
    }
    Ok(())
}

#[test]
fn safetensors_with_names_in_the_metadata() -> Outcome {
    let folder = TempDir::new()?;
    let halves: Vec<u8> = [1.0f32, 2.0, 3.0, 4.0]
        .iter()
        .flat_map(|&v| half::bf16::from_f32(v).to_le_bytes())
        .collect();
    for (dtype, data, names) in [
        (
            ::safetensors::Dtype::F32,
            f32s(&[1.0, 2.0, 3.0, 4.0]),
            "[\"A\",\"B\"]",
        ),
        (::safetensors::Dtype::BF16, halves, "A\nB"),
    ] {
        let view = ::safetensors::tensor::TensorView::new(dtype, vec![2, 2], &data)?;
        let metadata = HashMap::from([("genes".to_owned(), names.to_owned())]);
        let bytes = ::safetensors::serialize([("vectors", view)], Some(metadata))?;
        let file = VectorFile::open(write(&folder, "t.safetensors", &bytes)?)?;
        assert_eq!(file.vectors, array![[1.0, 2.0], [3.0, 4.0]]);
        assert_eq!(file.names, Some(vec!["A".into(), "B".into()]));
    }
    Ok(())
}

#[test]
fn delimited_with_and_without_header_and_gzip() -> Outcome {
    let folder = TempDir::new()?;
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(b"A\t1\t2\nB\t3\t4\n")?;
    for (name, bytes) in [
        ("a.csv", b"gene,d0,d1\nA,1,2\nB,3,4\n".to_vec()),
        ("b.tsv", b"A\t1\t2\nB\t3e0\t4.0\n".to_vec()),
        ("c.tsv.gz", gz.finish()?),
    ] {
        let file = VectorFile::open(write(&folder, name, &bytes)?)?;
        assert_eq!(file.vectors, array![[1.0, 2.0], [3.0, 4.0]], "{name}");
        assert_eq!(file.names, Some(vec!["A".into(), "B".into()]), "{name}");
    }
    Ok(())
}

#[test]
fn damaged_files_are_refused_with_a_reason() {
    let good = npy("<f4", false, "(2, 2)", &f32s(&[1.0, 2.0, 3.0, 4.0]));
    check_error("a.npy", &good[..good.len() - 1], "cut off or damaged");
    check_error("a.npy", &good[..20], "cut off inside the .npy header");
    check_error("a.npy", b"not numpy at all", "no .npy file");
    check_error(
        "a.npy",
        &npy("|O", false, "(2, 2)", b""),
        "Python objects are not read",
    );
    check_error(
        "a.npy",
        &npy("<i8", false, "(2, 2)", &[0; 32]),
        "use float32",
    );
    check_error(
        "a.npy",
        &npy("<f4", false, "(4,)", &f32s(&[1.0; 4])),
        "shape [4]",
    );
    check_error(
        "a.npy",
        &npy("<f4", false, "(1, 2)", &f32s(&[1.0, f32::NAN])),
        "holds NaN at row 0, column 1",
    );
    check_error("a.npz", &good, "no .npz archive");
    check_error(
        "a.safetensors",
        b"\xff\xff\xff\xff\xff\xff\xff\xff{}",
        "no safetensors file",
    );
    check_error("a.csv", b"A,1,2\nB,3\n", "line 2 has 1 numbers, expected 2");
    check_error(
        "a.csv",
        b"A,1,2\nB,3,x\n",
        "line 2, column 3: \"x\" is not a number",
    );
    check_error("a.csv", b"", "holds no line");
    check_error("a.tsv.gz", b"no gzip", "does not unpack");
    check_error("a.pickle", b"", "unknown kind of vector file");
}

#[test]
fn a_missing_file_is_named() {
    let error = VectorFile::open("/no/such/file.npy")
        .map(|_| ())
        .map_err(|e| e.to_string());
    assert_eq!(error, Err("cannot read /no/such/file.npy".into()));
}

/// Files that pandas and pyarrow wrote (`tests/golden/vector_file/make_parquet.py`).
#[cfg(feature = "parquet")]
#[test]
fn parquet_of_columns_and_of_lists() -> Outcome {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/vector_file");
    for name in ["columns", "lists", "half_columns", "half_lists"] {
        let file = VectorFile::open(folder.join(format!("{name}.parquet")))?;
        assert_eq!(file.vectors, array![[1.0, 2.0], [-0.5, 0.25], [3.0, 4.5]]);
        let names = file.names.unwrap_or_default();
        assert_eq!(names, ["MBP", "SNAP25", "GFAP"], "{name}");
    }
    for (name, expected) in [
        ("ragged", "column v.list.element: lists differ in length"),
        ("hole", "column d: has 2 numbers for 3 rows"),
        ("nameless", "column genes: a name is missing"),
        ("text", "holds no column of numbers"),
    ] {
        let said = VectorFile::open(folder.join(format!("{name}.parquet")));
        let said = said.err().map(|e| e.to_string()).unwrap_or_default();
        assert!(said.contains(expected), "{said}");
    }
    let whole = std::fs::read(folder.join("lists.parquet"))?;
    for length in [0, 20, whole.len() - 1] {
        check_error("cut.parquet", &whole[..length], "no Parquet file");
    }
    Ok(())
}
