//! Writes a simulated section for other languages: `matrix_market OUT [SEED] [CONTRAST] [PATCHINESS] [DEPTH] [CONCENTRATION]`.

use std::error::Error;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::{env, fs};

use semst_simulate::LayeredTissue;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let out = PathBuf::from(arguments.next().ok_or("give a folder to write to")?);
    let mut number = |default: f64| {
        arguments
            .next()
            .map_or(Ok(default), |text| text.parse::<f64>())
    };
    let defaults = LayeredTissue::new(0);
    let tissue = LayeredTissue::new(number(0.0)? as u64)
        .with_contrast(number(defaults.contrast)?)
        .with_patchiness(number(defaults.patchiness)?)
        .with_depth(number(defaults.depth)?)
        .with_concentration(number(defaults.concentration)?)
        .generate()?;
    fs::create_dir_all(&out)?;
    let mut matrix = BufWriter::new(fs::File::create(out.join("matrix.mtx"))?);
    writeln!(matrix, "%%MatrixMarket matrix coordinate real general")?;
    writeln!(
        matrix,
        "{} {} {}",
        tissue.counts.rows(),
        tissue.counts.cols(),
        tissue.counts.nnz()
    )?;
    for (count, (spot, gene)) in tissue.counts.iter() {
        writeln!(matrix, "{} {} {count}", spot + 1, gene + 1)?;
    }
    let mut spots = BufWriter::new(fs::File::create(out.join("spots.tsv"))?);
    writeln!(spots, "barcode\tx\ty\tlayer")?;
    for (i, barcode) in tissue.barcodes.iter().enumerate() {
        let name = tissue.layer_names()[usize::from(tissue.layers[i])];
        writeln!(
            spots,
            "{barcode}\t{}\t{}\t{name}",
            tissue.coords[[i, 0]],
            tissue.coords[[i, 1]]
        )?;
    }
    fs::write(out.join("genes.txt"), tissue.symbols.join("\n"))?;
    Ok(())
}
