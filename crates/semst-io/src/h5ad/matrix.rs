//! Matrices of spots × genes, sparse or dense, and the search for the matrix that holds counts.

use hdf5_pure::AttrValue;

use crate::error::{CountDefect, IoError};
use crate::h5::{H5File, Kind};
use crate::h5ad::{contents, frame};
use crate::read_config::InputIs;
use crate::read_config::ReadConfig;
use crate::sparse_counts::{Compressed, CountWatch};

/// The counts and where they were found.
pub(crate) struct FoundCounts {
    pub(crate) slot: String,
    /// The table of genes that belongs to the matrix: `var` or `raw/var`.
    pub(crate) var: &'static str,
    pub(crate) counts: Compressed,
    /// Whether the values are log-normalised.
    pub(crate) lognorm: bool,
}

/// Reads the counts: the requested layer, or the first of `layers/counts`, `X`, `raw/X`
/// that holds whole numbers. For log-normalised values, the requested layer or `X`.
pub(crate) fn read_counts(
    file: &H5File,
    config: &ReadConfig,
    n_spots: usize,
) -> Result<FoundCounts, IoError> {
    match config.input_is {
        InputIs::Counts => read_whole(file, config, n_spots),
        InputIs::Lognorm => read_lognorm(file, config, n_spots),
        InputIs::Auto => match read_whole(file, config, n_spots) {
            Err(IoError::NotCounts {
                defect: CountDefect::Fraction { .. },
                ..
            }) => read_lognorm(file, config, n_spots),
            other => other,
        },
    }
}

/// Reads values that are not whole numbers.
fn read_lognorm(
    file: &H5File,
    config: &ReadConfig,
    n_spots: usize,
) -> Result<FoundCounts, IoError> {
    let slot = named_slot(file, config.layer.as_deref().unwrap_or("X"))?;
    let found = read_matrix(file, &slot, n_spots, true)?;
    let found = found.map_err(|defect| IoError::NotCounts {
        path: file.path().into(),
        slot: slot.clone(),
        defect,
        slots: Vec::new(),
    })?;
    if found.counts.data.iter().all(|value| value.fract() == 0.0) {
        let detail = "holds whole numbers only, which are counts: set `input_is` counts";
        return Err(file.malformed(&slot, detail));
    }
    Ok(found)
}

/// Reads whole numbers.
fn read_whole(file: &H5File, config: &ReadConfig, n_spots: usize) -> Result<FoundCounts, IoError> {
    let not_counts = |slot: &str, defect, slots| IoError::NotCounts {
        path: file.path().into(),
        slot: slot.into(),
        defect,
        slots,
    };
    if let Some(layer) = &config.layer {
        let slot = named_slot(file, layer)?;
        return match read_matrix(file, &slot, n_spots, false)? {
            Ok(found) => Ok(found),
            Err(defect) => Err(not_counts(&slot, defect, contents::matrices(file)?)),
        };
    }
    let mut first: Option<(&str, CountDefect)> = None;
    for slot in ["layers/counts", "X", "raw/X"] {
        if !is_there(file, slot)? {
            continue;
        }
        match read_matrix(file, slot, n_spots, false)? {
            Ok(found) => return Ok(found),
            Err(defect) => {
                // A broken matrix called `counts` is an error: the next one may hold other values.
                first.get_or_insert((slot, defect));
                if slot == "layers/counts" {
                    break;
                }
            }
        }
    }
    match first {
        Some((slot, defect)) => Err(not_counts(slot, defect, contents::matrices(file)?)),
        None => Err(IoError::NoCounts {
            path: file.path().into(),
            slots: contents::slots(file)?,
        }),
    }
}

/// Whether a matrix exists; anndata writes an absent one as a `null` data set.
pub(crate) fn is_there(file: &H5File, slot: &str) -> Result<bool, IoError> {
    Ok(match file.kind(slot)? {
        None => false,
        Some(Kind::Group) => true,
        Some(Kind::Dataset) => file.shape(slot)?.len() == 2,
    })
}

/// Rows, columns and stored values of a matrix, without reading it.
pub(crate) fn extent(file: &H5File, slot: &str) -> Result<(usize, usize, usize), IoError> {
    if file.is_dataset(slot)? {
        let [rows, cols] = file.shape(slot)?[..] else {
            return Err(file.malformed(slot, "is not a matrix"));
        };
        return Ok((rows, cols, rows.saturating_mul(cols)));
    }
    let (_, rows, cols) = sparse_header(file, slot)?;
    let nnz = file.count(&format!("{slot}/data"))?;
    Ok((rows, cols, nnz))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Csr,
    Csc,
}

