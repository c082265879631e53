//! Choosing where tensors live.

use crate::Error;
use burn::tensor::Device;

/// Names that [`device`] knows in this build.
pub const DEVICES: &[&str] = &["auto", "cpu"];

/// The device of a name; `auto` is the best that answers.
///
/// # Errors
/// When this build has no such device.
pub fn device(name: &str) -> Result<Device, Error> {
    match name {
        "auto" | "cpu" => Ok(Device::flex()),
        _ => Err(Error::UnknownDevice {
            name: name.into(),
            known: DEVICES.join(", "),
        }),
    }
}
