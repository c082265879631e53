//! The shipped hosts behind one type.

use crate::{
    Batch, Diffusion, EncoderError, Graphst, Host, Losses, Mafn, Pca, Sedr, Semst, SlideData,
    SpatialMgcn, Stagate,
};
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// Writes the enum of hosts, the enum of their traces, and the delegation.
macro_rules! encoders {
    ($($variant:ident),+ $(,)?) => {
        /// Any shipped host; [`crate::EncoderConfig`] makes it.
        #[derive(Module, Debug)]
        #[non_exhaustive]
        #[allow(clippy::large_enum_variant, reason = "a program holds one encoder, not an array of them")]
        pub enum Encoder {
            $(#[doc = concat!("See [`", stringify!($variant), "`].")] $variant($variant),)+
        }

        /// What any shipped host keeps for its loss.
        #[derive(Debug)]
        #[non_exhaustive]
        #[allow(clippy::large_enum_variant, reason = "handles of tensors: a step has one")]
        pub enum EncoderTrace {
            $(#[doc = concat!("Of [`", stringify!($variant), "`].")] $variant(<$variant as Host>::Trace),)+
        }

        impl Host for Encoder {
            type Trace = EncoderTrace;

            fn d_latent(&self) -> usize {
                match self {
                    $(Self::$variant(host) => host.d_latent(),)+
                }
            }

            fn prepare(&self, data: &SlideData, device: &Device) -> Result<Batch, EncoderError> {
                match self {
                    $(Self::$variant(host) => host.prepare(data, device),)+
                }
            }

            fn encode(&self, batch: &Batch) -> (Tensor<2>, Self::Trace) {
                match self {
                    $(Self::$variant(host) => {
                        let (latent, trace) = host.encode(batch);
                        (latent, EncoderTrace::$variant(trace))
                    })+
                }
            }

            fn inner_widths(&self) -> Vec<usize> {
                match self {
                    $(Self::$variant(host) => host.inner_widths(),)+
                }
            }

            fn encode_with(
                &self,
                batch: &Batch,
                inner: &mut dyn FnMut(usize, Tensor<2>) -> Tensor<2>,
            ) -> (Tensor<2>, Self::Trace) {
                match self {
                    $(Self::$variant(host) => {
                        let (latent, trace) = host.encode_with(batch, inner);
                        (latent, EncoderTrace::$variant(trace))
                    })+
                }
            }

            fn readout(&self, latent: Tensor<2>, batch: &Batch) -> Tensor<2> {
                match self {
                    $(Self::$variant(host) => host.readout(latent, batch),)+
                }
            }

            fn loss(&self, latent: Tensor<2>, trace: Self::Trace, batch: &Batch) -> Losses {
                match (self, trace) {
                    $((Self::$variant(host), EncoderTrace::$variant(trace)) => {
                        host.loss(latent, trace, batch)
                    })+
                    _ => panic!("the trace was kept by another host"),
                }
            }

            fn after_step(self, before: &Self) -> Self {
                match (self, before) {
                    $((Self::$variant(host), Self::$variant(before)) => {
                        Self::$variant(host.after_step(before))
                    })+
                    _ => panic!("a step does not change the kind of a host"),
                }
            }

            fn hops(&self) -> Option<usize> {
                match self {
                    $(Self::$variant(host) => host.hops(),)+
                }
            }

            fn is_trainable(&self) -> bool {
                match self {
                    $(Self::$variant(host) => host.is_trainable(),)+
                }
            }
        }
    };
}

encoders!(
    Semst,
    Graphst,
    Stagate,
    SpatialMgcn,
    Mafn,
    Sedr,
    Diffusion,
    Pca
);
