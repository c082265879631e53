//! The floors: encoders without training, which a trained network must exceed.

mod banksy;
mod cellcharter;
mod components;
mod cosmim;
mod diffusion;
mod niche_pca;
mod pca;
mod rasp;
#[cfg(test)]
mod tests;
mod untrained;

pub use banksy::{Banksy, BanksyConfig};
pub use cellcharter::{Cellcharter, CellcharterConfig};
pub use cosmim::{Cosmim, CosmimConfig};
pub use diffusion::{Diffusion, DiffusionConfig};
pub use niche_pca::{NichePca, NichePcaConfig};
pub use pca::{Pca, PcaConfig};
pub use rasp::{Rasp, RaspConfig};
pub use untrained::{FixedLatent, Untrained};
