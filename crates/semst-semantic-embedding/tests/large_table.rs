//! A large table is not read completely: only the rows of the requested genes.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};

use semst_evaluation::peak_mib;
use semst_semantic_embedding::GeneTable;

const GENES: u64 = 40_000;
const DIMS: u64 = 2560;

/// 400 MB, sparse on disk; the size of a GenePT table from a 4B model.
#[test]
fn a_large_table_costs_its_used_rows() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("large.npy");
    let head = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({GENES}, {DIMS}), }}");
    let mut file = File::create(&path)?;
    file.write_all(b"\x93NUMPY\x01\x00")?;
    file.write_all(&(head.len() as u16).to_le_bytes())?;
    file.write_all(head.as_bytes())?;
    let start = 10 + head.len() as u64;
    file.set_len(start + GENES * DIMS * 4)?;
    file.seek(SeekFrom::Start(start + 39_999 * DIMS * 4 + 8))?;
    file.write_all(&7.5f32.to_le_bytes())?;
    drop(file);
    let names: Vec<String> = (0..GENES).map(|g| format!("GENE{g}")).collect();
    std::fs::write(folder.path().join("large.names.txt"), names.join("\n"))?;

    let asked: Vec<String> = (0..500)
        .map(|g| format!("GENE{}", 39_999 - 80 * g))
        .collect();
    let before = peak_mib();
    let table = GeneTable::open_for(&path, &asked, None)?;
    assert_eq!((table.len(), table.dims()), (500, DIMS as usize));
    assert_eq!(table.vector("GENE39999").map(|v| v[2]), Some(7.5));
    if let (Some(before), Some(after)) = (before, peak_mib()) {
        println!("{:.0} MiB more at most", after - before);
        // Used rows: 5 MiB, twice while they are sorted; names and their index: some 20 MiB.
        assert!(after - before < 64.0, "{before} to {after} MiB");
    }
    Ok(())
}
