//! The features of this build.

use semst_device::FEATURES as DEVICES;
use semst_io::FEATURES as FILES;
use semst_text_models::FEATURES as MODELS;

/// The optional parts of this build: of `wgpu`, `cuda`, `local-llm`, `served`, `parquet` those that work.
///
/// The crates that have the parts name them, because another package of a build may turn on a feature of theirs.
pub fn features() -> Vec<&'static str> {
    [DEVICES, MODELS, FILES].concat()
}
