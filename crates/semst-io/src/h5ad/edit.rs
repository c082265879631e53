//! Adds slots to an `.h5ad` in place.

use std::collections::HashSet;
use std::path::Path;

use hdf5_pure::{
    AttrValue, DatasetBuilder, Error, File, FormatError, Group, RepackOptions, repack,
};
use ndarray::Array2;

use crate::atomic::AtomicFile;
use crate::dataset::CountMatrix;
use crate::error::IoError;
use crate::h5::H5File;
use crate::h5ad::compact::compact;
use crate::h5ad::{encoding, frame};
use crate::obs::ObsColumn;
use crate::slots::{Slots, UnsValue};

/// Groups with the attribute `ordered` as h5py writes it (`tests/golden/io/make_ordered.py`): hdf5-pure has no attributes of
/// enumerations, but copies them.
const ORDERED: &[u8] = include_bytes!("ordered.h5");

/// Adds the slots to a copy of `source`. When the copy cannot be edited as it lies, it is rewritten
/// without loss first. When slots are replaced, their space is removed; the answer is a note where it is not.
pub(crate) fn extend(
    source: &Path,
    n_rows: usize,
    file: &mut AtomicFile,
    slots: &Slots,
) -> Result<Option<String>, IoError> {
    let cannot = |detail: String| IoError::CannotExtend {
        path: source.into(),
        detail: detail.replace('\n', " "),
    };
    let copy = H5File::open(file.path())?;
    if let Some(link) = copy.first_link() {
        return Err(cannot(format!("{link} would be lost")));
    }
    let order = column_order(source, n_rows, &copy, slots)?;
    let replaces = replaces(&copy, slots)?;
    // It holds the bytes of the file, and so does the edit.
    drop(copy);
    let write_failed = |error: &Error| match error {
        Error::Io(cause) => Some(IoError::Write {
            path: file.target().into(),
            source: std::io::Error::new(cause.kind(), cause.to_string()),
        }),
        _ => None,
    };
    let refusal = match put(file.path(), slots, &order) {
        Ok(()) if replaces => return compact(file),
        Ok(()) => return Ok(None),
        Err(error) => error,
    };
    if let Some(error) = write_failed(&refusal) {
        return Err(error);
    }
    let cannot = |detail: &str| cannot(format!("{refusal}; {detail}"));
    // This walk ends where groups hold themselves; the one that rewrites does not.
    match H5File::open(file.path())?.large_chunk(encoding::MAX_CHUNK_DIMENSION) {
        Ok(None) => {}
        Ok(Some(slot)) => return Err(cannot(&format!("`{slot}` has chunks too long to rewrite"))),
        Err(IoError::Malformed { slot, detail, .. }) => {
            return Err(cannot(&format!("`{slot}` {detail}")));
        }
        Err(error) => return Err(error),
    }
    let rewritten = AtomicFile::beside(file.target())?;
    repack(file.path(), rewritten.path(), &RepackOptions::new())
        .and_then(|()| put(rewritten.path(), slots, &order))
        .map_err(|error| write_failed(&error).unwrap_or_else(|| cannot(&error.to_string())))?;
    *file = rewritten;
    if replaces { compact(file) } else { Ok(None) }
}