fn named_slot(file: &H5File, layer: &str) -> Result<String, IoError> {
    let slot = match layer {
        "X" | "raw/X" => layer.to_owned(),
        "raw" | "raw.X" => "raw/X".to_owned(),
        name => format!("layers/{}", name.strip_prefix("layers/").unwrap_or(name)),
    };
    if is_there(file, &slot)? {
        return Ok(slot);
    }
    Err(IoError::MissingKey {
        table: "layers".into(),
        key: layer.into(),
        keys: contents::matrices(file)?
            .into_iter()
            .map(|slot| slot.trim_start_matches("layers/").to_owned())
            .collect(),
    })
}

fn read_matrix(
    file: &H5File,
    slot: &str,
    n_spots: usize,
    lognorm: bool,
) -> Result<Result<FoundCounts, CountDefect>, IoError> {
    let var = if slot == "raw/X" { "raw/var" } else { "var" };
    let (rows, cols, _) = extent(file, slot)?;
    let n_genes = frame::len(file, var)?;
    if (rows, cols) != (n_spots, n_genes) {
        return Err(file.malformed(
            slot,
            format!("is {rows} × {cols}, but obs has {n_spots} rows and {var} has {n_genes}"),
        ));
    }
    if rows == 0 || cols == 0 {
        return Err(IoError::Empty {
            name: format!("{} ({slot})", file.path().display()),
            n_spots: rows,
            n_genes: cols,
        });
    }
    let counts = if file.is_dataset(slot)? {
        read_dense(file, slot, rows, cols, lognorm)?
    } else {
        read_sparse(file, slot, lognorm)?
    };
    Ok(counts.map(|counts| FoundCounts {
        slot: slot.to_owned(),
        var,
        counts,
        lognorm,
    }))
}

fn sparse_header(file: &H5File, slot: &str) -> Result<(Order, usize, usize), IoError> {
    let attrs = file.attrs(slot)?;
    let text = |key: &str| attrs.get(key).and_then(AttrValue::as_str);
    let order = match text("encoding-type").or_else(|| text("h5sparse_format")) {
        Some("csr_matrix" | "csr") => Order::Csr,
        Some("csc_matrix" | "csc") => Order::Csc,
        other => {
            let detail = format!(
                "has the encoding {}; expected csr_matrix, csc_matrix or an array",
                other.unwrap_or("(none)")
            );
            return Err(file.malformed(slot, detail));
        }
    };
    let shape = attrs
        .get("shape")
        .or_else(|| attrs.get("h5sparse_shape"))
        .and_then(|value| {
            value.to_i64s().or_else(|| {
                let wide = value.to_u64s()?;
                wide.into_iter().map(|n| i64::try_from(n).ok()).collect()
            })
        });
    match shape.as_deref() {
        Some(&[rows, cols]) => match (usize::try_from(rows), usize::try_from(cols)) {
            (Ok(rows), Ok(cols)) if u32::try_from(rows.max(cols)).is_ok() => {
                Ok((order, rows, cols))
            }
            _ => Err(file.malformed(slot, format!("has the shape {rows} × {cols}"))),
        },
        _ => Err(file.malformed(slot, "has no `shape` of two numbers")),
    }
}

fn read_sparse(
    file: &H5File,
    slot: &str,
    lognorm: bool,
) -> Result<Result<Compressed, CountDefect>, IoError> {
    let (order, rows, cols) = sparse_header(file, slot)?;
    let (n_major, n_minor) = match order {
        Order::Csr => (rows, cols),
        Order::Csc => (cols, rows),
    };
    let place = |major, minor| match order {
        Order::Csr => (major, minor),
        Order::Csc => (minor, major),
    };
    let matrix = read_compressed(file, slot, n_major, n_minor, place, lognorm)?;
    Ok(matrix.map(|matrix| match order {
        Order::Csr => matrix,
        Order::Csc => matrix.transposed(),
    }))
}

