//! Devices by name.

#[cfg(any(feature = "wgpu", feature = "cuda"))]
mod gpu;

use crate::DeviceError;
use burn::tensor::Device;

/// Names that [`device`] knows in this build.
///
/// `wgpu` and `cuda` may carry an index behind a colon (`wgpu:1`), in the order in which the error of a missing device lists them.
pub const DEVICES: &[&str] = &[
    "auto",
    "cpu",
    #[cfg(feature = "wgpu")]
    "wgpu",
    #[cfg(feature = "cuda")]
    "cuda",
];

/// The device of a name; `auto` is a GPU if one is found, the CPU otherwise.
///
/// A driver that computes on the CPU (llvmpipe) counts as `wgpu`, but `auto` never chooses it.
///
/// # Errors
/// [`DeviceError::Unknown`] when this build has no such device; [`DeviceError::Missing`], which lists what was found, when it does not
/// answer.
pub fn device(name: &str) -> Result<Device, DeviceError> {
    Ok(Place::find(name)?.device)
}

/// A device, and its name for people.
#[derive(Debug, Clone)]
pub struct Place {
    /// The device.
    pub device: Device,
    /// Its kind and model: `cpu (burn-flex)`, `wgpu:0 (NVIDIA L4)`.
    pub name: String,
}

impl Place {
    /// The device of a name, as [`device`] finds it.
    ///
    /// # Errors
    /// As there.
    pub fn find(name: &str) -> Result<Self, DeviceError> {
        match wanted(name)? {
            Wanted::Cpu => Ok(Self::cpu()),
            Wanted::Auto => Ok(auto()),
            #[cfg(any(feature = "wgpu", feature = "cuda"))]
            Wanted::Gpu(kind, index) => gpu::open(name, kind, index),
        }
    }

    fn cpu() -> Self {
        Self {
            device: Device::flex(),
            name: "cpu (burn-flex)".into(),
        }
    }
}

/// Checks that this build knows a name; queries no driver.
///
/// # Errors
/// [`DeviceError::Unknown`].
pub fn check(name: &str) -> Result<(), DeviceError> {
    wanted(name).map(drop)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Auto,
    Cpu,
    #[cfg(any(feature = "wgpu", feature = "cuda"))]
    Gpu(gpu::Kind, usize),
}

fn wanted(name: &str) -> Result<Wanted, DeviceError> {
    let unknown = || DeviceError::Unknown {
        name: name.into(),
        known: DEVICES.join(", ") + &missing_feature(name),
    };
    match name {
        "auto" => return Ok(Wanted::Auto),
        "cpu" => return Ok(Wanted::Cpu),
        _ => {}
    }
    #[cfg(any(feature = "wgpu", feature = "cuda"))]
    {
        let (kind, index) = name.split_once(':').unwrap_or((name, "0"));
        if let (Some(kind), Ok(index)) = (gpu::Kind::from_name(kind), index.parse()) {
            return Ok(Wanted::Gpu(kind, index));
        }
    }
    Err(unknown())
}

/// The feature that would bring the device of a name, as the end of an error; empty where none would.
fn missing_feature(name: &str) -> String {
    let kind = name.split(':').next().unwrap_or_default();
    match ["wgpu", "cuda"].contains(&kind) && !DEVICES.contains(&kind) {
        true => format!("; build semst with the feature `{kind}` to add it"),
        false => String::new(),
    }
}

#[cfg(any(feature = "wgpu", feature = "cuda"))]
fn auto() -> Place {
    gpu::first_card().unwrap_or_else(|why| Place {
        name: format!("cpu (burn-flex), by auto: {why}"),
        ..Place::cpu()
    })
}

#[cfg(not(any(feature = "wgpu", feature = "cuda")))]
fn auto() -> Place {
    Place {
        name: "cpu (burn-flex), by auto: this build has neither of the features `wgpu` and `cuda`"
            .into(),
        ..Place::cpu()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_without_a_driver() {
        for name in DEVICES {
            assert!(check(name).is_ok(), "{name}");
        }
        for name in ["gpu", "cpu:1", "wgpu:", "wgpu:x", "wgpu:-1", "", "auto:0"] {
            let error = check(name).expect_err(name).to_string();
            assert!(error.contains(&format!("`{name}`")), "{error}");
            assert!(error.contains("auto, cpu"), "{error}");
        }
    }

    #[test]
    fn a_device_of_another_build_names_its_feature() {
        for kind in ["wgpu", "cuda"] {
            for name in [kind.to_owned(), format!("{kind}:1")] {
                let built = DEVICES.contains(&kind);
                let said = check(&name).map_err(|error| error.to_string());
                let advice = format!("build semst with the feature `{kind}`");
                match said {
                    Ok(()) => assert!(built, "{name}"),
                    Err(error) => assert!(!built && error.contains(&advice), "{error}"),
                }
            }
        }
    }

    #[test]
    fn the_cpu_is_always_there() {
        for name in ["cpu", "auto"] {
            let place = Place::find(name).expect("the CPU at least");
            assert!(!place.name.is_empty());
        }
    }

    #[cfg(feature = "wgpu")]
    #[test]
    fn a_missing_device_is_one_line_that_lists_what_is_there() {
        let error = Place::find("wgpu:97")
            .expect_err("97 cards are rare")
            .to_string();
        assert!(!error.contains('\n'), "{error}");
        assert!(error.starts_with("no device `wgpu:97`"), "{error}");
        assert!(error.contains("cpu"), "{error}");
    }
}
