//! Reads golden values (`golden/neural/README.md`) and compares modules with them.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor, TensorData};
use semst_sparse::SparseMatrix;
use semst_spatial_graph::SpatialGraph;
use serde_json::Value;
use std::path::Path;

/// One case of a golden file.
#[derive(Debug, Clone)]
pub struct Case {
    name: String,
    value: Value,
}

impl Case {
    /// Loads case `name` of `golden/neural/<file>.json`.
    ///
    /// # Panics
    /// When the file or the case does not exist; golden values are committed.
    pub fn load(file: &str, name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("golden/neural")
            .join(format!("{file}.json"));
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let mut value: Value = serde_json::from_str(&text).expect("golden files are JSON");
        let value = value["cases"][name].take();
        assert!(value.is_object(), "{file}.json has no case {name}");
        Self {
            name: format!("{file}/{name}"),
            value,
        }
    }

    /// The raw JSON.
    pub fn json(&self) -> &Value {
        &self.value
    }

    /// A number of the configuration.
    pub fn config(&self, key: &str) -> f64 {
        self.value["config"][key]
            .as_f64()
            .unwrap_or_else(|| panic!("{}: config {key}", self.name))
    }

    /// Numbers and shape under a section.
    pub fn numbers(&self, section: &str, key: &str) -> (Vec<f32>, Vec<usize>) {
        numbers(&self.value[section][key])
            .unwrap_or_else(|| panic!("{}: {section} {key}", self.name))
    }

    /// A matrix under a section.
    pub fn matrix(&self, section: &str, key: &str, device: &Device) -> Tensor<2> {
        let (data, shape) = self.numbers(section, key);
        Tensor::from_data(TensorData::new(data, [shape[0], shape[1]]), device)
    }

    /// An input matrix.
    pub fn input(&self, key: &str, device: &Device) -> Tensor<2> {
        self.matrix("inputs", key, device)
    }

    /// A vector under a section.
    pub fn vector(&self, section: &str, key: &str, device: &Device) -> Tensor<1> {
        let (data, shape) = self.numbers(section, key);
        Tensor::from_data(TensorData::new(data, [shape[0]]), device)
    }

    /// A graph from the input section.
    pub fn graph(&self, key: &str) -> SpatialGraph {
        let graph = &self.value["graphs"][key];
        let list = |k: &str| {
            graph[k]
                .as_array()
                .unwrap_or_else(|| panic!("{}: graph {key}", self.name))
                .clone()
        };
        let ints = |k: &str| {
            list(k)
                .iter()
                .map(|v| v.as_u64().expect("an index") as usize)
                .collect::<Vec<_>>()
        };
        let indptr = ints("indptr");
        let indices = ints("indices").into_iter().map(|i| i as u32).collect();
        let weights = list("weights")
            .iter()
            .map(|v| v.as_f64().expect("a weight") as f32)
            .collect();
        SpatialGraph::from_parts(indptr.len() - 1, indptr, indices, weights, None)
            .expect("golden graphs are valid")
    }

    /// A graph as a matrix on a device.
    pub fn adjacency(&self, key: &str, device: &Device) -> SparseMatrix {
        semst_gnn_encoders::to_matrix(&self.graph(key), device).expect("golden graphs are valid")
    }

    /// The module with its parameters replaced by the golden ones of the same path.
    ///
    /// # Panics
    /// When a parameter has no golden value.
    pub fn load_into<M: Module>(&self, module: M) -> M {
        module.map(&mut Loader {
            parameters: &self.value["parameters"],
            case: &self.name,
            path: Vec::new(),
        })
    }

    /// Compares an output with its golden value.
    #[track_caller]
    pub fn check<const D: usize>(&self, section: &str, key: &str, got: Tensor<D>, tolerance: f64) {
        let (want, _) = self.numbers(section, key);
        compare(
            &format!("{} {section} {key}", self.name),
            &values(got),
            &want,
            tolerance,
        );
    }

    /// Compares the gradient of every parameter of a module with its golden value.
    #[track_caller]
    pub fn check_gradients<M: Module>(&self, module: &M, grads: &Gradients, tolerance: f64) {
        let mut visitor = GradientCheck {
            case: self,
            grads,
            path: Vec::new(),
            tolerance,
            seen: 0,
        };
        module.visit(&mut visitor);
        assert!(visitor.seen > 0, "{}: no parameter was checked", self.name);
    }

    /// Compares every parameter of a module with the values under `section` (an object of named tensors).
    #[track_caller]
    pub fn check_parameters<M: Module>(&self, module: &M, section: &Value, tolerance: f64) {
        self.check_parameters_and(module, section, tolerance, None);
    }

    /// As [`check_parameters`](Self::check_parameters), with another limit of the absolute difference for one named parameter.
    #[track_caller]
    pub fn check_parameters_and<M: Module>(
        &self,
        module: &M,
        section: &Value,
        tolerance: f64,
        named: Option<(&str, f64)>,
    ) {
        let mut visitor = ParameterCheck {
            case: &self.name,
            section,
            path: Vec::new(),
            tolerance,
            named,
            seen: 0,
        };
        module.visit(&mut visitor);
        assert!(visitor.seen > 0, "{}: no parameter was checked", self.name);
    }
}

