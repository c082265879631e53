//! The input of both sides: features, links, semantics and initial weights in one safetensors file.

use safetensors::{Dtype, SafeTensors, View};
use semst_preprocess::CountMatrix;
use semst_spatial_graph::SpatialGraph;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

type Error = Box<dyn std::error::Error>;

/// Arrays by name, in the order of their names.
#[derive(Debug, Default)]
pub(crate) struct SlideFile(BTreeMap<String, Array>);

/// One array, row-major, in little-endian bytes.
#[derive(Debug)]
struct Array {
    kind: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl View for &Array {
    fn dtype(&self) -> Dtype {
        self.kind
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

impl SlideFile {
    pub(crate) fn put_floats(&mut self, name: &str, values: &[f32], shape: &[usize]) {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.put(name, Dtype::F32, shape, bytes);
    }

    pub(crate) fn put_integers(&mut self, name: &str, values: impl Iterator<Item = i32>) {
        let bytes: Vec<u8> = values.flat_map(i32::to_le_bytes).collect();
        self.put(name, Dtype::I32, &[bytes.len() / 4], bytes);
    }

    fn put(&mut self, name: &str, kind: Dtype, shape: &[usize], bytes: Vec<u8>) {
        let shape = shape.to_vec();
        self.0.insert(name.into(), Array { kind, shape, bytes });
    }

    pub(crate) fn put_links(&mut self, name: &str, graph: &SpatialGraph) {
        self.put_integers(
            &format!("{name}.indptr"),
            graph.indptr().iter().map(|p| *p as i32),
        );
        self.put_integers(
            &format!("{name}.indices"),
            graph.indices().iter().map(|c| *c as i32),
        );
    }

    pub(crate) fn put_features(&mut self, x: &CountMatrix) {
        let indptr = x.proper_indptr();
        self.put_integers("x.indptr", indptr.iter().map(|p| *p as i32));
        self.put_integers("x.indices", x.indices().iter().map(|c| *c as i32));
        self.put_floats("x.values", x.data(), &[x.nnz()]);
        self.put_integers("x.shape", [x.rows() as i32, x.cols() as i32].into_iter());
    }

    pub(crate) fn write(&self, path: &Path) -> Result<(), Error> {
        let arrays: Vec<_> = self.0.iter().map(|(k, v)| (k.as_str(), v)).collect();
        Ok(safetensors::serialize_to_file(arrays, None, path)?)
    }

    /// Reads everything except the weights, which both sides can make by themselves.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let file = SafeTensors::deserialize(&bytes)?;
        let mut arrays = BTreeMap::new();
        for (name, view) in file.iter().filter(|(name, _)| !name.starts_with("weight.")) {
            let (kind, shape) = (view.dtype(), view.shape().to_vec());
            let bytes = view.data().to_vec();
            arrays.insert(name.to_owned(), Array { kind, shape, bytes });
        }
        Ok(Self(arrays))
    }

    pub(crate) fn floats(&self, name: &str) -> Result<(Vec<f32>, Vec<usize>), Error> {
        let array = self.array(name)?;
        let numbers = words(&array.bytes).map(f32::from_le_bytes).collect();
        Ok((numbers, array.shape.clone()))
    }

    fn integers(&self, name: &str) -> Result<Vec<usize>, Error> {
        let array = self.array(name)?;
        let numbers = words(&array.bytes).map(|b| i32::from_le_bytes(b) as usize);
        Ok(numbers.collect())
    }

    fn array(&self, name: &str) -> Result<&Array, Error> {
        let array = self.0.get(name);
        array.ok_or_else(|| format!("the file has no {name}; export it again").into())
    }

    /// Links without weights, if the file has them.
    pub(crate) fn links(&self, name: &str) -> Result<Option<SpatialGraph>, Error> {
        if !self.0.contains_key(&format!("{name}.indptr")) {
            return Ok(None);
        }
        let indptr = self.integers(&format!("{name}.indptr"))?;
        let indices = self.integers(&format!("{name}.indices"))?;
        let indices: Vec<u32> = indices.into_iter().map(|i| i as u32).collect();
        let weights = vec![1.0; indices.len()];
        let n = indptr.len() - 1;
        Ok(Some(SpatialGraph::from_parts(
            n, indptr, indices, weights, None,
        )?))
    }

    pub(crate) fn features(&self) -> Result<CountMatrix, Error> {
        let shape = self.integers("x.shape")?;
        let indices = self.integers("x.indices")?;
        let indices = indices.into_iter().map(|i| i as u32).collect();
        let (values, _) = self.floats("x.values")?;
        let indptr = self.integers("x.indptr")?;
        CountMatrix::try_new((shape[0], shape[1]), indptr, indices, values)
            .map_err(|(_, _, _, error)| error.into())
    }
}

fn words(bytes: &[u8]) -> impl Iterator<Item = [u8; 4]> {
    bytes.chunks_exact(4).map(|b| [b[0], b[1], b[2], b[3]])
}