/// Whether the file holds one of the slots that are written or removed.
fn replaces(copy: &H5File, slots: &Slots) -> Result<bool, IoError> {
    for slot in slots.written().iter().chain(&slots.removed) {
        if copy.kind(slot)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The columns of `obs` in order, with ours at the end. Those that we cannot read stay listed.
fn column_order(
    source: &Path,
    n_rows: usize,
    copy: &H5File,
    slots: &Slots,
) -> Result<Vec<String>, IoError> {
    crate::dataset::check_length(
        format!("spots of {} (changed since it was read?)", source.display()),
        n_rows,
        frame::len(copy, "obs")?,
    )?;
    let mut order = frame::column_order(copy, "obs")?;
    order.retain(|key| !slots.removed.contains(&format!("obs/{key}")));
    let listed: HashSet<String> = order.iter().cloned().collect();
    let ours = slots.obs.iter().map(|(key, _)| key);
    order.extend(ours.filter(|key| !listed.contains(*key)).cloned());
    Ok(order)
}

fn put(path: &Path, slots: &Slots, column_order: &[String]) -> Result<(), Error> {
    let file = File::open_rw(path)?;
    clear(&file, slots)?;
    if !slots.obs.is_empty() || slots.removed.iter().any(|slot| slot.starts_with("obs/")) {
        let obs = file.group("obs")?;
        obs.set_attr(
            "column-order",
            AttrValue::VarLenStringArray(column_order.to_vec()),
        )?;
        for (key, _) in &slots.obs {
            make_parents(&obs, key)?;
        }
        put_ordered(&file, slots)?;
        let obs = file.group("obs")?;
        for (key, column) in &slots.obs {
            put_column(&obs, key, column)?;
        }
    }
    for (key, array) in &slots.obsm {
        put_array(&table(&file, "obsm")?, key, array)?;
    }
    for (key, matrix) in &slots.obsp {
        put_matrix(&table(&file, "obsp")?, key, matrix)?;
    }
    for (key, value) in &slots.uns {
        put_value(&table(&file, "uns")?, key, value)?;
    }
    file.commit()?;
    file.close()
}

/// Removes the slots that are replaced or that the result does not have.
fn clear(file: &File, slots: &Slots) -> Result<(), Error> {
    let obs = file.group("obs")?;
    let categories = obs.group("__categories").ok();
    let removed = |name: &str| {
        let slots = slots.removed.iter();
        let of_table = slots.filter_map(|slot| slot.strip_prefix(name)?.strip_prefix('/'));
        of_table.collect::<Vec<_>>()
    };
    let written = slots.obs.iter().map(|(key, _)| key.as_str());
    for key in written.chain(removed("obs")) {
        remove(&obs, key)?;
        if let Some(old) = &categories {
            remove(old, key)?;
        }
    }
    let keys = |keys: Vec<&String>, name| match file.group(name) {
        Ok(table) => {
            let written = keys.into_iter().map(String::as_str);
            let mut all = written.chain(removed(name));
            all.try_for_each(|key| remove(&table, key))
        }
        Err(_) => Ok(()),
    };
    keys(slots.obsm.iter().map(|(key, _)| key).collect(), "obsm")?;
    keys(slots.obsp.iter().map(|(key, _)| key).collect(), "obsp")?;
    keys(slots.uns.iter().map(|(key, _)| key).collect(), "uns")?;
    commit(file)
}

/// The groups of categorical columns, with `ordered` as anndata writes it: it reads an older file's number as true or false
/// in some versions only.
fn put_ordered(file: &File, slots: &Slots) -> Result<(), Error> {
    let flags = File::from_bytes(ORDERED.to_vec())?;
    for (key, column) in &slots.obs {
        if let ObsColumn::Categorical { ordered, .. } = column {
            let flag = if *ordered { "ordered" } else { "unordered" };
            file.copy_from(&flags, flag, &format!("obs/{key}"))?;
        }
    }
    // What is copied can be added to after a commit only.
    commit(file)
}

fn commit(file: &File) -> Result<(), Error> {
    if file.has_staged_edits() {
        file.commit()?;
    }
    Ok(())
}

/// The groups above a name with slashes, as h5py makes them: without an attribute.
fn make_parents(parent: &Group, key: &str) -> Result<(), Error> {
    for (at, _) in key.match_indices('/') {
        match parent.group(&key[..at]) {
            Err(Error::Format(FormatError::PathNotFound(_))) => {
                parent.create_group(&key[..at])?;
            }
            other => {
                other?;
            }
        }
    }
    Ok(())
}

/// A table of the file, made when it is not there.
fn table(file: &File, name: &str) -> Result<Group, Error> {
    match file.group(name) {
        Err(Error::Format(FormatError::PathNotFound(_))) => {
            new_group(&file.root(), name, "dict", "0.1.0")
        }
        other => other,
    }
}

fn new_group(parent: &Group, name: &str, kind: &str, version: &str) -> Result<Group, Error> {
    let group = parent.create_group(name)?;
    set_encoding(&group, kind, version)?;
    Ok(group)
}

fn set_encoding(group: &Group, kind: &str, version: &str) -> Result<(), Error> {
    for (key, value) in encoding::encoding(kind, version) {
        group.set_attr(key, value)?;
    }
    Ok(())
}

fn remove(parent: &Group, name: &str) -> Result<(), Error> {
    if parent.dataset(name).is_ok() || parent.group(name).is_ok() {
        parent.delete(name)?;
    }
    Ok(())
}

fn put_column(obs: &Group, key: &str, column: &ObsColumn) -> Result<(), Error> {
    let n = [column.len()];
    match column {
        ObsColumn::Categorical {
            codes, categories, ..
        } => {
            let group = obs.group(key)?;
            set_encoding(&group, "categorical", "0.2.0")?;
            create(&group, "categories", |b| encoding::texts(b, categories))?;
            let wide: Vec<i32> = codes
                .iter()
                .map(|code| code.map_or(-1, |code| code as i32))
                .collect();
            group.create_dataset("codes", |b| {
                let b = match categories.len() {
                    0..=127 => {
                        b.with_i8_data(&wide.iter().map(|&code| code as i8).collect::<Vec<_>>())
                    }
                    128..=32767 => {
                        b.with_i16_data(&wide.iter().map(|&code| code as i16).collect::<Vec<_>>())
                    }
                    _ => b.with_i32_data(&wide),
                };
                encoding::array(b, &n);
            })?;
        }
        ObsColumn::Numeric(values) => {
            let narrow: Vec<f32> = values.iter().map(|&value| value as f32).collect();
            let lossless = values
                .iter()
                .zip(&narrow)
                .all(|(&wide, &narrow)| wide.is_nan() || f64::from(narrow) == wide);
            obs.create_dataset(key, |b| {
                let b = if lossless {
                    b.with_f32_data(&narrow)
                } else {
                    b.with_f64_data(values)
                };
                encoding::array(b, &n);
            })?;
        }
        ObsColumn::Integer(values) => {
            create(obs, key, |b| encoding::array(b.with_i64_data(values), &n))?;
        }
        ObsColumn::Text(values) => {
            create(obs, key, |b| encoding::texts(b, values))?;
        }
        ObsColumn::Bool(values) => {
            checked(|failed| {
                obs.create_dataset(key, |b| match encoding::bools(b, values) {
                    Ok(b) => {
                        encoding::array(b, &n);
                    }
                    Err(error) => *failed = Some(error),
                })
            })?;
        }
    }
    Ok(())
}

fn put_array(parent: &Group, key: &str, array: &Array2<f32>) -> Result<(), Error> {
    let values: Vec<f32> = array.iter().copied().collect();
    create(parent, key, |b| {
        encoding::array(b.with_f32_data(&values), array.shape())
    })
}

fn put_matrix(parent: &Group, key: &str, matrix: &CountMatrix) -> Result<(), Error> {
    let group = new_group(parent, key, "csr_matrix", "0.1.0")?;
    let shape = vec![matrix.rows() as i64, matrix.cols() as i64];
    group.set_attr("shape", AttrValue::I64Array(shape))?;
    let indptr: Vec<i64> = matrix
        .proper_indptr()
        .iter()
        .map(|&start| start as i64)
        .collect();
    let nnz = [matrix.nnz()];
    create(&group, "data", |b| {
        encoding::part(b.with_f32_data(matrix.data()), &nnz)
    })?;
    // scipy requires the same type for both.
    if i32::try_from(matrix.nnz()).is_ok() {
        let indices: Vec<i32> = matrix.indices().iter().map(|&i| i as i32).collect();
        let indptr: Vec<i32> = indptr.iter().map(|&start| start as i32).collect();
        create(&group, "indices", |b| {
            encoding::part(b.with_i32_data(&indices), &nnz)
        })?;
        create(&group, "indptr", |b| {
            encoding::part(b.with_i32_data(&indptr), &[indptr.len()])
        })?;
    } else {
        let indices: Vec<i64> = matrix.indices().iter().map(|&i| i64::from(i)).collect();
        create(&group, "indices", |b| {
            encoding::part(b.with_i64_data(&indices), &nnz)
        })?;
        create(&group, "indptr", |b| {
            encoding::part(b.with_i64_data(&indptr), &[indptr.len()])
        })?;
    }
    Ok(())
}

fn put_value(parent: &Group, key: &str, value: &UnsValue) -> Result<(), Error> {
    match value {
        UnsValue::List(values) => {
            let group = new_group(parent, key, "dict", "0.1.0")?;
            for (at, value) in values.iter().enumerate() {
                put_value(&group, &at.to_string(), value)?;
            }
        }
        UnsValue::Dict(entries) => {
            let group = new_group(parent, key, "dict", "0.1.0")?;
            for (key, value) in entries {
                put_value(&group, key, value)?;
            }
        }
        UnsValue::Bool(value) => checked(|failed| {
            parent.create_dataset(key, |b| match encoding::bools(b, &[*value]) {
                Ok(b) => {
                    encoding::scalar(b);
                }
                Err(error) => *failed = Some(error),
            })
        })?,
        UnsValue::Str(text) => create(parent, key, |b| encoding::scalar_text(b, text))?,
        UnsValue::Int(value) => create(parent, key, |b| {
            encoding::scalar(b.with_i64_data(&[*value]))
        })?,
        UnsValue::UInt(value) => create(parent, key, |b| {
            encoding::scalar(b.with_u64_data(&[*value]))
        })?,
        UnsValue::Float(value) => create(parent, key, |b| {
            encoding::scalar(b.with_f64_data(&[*value]))
        })?,
        UnsValue::IntArray(values) => create(parent, key, |b| {
            encoding::array(b.with_i64_data(values), &[values.len()])
        })?,
        UnsValue::UIntArray(values) => create(parent, key, |b| {
            encoding::array(b.with_u64_data(values), &[values.len()])
        })?,
        UnsValue::FloatArray(values) => create(parent, key, |b| {
            encoding::array(b.with_f64_data(values), &[values.len()])
        })?,
        UnsValue::StrArray(texts) => create(parent, key, |b| encoding::texts(b, texts))?,
    }
    Ok(())
}

fn create(
    parent: &Group,
    key: &str,
    build: impl FnOnce(&mut DatasetBuilder) -> &mut DatasetBuilder,
) -> Result<(), Error> {
    parent.create_dataset(key, |builder| {
        build(builder);
    })?;
    Ok(())
}

/// Runs a creation whose closure may fail: the closure cannot return the error, so it stores it.
fn checked<T>(
    create: impl FnOnce(&mut Option<FormatError>) -> Result<T, Error>,
) -> Result<(), Error> {
    let mut failed = None;
    create(&mut failed)?;
    failed.map_or(Ok(()), |error| Err(Error::Format(error)))
}
