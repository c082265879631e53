//! Files that declare more than they hold (`golden/io/make_bombs.py`): one line, at once.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use semst_io::{IoError, ReadConfig, VectorFile, inspect, read, read_unpacked};

use crate::made::{Made, Outcome};

fn bomb(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/io/bombs")
        .join(format!("{name}.h5ad"))
}

#[track_caller]
fn refused<T>(result: Result<T, IoError>, name: &str) {
    let error = result.err();
    assert!(
        matches!(error, Some(IoError::OverBudget { .. })),
        "{name}: {error:?}"
    );
    let said = error.map(|e| e.to_string()).unwrap_or_default();
    assert!(
        said.contains("set `memory_mib`") && !said.contains('\n'),
        "{said}"
    );
}

#[test]
fn declared_sizes_are_no_reason_to_take_memory() {
    let began = Instant::now();
    for name in [
        "fill_index",
        "fill_contiguous",
        "wide_text",
        "long_chunk",
        "many_chunks",
        "one_text",
    ] {
        refused(read(&bomb(name), &ReadConfig::new()), name);
    }
    // Refused by shape, before its size is of interest.
    for name in ["fill_genes", "fill_space", "fill_dense", "no_rows"] {
        assert!(read(&bomb(name), &ReadConfig::new()).is_err(), "{name}");
        let _ = inspect(&bomb(name), &ReadConfig::new());
    }
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn a_newer_layout_is_no_damage() {
    let error = read(&bomb("newest_index"), &ReadConfig::new()).err();
    let said = error.map(|e| e.to_string()).unwrap_or_default();
    assert!(
        said.contains("semst cannot read") && said.contains("save it again with anndata"),
        "{said}"
    );
}

#[test]
fn the_bound_is_a_setting() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("s.h5ad");
    Made::default().write(&path)?;
    refused(read(&path, &ReadConfig::new().with_memory_mib(0)), "none");
    read(&path, &ReadConfig::new().with_memory_mib(1))?;
    Ok(())
}

/// A megabyte that unpacks to a gigabyte.
fn packed(path: &Path) -> Outcome {
    let mut file = GzEncoder::new(std::fs::File::create(path)?, Compression::best());
    let part = vec![b'0'; 1 << 20];
    for _ in 0..1 << 10 {
        file.write_all(&part)?;
    }
    file.finish()?;
    Ok(())
}

#[test]
fn packed_text_ends_within_the_bound() -> Outcome {
    let folder = tempfile::tempdir()?;
    let table = folder.path().join("genes.tsv.gz");
    packed(&table)?;
    refused(read_unpacked(&table), "text");
    refused(VectorFile::open(&table), "vectors");
    // Names of no width, and rows of no width, take no bytes.
    let npy = |descr: &str, shape: &str| {
        let mut header =
            format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
        header += &" ".repeat(117 - header.len());
        header.push('\n');
        [b"\x93NUMPY\x01\0v\0".as_slice(), header.as_bytes()].concat()
    };
    let path = folder.path().join("v.npy");
    std::fs::write(&path, npy("<f4", "(1000000000000, 0)"))?;
    let error = VectorFile::open(&path).err().map(|e| e.to_string());
    assert!(error.is_some_and(|said| said.contains("vectors of no dimension")));
    Ok(())
}

/// The bytes of a file with a column of names and one of numbers, stored as they are.
fn small_parquet(name: &str, rows: usize) -> Result<Vec<u8>, parquet::errors::ParquetError> {
    use parquet::data_type::{ByteArray, ByteArrayType, FloatType};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    let schema = "message m { required binary name (UTF8); required float x; }";
    let schema = parquet::schema::parser::parse_message_type(schema)?;
    let plain = WriterProperties::builder().set_column_dictionary_enabled("x".into(), false);
    let mut file = SerializedFileWriter::new(Vec::new(), schema.into(), plain.build().into())?;
    let mut group = file.next_row_group()?;
    let names = vec![ByteArray::from(name); rows];
    if let Some(mut column) = group.next_column()? {
        column
            .typed::<ByteArrayType>()
            .write_batch(&names, None, None)?;
        column.close()?;
    }
    let numbers: Vec<f32> = (0..rows).map(|row| row as f32).collect();
    if let Some(mut column) = group.next_column()? {
        column
            .typed::<FloatType>()
            .write_batch(&numbers, None, None)?;
        column.close()?;
    }
    group.close()?;
    file.into_inner()
}

/// Sizes that pages declare, and texts that stand for one of a dictionary, are bounded before memory is taken.
#[test]
fn parquet_pages_stay_within_the_budget() -> Outcome {
    let whole = small_parquet("a", 3)?;
    let said = |bytes: &[u8]| -> Result<String, Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("v.parquet");
        std::fs::write(&path, bytes)?;
        let error = VectorFile::open(&path).err();
        Ok(error.map(|e| e.to_string()).unwrap_or_default())
    };
    assert_eq!(said(&whole)?, "");
    // The header of the last page: its type, its size in memory (12 bytes), its size in the file, and the number of values.
    let header = [0x15, 0, 0x15, 24, 0x15, 24, 0x2c, 0x15, 6];
    let mut windows = whole.windows(header.len());
    let at = windows
        .position(|bytes| bytes == header)
        .ok_or("a header")?;
    let (before, after) = (&whole[..at + 3], &whole[at + 4..]);
    let large = [before, &[0xfe, 0xff, 0xff, 0xff, 0xf], after].concat();
    let text = said(&large)?;
    assert!(
        text.contains("memory") && text.contains("column x"),
        "{text}"
    );
    let mut more = whole.clone();
    more[at + 8] = 8;
    let text = said(&more)?;
    assert!(text.contains("more values than it declares"), "{text}");
    let long = small_parquet(&"x".repeat(1 << 19), 1_000)?;
    assert!(long.len() < 4 << 20, "{}", long.len());
    let text = said(&long)?;
    assert!(
        text.contains("memory") && text.contains("column name"),
        "{text}"
    );
    Ok(())
}
