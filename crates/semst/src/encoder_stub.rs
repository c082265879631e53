//! Temporary.
use burn::tensor::Device;
use semst_gnn_encoders::{EncoderError, Semst, SemstConfig};
use serde::{Deserialize, Serialize};
/// Temporary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
pub enum EncoderConfig {
    /// SemST.
    Semst(SemstConfig),
}
impl EncoderConfig {
    /// By name.
    pub fn from_name(_: &str) -> Result<Self, EncoderError> {
        Ok(Self::Semst(SemstConfig::new()))
    }
    /// Name.
    pub fn name(&self) -> &'static str {
        "semst"
    }
    /// Needs.
    pub fn needs_expression_graph(&self) -> bool {
        true
    }
    /// Init.
    pub fn init(&self, n: usize, seed: u64, device: &Device) -> Result<Semst, EncoderError> {
        let Self::Semst(c) = self;
        c.init(n, seed, device)
    }
}
