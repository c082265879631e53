//! How AnnData encodes values: data, shape and the two attributes that name the encoding.

use hdf5_pure::{AttrValue, DatasetBuilder, EnumTypeBuilder, FormatError, make_i8_type};

/// Values per compressed chunk.
const CHUNK: u64 = 1 << 15;

/// The largest chunk dimension that every HDF5 library opens: hdf5-pure 0.47 stores larger ones in
/// four bytes, and HDF5 2.0 requires the three that are enough.
pub(crate) const MAX_CHUNK_DIMENSION: u64 = u16::MAX as u64;

/// A text attribute as h5py writes it.
pub(crate) fn text(value: &str) -> AttrValue {
    AttrValue::VarLenString(value.to_owned())
}

/// The two attributes of an encoding.
pub(crate) fn encoding(kind: &str, version: &str) -> [(&'static str, AttrValue); 2] {
    [
        ("encoding-type", text(kind)),
        ("encoding-version", text(version)),
    ]
}

/// Finishes a numeric array: shape, compression, encoding.
pub(crate) fn array<'a>(
    builder: &'a mut DatasetBuilder,
    shape: &[usize],
) -> &'a mut DatasetBuilder {
    encode(part(builder, shape), "array", "0.2.0")
}

/// Finishes an array that is a part of a sparse matrix, which alone has an encoding: shape, compression.
pub(crate) fn part<'a>(builder: &'a mut DatasetBuilder, shape: &[usize]) -> &'a mut DatasetBuilder {
    let shape: Vec<u64> = shape.iter().map(|&n| n as u64).collect();
    builder.with_shape(&shape);
    if shape.iter().all(|&n| n > 0) {
        let inner: u64 = shape[1..].iter().product();
        let rows = (CHUNK / inner.max(1)).clamp(1, shape[0]);
        let mut chunk = shape.clone();
        chunk[0] = rows;
        for dimension in &mut chunk {
            *dimension = (*dimension).min(MAX_CHUNK_DIMENSION);
        }
        builder.with_chunks(&chunk).with_deflate(4);
    }
    builder
}

/// An array of texts.
pub(crate) fn texts<'a, S: AsRef<str>>(
    builder: &'a mut DatasetBuilder,
    values: &[S],
) -> &'a mut DatasetBuilder {
    let values: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
    builder.with_vlen_strings(&values);
    encode(builder, "string-array", "0.2.0")
}

/// One text.
pub(crate) fn scalar_text<'a>(
    builder: &'a mut DatasetBuilder,
    value: &str,
) -> &'a mut DatasetBuilder {
    builder.with_vlen_strings(&[value]).with_shape(&[]);
    encode(builder, "string", "0.2.0")
}

/// Yes-or-no values in the enumeration that h5py uses for `bool`.
pub(crate) fn bools<'a>(
    builder: &'a mut DatasetBuilder,
    values: &[bool],
) -> Result<&'a mut DatasetBuilder, FormatError> {
    let kind = EnumTypeBuilder::with_base(make_i8_type())
        .value("FALSE", 0)
        .value("TRUE", 1)
        .build()?;
    let bytes: Vec<u8> = values.iter().map(|&value| u8::from(value)).collect();
    Ok(builder.with_enum_u8_data(kind, &bytes))
}

/// Finishes a scalar number.
pub(crate) fn scalar(builder: &mut DatasetBuilder) -> &mut DatasetBuilder {
    builder.with_shape(&[]);
    encode(builder, "numeric-scalar", "0.2.0")
}

fn encode<'a>(
    builder: &'a mut DatasetBuilder,
    kind: &str,
    version: &str,
) -> &'a mut DatasetBuilder {
    for (name, value) in encoding(kind, version) {
        builder.set_attr(name, value);
    }
    builder
}