/// Reads `indptr`, `indices` and `data` of a group, checking all three. `place` turns (major,
/// minor) into (spot, gene) for messages.
pub(crate) fn read_compressed(
    file: &H5File,
    slot: &str,
    n_major: usize,
    n_minor: usize,
    place: impl Fn(usize, usize) -> (usize, usize),
    lognorm: bool,
) -> Result<Result<Compressed, CountDefect>, IoError> {
    let at = |part: &str| format!("{slot}/{part}");
    let nnz = file.count(&at("data"))?;
    let n_indices = file.count(&at("indices"))?;
    if n_indices != nnz {
        let detail = format!("has {n_indices} values, but data has {nnz}");
        return Err(file.malformed(&at("indices"), detail));
    }
    let pointers = file.i64s(&at("indptr"))?;
    let indptr = Compressed::check_indptr(&pointers, n_major, nnz)
        .map_err(|detail| file.malformed(&at("indptr"), detail))?;
    // The pointers of both directions, because columns become rows.
    file.take(slot, n_major + n_minor, POINTER)?;
    file.take(slot, nnz, ENTRY)?;
    let mut matrix = Compressed {
        n_major,
        n_minor,
        indptr,
        indices: Vec::new(),
        data: Vec::new(),
    };
    file.each_i64(&at("indices"), |start, window| {
        matrix.indices.reserve(window.len());
        for (offset, &index) in window.iter().enumerate() {
            match u32::try_from(index) {
                Ok(index) if (index as usize) < n_minor => matrix.indices.push(index),
                _ => {
                    let detail = format!(
                        "value {} is {index}; it must be below {n_minor}",
                        start + offset
                    );
                    return Err(file.malformed(&at("indices"), detail));
                }
            }
        }
        Ok(true)
    })?;
    let mut watch = CountWatch::new(lognorm);
    let mut data = Vec::new();
    file.each_f64(&at("data"), |start, window| {
        data.reserve(window.len());
        for (offset, &value) in window.iter().enumerate() {
            let number = start + offset;
            let stop = watch.see(value, || {
                place(matrix.major_of(number), matrix.indices[number] as usize)
            });
            if stop {
                return Ok(false);
            }
            data.push(value as f32);
        }
        Ok(true)
    })?;
    matrix.data = data;
    Ok(watch.verdict().map(|()| matrix))
}

/// Bytes of a column and a value in memory.
const ENTRY: u64 = 8;

/// Bytes of a pointer to a row.
const POINTER: u64 = size_of::<usize>() as u64;

fn read_dense(
    file: &H5File,
    slot: &str,
    rows: usize,
    cols: usize,
    lognorm: bool,
) -> Result<Result<Compressed, CountDefect>, IoError> {
    file.take(slot, rows, POINTER)?;
    let mut matrix = Compressed {
        n_major: rows,
        n_minor: cols,
        indptr: Vec::with_capacity(rows + 1),
        indices: Vec::new(),
        data: Vec::new(),
    };
    matrix.indptr.push(0);
    let mut watch = CountWatch::new(lognorm);
    file.each_f64(slot, |start, window| {
        file.take(slot, window.iter().filter(|v| **v != 0.0).count(), ENTRY)?;
        for (offset, &value) in window.iter().enumerate() {
            let number = start + offset;
            let col = number % cols;
            if value != 0.0 {
                if watch.see(value, || (number / cols, col)) {
                    return Ok(false);
                }
                matrix.indices.push(col as u32);
                matrix.data.push(value as f32);
            }
            if col + 1 == cols {
                matrix.indptr.push(matrix.data.len());
            }
        }
        Ok(true)
    })?;
    Ok(watch.verdict().map(|()| matrix))
}

/// Reads a matrix of any numbers, also not finite ones, sparse or dense, as rows; nothing is sorted or added up.
pub(crate) fn read_weights(file: &H5File, slot: &str) -> Result<Compressed, IoError> {
    if file.is_dataset(slot)? {
        let (n_major, n_minor, _) = extent(file, slot)?;
        let (mut indptr, mut indices, mut data) = (vec![0], Vec::new(), Vec::new());
        file.take(slot, n_major, POINTER)?;
        file.each_f64(slot, |start, window| {
            file.take(slot, window.iter().filter(|v| **v != 0.0).count(), ENTRY)?;
            for (number, &value) in (start..).zip(window) {
                if value != 0.0 {
                    indices.push((number % n_minor) as u32);
                    data.push(value as f32);
                }
                if (number + 1) % n_minor == 0 {
                    indptr.push(data.len());
                }
            }
            Ok(true)
        })?;
        return Ok(Compressed {
            n_major,
            n_minor,
            indptr,
            indices,
            data,
        });
    }
    let (order, rows, cols) = sparse_header(file, slot)?;
    let (n_major, n_minor) = match order {
        Order::Csr => (rows, cols),
        Order::Csc => (cols, rows),
    };
    let at = |part: &str| format!("{slot}/{part}");
    file.take(slot, n_major + n_minor, POINTER)?;
    let data = file.f32s(&at("data"))?;
    let indptr = Compressed::check_indptr(&file.i64s(&at("indptr"))?, n_major, data.len())
        .map_err(|detail| file.malformed(&at("indptr"), detail))?;
    let indices: Option<Vec<u32>> = file
        .i64s(&at("indices"))?
        .into_iter()
        .map(|i| u32::try_from(i).ok().filter(|i| (*i as usize) < n_minor))
        .collect();
    let indices = indices.filter(|i| i.len() == data.len()).ok_or_else(|| {
        let detail = format!("must hold {} numbers below {n_minor}", data.len());
        file.malformed(&at("indices"), detail)
    })?;
    let matrix = Compressed {
        n_major,
        n_minor,
        indptr,
        indices,
        data,
    };
    Ok(match order {
        Order::Csr => matrix,
        Order::Csc => matrix.transposed(),
    })
}
