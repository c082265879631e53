//! Finds the device of a name.
//!
//! ```
//! let place = semst_device::Place::find("cpu")?;
//! assert_eq!(place.name, "cpu (burn-flex)");
//! # Ok::<(), semst_device::DeviceError>(())
//! ```
//!
//! `cpu` is the default of every preset: its results are the same to the bit on every machine of a kind, and no GPU has
//! been measured yet ([decision 0011](https://github.com/semst/semst/blob/main/docs/decisions/0011-wgpu-by-default-cuda-opt-in.md)).
//! The features `wgpu` and `cuda` add GPUs. The crate has no code for slides or models.

mod device;
mod error;

pub use device::{DEVICES, Place, check, device};
pub use error::DeviceError;

/// The features of this build, in the order of the manifest.
pub const FEATURES: &[&str] = &[
    #[cfg(feature = "wgpu")]
    "wgpu",
    #[cfg(feature = "cuda")]
    "cuda",
];
