//! Vectors in `.safetensors`.

use std::fs::File;
use std::io::Read;

use half::{bf16, f16};
use ndarray::Array2;
use safetensors::tensor::Metadata;
use safetensors::{Dtype, SafeTensors};

use super::{NAME_KEYS, VECTOR_KEYS, malformed, pick};
use crate::IoError;

pub(super) fn read(
    file: &str,
    bytes: &[u8],
) -> Result<(Array2<f32>, Option<Vec<String>>), IoError> {
    let bad = |problem: String| malformed(file, problem);
    let tensors =
        SafeTensors::deserialize(bytes).map_err(|e| bad(format!("no safetensors file: {e}")))?;
    let listed = tensors.tensors();
    let matrices: Vec<&str> = listed
        .iter()
        .filter(|(_, t)| t.shape().len() == 2)
        .map(|(n, _)| n.as_str())
        .collect();
    let chosen = pick(file, "2-D tensors", &VECTOR_KEYS, &matrices)?
        .ok_or_else(|| bad("holds no 2-D tensor".into()))?;
    let tensor = tensors.tensor(chosen).map_err(|e| bad(e.to_string()))?;
    let data = tensor.data();
    let values: Vec<f32> = match tensor.dtype() {
        Dtype::F16 => data
            .as_chunks()
            .0
            .iter()
            .map(|&b| f16::from_le_bytes(b).to_f32())
            .collect(),
        Dtype::BF16 => data
            .as_chunks()
            .0
            .iter()
            .map(|&b| bf16::from_le_bytes(b).to_f32())
            .collect(),
        Dtype::F32 => data
            .as_chunks()
            .0
            .iter()
            .map(|&b| f32::from_le_bytes(b))
            .collect(),
        Dtype::F64 => data
            .as_chunks()
            .0
            .iter()
            .map(|&b| f64::from_le_bytes(b) as f32)
            .collect(),
        other => {
            return Err(bad(format!(
                "tensor {chosen} is of type {other:?}; F16, BF16, F32 and F64 are read"
            )));
        }
    };
    let shape = (tensor.shape()[0], tensor.shape()[1]);
    let vectors = Array2::from_shape_vec(shape, values).map_err(|e| bad(e.to_string()))?;
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|e| bad(e.to_string()))?;
    let listed = metadata
        .metadata()
        .as_ref()
        .and_then(|m| NAME_KEYS.iter().find_map(|k| m.get(*k)));
    Ok((vectors, listed.map(|text| names(text))))
}

/// The longest possible header.
const HEADER: u64 = 1 << 26;

/// The header of a file and the offset of its data; `None` if the file begins with something else.
pub(super) fn header(file: &mut File) -> std::io::Result<Option<(Metadata, u64)>> {
    let mut length = [0; 8];
    file.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    if length > HEADER {
        return Ok(None);
    }
    let mut text = Vec::new();
    file.take(length).read_to_end(&mut text)?;
    let header = serde_json::from_slice(&text).ok();
    Ok(header.map(|header| (header, 8 + length)))
}

/// Names from the metadata: a JSON list, or lines.
pub(super) fn names(text: &str) -> Vec<String> {
    match serde_json::from_str::<Vec<String>>(text) {
        Ok(list) => list,
        Err(_) => text.lines().map(String::from).collect(),
    }
}
