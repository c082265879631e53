//! A flat table as a Parquet file, without arrow.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;

use crate::column::Column;

/// Writes columns of equal length as one row group, compressed with zstd.
///
/// # Errors
/// An error of the writer, for example a full disk.
pub(crate) fn write<W: Write + Send>(
    columns: &[(&str, Column)],
    out: W,
) -> Result<(), ParquetError> {
    let fields = columns.iter().map(|(name, column)| column.field(name));
    let fields = fields.collect::<Result<Vec<_>, _>>()?;
    let schema = Type::group_type_builder("cells")
        .with_fields(fields)
        .build()?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_created_by(concat!("semst ", env!("CARGO_PKG_VERSION")).into())
        .build();
    let mut file = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))?;
    let mut group = file.next_row_group()?;
    for (_, column) in columns {
        let Some(writer) = group.next_column()? else {
            break;
        };
        column.write(writer)?;
    }
    group.close()?;
    file.close()?;
    Ok(())
}

impl Column {
    fn field(&self, name: &str) -> Result<Arc<Type>, ParquetError> {
        let (physical, logical) = match self {
            Self::Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Self::Whole(_) => (Physical::INT64, None),
            Self::Number(_) => (Physical::DOUBLE, None),
        };
        let field = Type::primitive_type_builder(name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()?;
        Ok(Arc::new(field))
    }

    fn write(&self, writer: SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        match self {
            Self::Text(values) => {
                let values = values.iter().map(|v| v.as_deref().map(ByteArray::from));
                put::<ByteArrayType>(writer, values.collect())
            }
            Self::Whole(values) => put::<Int64Type>(writer, values.clone()),
            Self::Number(values) => put::<DoubleType>(writer, values.clone()),
        }
    }
}

/// The values that are not missing, and a level of 1 or 0 for each row.
fn put<T: DataType>(
    mut writer: SerializedColumnWriter<'_>,
    values: Vec<Option<T::T>>,
) -> Result<(), ParquetError> {
    let levels: Vec<i16> = values.iter().map(|v| i16::from(v.is_some())).collect();
    let there: Vec<T::T> = values.into_iter().flatten().collect();
    writer
        .typed::<T>()
        .write_batch(&there, Some(&levels), None)?;
    writer.close()
}