/// Checks that numbers satisfy `|a - b| <= 1e-6 + tolerance · max|b|`.
#[track_caller]
pub fn compare(what: &str, got: &[f32], want: &[f32], tolerance: f64) {
    assert_eq!(got.len(), want.len(), "{what}: number of values");
    let top = largest(want);
    for (i, (a, b)) in got.iter().zip(want).enumerate() {
        let gap = (f64::from(*a) - f64::from(*b)).abs();
        assert!(
            gap <= 1e-6 + tolerance * top,
            "{what} [{i}]: got {a}, want {b}"
        );
    }
}

fn largest(values: &[f32]) -> f64 {
    values.iter().fold(0.0, |m, v| v.abs().max(m)).into()
}

/// All numbers of a tensor, row-major.
pub fn values<const D: usize>(t: Tensor<D>) -> Vec<f32> {
    t.into_data().iter::<f32>().collect()
}

fn numbers(v: &Value) -> Option<(Vec<f32>, Vec<usize>)> {
    if let Some(x) = v.as_f64() {
        return Some((vec![x as f32], vec![1]));
    }
    let data = v["data"]
        .as_array()?
        .iter()
        .filter_map(Value::as_f64)
        .map(|x| x as f32)
        .collect();
    let shape = v["shape"]
        .as_array()?
        .iter()
        .filter_map(Value::as_u64)
        .map(|x| x as usize)
        .collect();
    Some((data, shape))
}

/// The golden entry whose name is the end of the path, or whose name ends with the path.
fn find<'a>(section: &'a Value, path: &[String]) -> Option<&'a Value> {
    let path = path.join(".");
    let tail = |long: &str, short: &str| long == short || long.ends_with(&format!(".{short}"));
    let entries = section.as_object()?;
    entries
        .iter()
        .find(|(k, _)| tail(&path, k) || tail(k, &path))
        .map(|(_, v)| v)
}

/// Running statistics of a batch norm are visited like parameters, but nothing trains them.
fn is_running(path: &[String]) -> bool {
    path.last().is_some_and(|name| name.starts_with("running_"))
}

struct Loader<'a> {
    parameters: &'a Value,
    case: &'a str,
    path: Vec<String>,
}

impl ModuleMapper for Loader<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if is_running(&self.path) {
            return param;
        }
        let Some((data, _)) = find(self.parameters, &self.path).and_then(numbers) else {
            panic!("{}: no golden value for {}", self.case, self.path.join("."));
        };
        let (shape, device) = (param.val().dims(), param.val().device());
        Param::from_tensor(Tensor::from_data(TensorData::new(data, shape), &device))
    }
}

struct GradientCheck<'a> {
    case: &'a Case,
    grads: &'a Gradients,
    path: Vec<String>,
    tolerance: f64,
    seen: usize,
}

impl ModuleVisitor for GradientCheck<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if is_running(&self.path) {
            return;
        }
        let name = self.path.join(".");
        let (want, _) = find(&self.case.value["gradients"], &self.path)
            .and_then(numbers)
            .unwrap_or_else(|| panic!("{}: no golden gradient for {name}", self.case.name));
        let got = param
            .val()
            .grad(self.grads)
            .map_or_else(|| vec![0.0; want.len()], values);
        // A bias before the batch norm has a gradient that cancels to 1e-4 of its summands: 2e-5 is the f32 noise of the sum.
        let top = largest(&want);
        let mut limit = (self.tolerance * top).max(2e-5);
        if top == 0.0 {
            // A gradient that cancels completely leaves only rounding, which differs between processors. Its summands are as
            // large as the gradient of the layer's weight.
            limit = limit.max(self.tolerance * self.largest_of_layer());
        }
        for (a, b) in got.iter().zip(&want) {
            let gap = f64::from((a - b).abs());
            assert!(
                gap <= limit,
                "{} gradient of {name}: got {a}, want {b}",
                self.case.name
            );
        }
        self.seen += 1;
    }
}

impl GradientCheck<'_> {
    /// The largest golden gradient among the parameters of the layer that is visited.
    fn largest_of_layer(&self) -> f64 {
        let layer = self.path.split_last().map_or(&[][..], |(_, layer)| layer);
        let weight = [layer, &["weight".into()]].concat();
        find(&self.case.value["gradients"], &weight)
            .and_then(numbers)
            .map_or(0.0, |(values, _)| largest(&values))
    }
}

struct ParameterCheck<'a> {
    case: &'a str,
    section: &'a Value,
    path: Vec<String>,
    tolerance: f64,
    named: Option<(&'a str, f64)>,
    seen: usize,
}

impl ModuleVisitor for ParameterCheck<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if is_running(&self.path) {
            return;
        }
        let name = self.path.join(".");
        let Some((want, _)) = find(self.section, &self.path).and_then(numbers) else {
            panic!("{}: no golden parameter for {name}", self.case);
        };
        let tolerance = match self.named {
            Some((named, limit)) if named == name => limit / largest(&want),
            _ => self.tolerance,
        };
        compare(
            &format!("{} parameter {name}", self.case),
            &values(param.val()),
            &want,
            tolerance,
        );
        self.seen += 1;
    }
}
