//! Why there is no such device.

/// Why a name gives no device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// A device that this build does not have.
    #[error("this build has no device `{name}`: it has {known}")]
    Unknown {
        /// The name that was given.
        name: String,
        /// The devices that exist.
        known: String,
    },
    /// A device that this build knows, but that does not answer here.
    #[error("no device `{name}` answers: this machine has {found}")]
    Missing {
        /// The name that was given.
        name: String,
        /// The devices that answer.
        found: String,
    },
    /// A device that is there, but does not compute.
    #[error("the device {name} failed: {reason}; use another driver, or `cpu`")]
    Failed {
        /// The device.
        name: String,
        /// What it did.
        reason: String,
    },
}
