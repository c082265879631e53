//! Finding GPUs: what the drivers list, and which of them work.

use super::Place;
use crate::DeviceError;
use burn::tensor::{Device, DeviceType};
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Mutex;

/// A way to reach GPUs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    #[cfg(feature = "cuda")]
    Cuda,
    #[cfg(feature = "wgpu")]
    Wgpu,
}

impl Kind {
    /// All of this build, the one to prefer first.
    const ALL: &[Self] = &[
        #[cfg(feature = "cuda")]
        Self::Cuda,
        #[cfg(feature = "wgpu")]
        Self::Wgpu,
    ];

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            #[cfg(feature = "cuda")]
            Self::Cuda => "cuda",
            #[cfg(feature = "wgpu")]
            Self::Wgpu => "wgpu",
        }
    }

    fn listed(self) -> DeviceType {
        match self {
            #[cfg(feature = "cuda")]
            Self::Cuda => DeviceType::Cuda,
            #[cfg(feature = "wgpu")]
            Self::Wgpu => DeviceType::Wgpu,
        }
    }
}

/// A device that was found.
#[derive(Debug, Clone)]
struct Found {
    kind: Kind,
    index: usize,
    device: Device,
    model: String,
    /// A driver that computes on the CPU.
    software: bool,
}

impl Found {
    fn describe(&self) -> String {
        let software = if self.software { ", software" } else { "" };
        format!(
            "{}:{} ({}{software})",
            self.kind.name(),
            self.index,
            self.model
        )
    }

    fn place(self) -> Place {
        Place {
            name: self.describe(),
            device: self.device,
        }
    }
}

/// The device of a kind at an index.
pub(super) fn open(name: &str, kind: Kind, index: usize) -> Result<Place, DeviceError> {
    let found = all();
    let at = found
        .iter()
        .position(|f| f.kind == kind && f.index == index);
    match at {
        Some(at) => Ok(found[at].clone().place()),
        None => Err(DeviceError::Missing {
            name: name.into(),
            found: ["cpu".to_owned()]
                .into_iter()
                .chain(found.iter().map(Found::describe))
                .collect::<Vec<_>>()
                .join(", "),
        }),
    }
}

/// The first that is a card, or why there is none.
pub(super) fn first_card() -> Result<Place, String> {
    let found = all();
    match found.iter().find(|f| !f.software) {
        Some(card) => Ok(card.clone().place()),
        None if found.is_empty() => Err("no GPU answers".into()),
        None => {
            let software: Vec<String> = found.iter().map(Found::describe).collect();
            Err(format!("no GPU answers except {}", software.join(", ")))
        }
    }
}

/// Every device that was found; GPUs before software of the same kind.
fn all() -> Vec<Found> {
    Kind::ALL.iter().flat_map(|&kind| of_kind(kind)).collect()
}

fn of_kind(kind: Kind) -> Vec<Found> {
    let listed = quietly(|| {
        Device::enumerate(kind.listed())
            .into_iter()
            .collect::<Vec<_>>()
    });
    let answering = listed.unwrap_or_default().into_iter().filter_map(|device| {
        let identity = quietly(|| device.identity()).flatten()?;
        Some((device, identity.name, identity.physical.is_none()))
    });
    let mut answering: Vec<_> = answering.collect();
    answering.sort_by_key(|(_, _, software)| *software);
    (0..)
        .zip(answering)
        .map(|(index, (device, model, software))| Found {
            kind,
            index,
            device,
            model,
            software,
        })
        .collect()
}

/// Queries a driver in a separate thread, because a missing one may panic; then nothing is returned.
fn quietly<T>(ask: impl FnOnce() -> T) -> Option<T> {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let hook = take_hook();
    set_hook(Box::new(|_| {}));
    let answer = catch_unwind(AssertUnwindSafe(ask)).ok();
    set_hook(hook);
    answer
}
