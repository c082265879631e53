//! Finding GPUs: what the drivers list, and which of them work.

use super::Place;
use crate::DeviceError;
#[cfg(feature = "wgpu")]
use burn::tensor::DeviceKind;
#[cfg(feature = "wgpu")]
use burn::tensor::wgpu::WgpuBackend;
use burn::tensor::{Device, DeviceType, Tensor};
use std::sync::Mutex;
#[cfg(feature = "wgpu")]
use std::sync::OnceLock;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

/// Rows of the first matrices.
const SIDE: usize = 64;

/// The time for the first kernel, which the driver has to compile.
const FIRST_KERNEL: Duration = Duration::from_secs(60);

/// How often a panic of the driver is looked for.
const POLL: Duration = Duration::from_millis(50);

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

    /// The device of a driver that computes on the CPU. Linux has two kinds: those for Vulkan compute, those for GL need minutes for
    /// a step, or panic.
    fn of_software(self, device: Device) -> Option<Device> {
        match self {
            #[cfg(feature = "cuda")]
            Self::Cuda => Some(device),
            #[cfg(feature = "wgpu")]
            Self::Wgpu if cfg!(any(windows, target_vendor = "apple")) => Some(device),
            #[cfg(feature = "wgpu")]
            Self::Wgpu => on_vulkan(),
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
        Some(at) => {
            let found = found[at].clone();
            check_kernel(&found.device).map_err(|reason| DeviceError::Failed {
                name: found.describe(),
                reason,
            })?;
            Ok(found.place())
        }
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
        Some(card) => {
            let failed = |reason| format!("{} failed: {reason}", card.describe());
            check_kernel(&card.device).map_err(failed)?;
            Ok(card.clone().place())
        }
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

/// The software driver for Vulkan, if there is one. It can be opened only once.
#[cfg(feature = "wgpu")]
fn on_vulkan() -> Option<Device> {
    static OPENED: OnceLock<Option<Device>> = OnceLock::new();
    let open = || {
        Device::wgpu_options()
            .device_kind(DeviceKind::Cpu)
            .graphics_api(WgpuBackend::Vulkan)
            .init()
    };
    OPENED
        .get_or_init(|| quietly(open).and_then(Result::ok))
        .clone()
}

fn of_kind(kind: Kind) -> Vec<Found> {
    let listed = quietly(|| {
        Device::enumerate(kind.listed())
            .into_iter()
            .collect::<Vec<_>>()
    });
    let answering = listed.unwrap_or_default().into_iter().filter_map(|device| {
        let identity = quietly(|| device.identity()).flatten()?;
        let software = identity.physical.is_none();
        let device = if software {
            kind.of_software(device)?
        } else {
            device
        };
        Some((device, identity.name, software))
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

/// Queries a driver; a missing one may panic, on threads of its own too. Then nothing is returned.
fn quietly<T>(ask: impl FnOnce() -> T) -> Option<T> {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    semst_guard::probed(ask).ok()
}

/// Multiplies two matrices on the device. Some drivers are listed and then panic or wait forever (Mesa's GL).
fn check_kernel(device: &Device) -> Result<(), String> {
    let (send, receive) = mpsc::channel();
    let device = device.clone();
    let multiply = move || {
        let ones = Tensor::<2>::ones([SIDE, SIDE], &device);
        let sum = ones.clone().matmul(ones).sum().into_scalar::<f32>();
        // Nobody listens after the time limit.
        let _ = send.send(sum);
    };
    let answer = semst_guard::probed(|| {
        let started = Instant::now();
        std::thread::spawn(multiply);
        loop {
            match receive.recv_timeout(POLL) {
                Ok(sum) => return Ok(sum),
                Err(RecvTimeoutError::Disconnected) => return Err(panicked("panicked")),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Some(panic) = semst_guard::probe_panic() {
                return Err(panic.words);
            }
            if started.elapsed() > FIRST_KERNEL {
                let seconds = FIRST_KERNEL.as_secs();
                return Err(format!("its first kernel did not end in {seconds} s"));
            }
        }
    });
    let right = (SIDE * SIDE * SIDE) as f32;
    match answer.unwrap_or_else(|panic| Err(panic.words))? {
        sum if sum == right => Ok(()),
        sum => Err(format!("its first kernel gave {sum} instead of {right}")),
    }
}

/// What the driver said when it panicked.
fn panicked(otherwise: &str) -> String {
    semst_guard::probe_panic().map_or_else(|| otherwise.into(), |panic| panic.words)
}
