//! The command line of semst, with an encoder and a modulator of a third party.

use semst::{Plugins, ShippedGraph, ShippedSemantics, clustering::*, encoders::*, modulation::*};

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Mine;

impl Plugins for Mine {
    type Encoder = EitherEncoder<third_party_encoder::SgcConfig, ShippedEncoder>;
    type Modulator = EitherModulator<third_party_modulator::StretchConfig, ShippedModulator>;
    type Semantics = ShippedSemantics;
    type Graph = ShippedGraph;
    type Head = ShippedHead;
}

fn main() -> std::process::ExitCode {
    semst_cli::main::<Mine>()
}
