//! Writes features, links, semantics and initial weights of a slide for both sides.

use crate::method::{DOMAINS, Method, SEMANTICS};
use crate::slide_file::SlideFile;
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use semst_benches::random_tensor;
use semst_io::{ReadConfig, label_codes, read};
use semst_preprocess::FeatureMatrix;
use semst_spatial_graph::{CosineKnn, Postprocess, Symmetrize};
use semst_training::Modulated;
use std::path::Path;

type Error = Box<dyn std::error::Error>;

pub(crate) fn run(method: Method, slide: &Path, out: &Path) -> Result<String, Error> {
    let (slide, _) = read(slide, &ReadConfig::new())?;
    let FeatureMatrix::Sparse(x) = method.preprocess().run(&slide.counts)?.0.matrix else {
        return Err("these recipes keep features sparse".into());
    };
    let mut file = SlideFile::default();
    file.put_features(&x);
    file.put_links("spatial", &method.links(slide.spatial.view())?);
    if let Some(k) = method.expression_k() {
        let directed = CosineKnn::new(k).build(&x)?;
        file.put_links("expression", &Symmetrize.apply(directed)?);
    }
    // The reference uses the truth in every epoch to choose its best one; semst never uses it.
    let layers = slide.obs.labels("layer")?;
    let codes = label_codes(&layers).codes.into_iter();
    file.put_integers("truth", codes.map(|code| code.map_or(-1, |c| c as i32)));
    file.put_integers("domains", [DOMAINS as i32].into_iter());
    let device = Device::flex();
    let semantics = random_tensor(x.rows(), SEMANTICS, 7, &device);
    let values: Vec<f32> = semantics.into_data().iter::<f32>().collect();
    file.put_floats("semantics", &values, &[x.rows(), SEMANTICS]);
    let host = method.host(x.cols(), &device)?;
    let modulator = method.modulator(&host, &device)?;
    let mut weights = Weights {
        file: &mut file,
        path: Vec::new(),
    };
    Modulated::new(host, modulator).visit(&mut weights);
    file.write(out)?;
    let density = x.nnz() as f64 / (x.rows() * x.cols()) as f64;
    Ok(serde_json::json!({
        "method": method.name(),
        "spots": x.rows(),
        "genes": x.cols(),
        "density": density,
        "recipe_epochs": method.recipe_epochs(),
    })
    .to_string())
}

/// Writes every parameter into the file under its path.
struct Weights<'a> {
    file: &'a mut SlideFile,
    path: Vec<String>,
}

impl ModuleVisitor for Weights<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let shape = param.val().dims();
        let values: Vec<f32> = param.val().into_data().iter::<f32>().collect();
        let name = format!("weight.{}", self.path.join("."));
        self.file.put_floats(&name, &values, &shape);
    }
}
