//! The expression programmes of genes: excitatory neurons of layers, inhibitory neurons, glia, vessels, nuisance.

/// Number of programmes.
pub(crate) const PROGRAMMES: usize = 18;

/// Number of programmes whose share depends on the layer; the last two are nuisance.
pub(crate) const CELL_TYPES: usize = 16;

/// Index of the programme of handling stress (immediate early genes).
pub(crate) const STRESS: usize = 16;

/// Index of the programme of blood.
pub(crate) const BLOOD: usize = 17;

/// Programmes in the order of every table here; the names are those of `genes/*.tsv`.
pub(crate) const NAMES: [&str; PROGRAMMES] = [
    "layer1",
    "layer2",
    "layer3",
    "layer4",
    "layer5",
    "layer6",
    "parvalbumin",
    "somatostatin",
    "vip",
    "lamp5",
    "astrocyte",
    "microglia",
    "endothelial",
    "precursor",
    "oligodendrocyte",
    "neuropil",
    "stress",
    "blood",
];

/// Programmes that count as neurons for the genes marked `neuron`.
pub(crate) const NEURONS: [usize; 10] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 15];

/// Share of the RNA of a spot by layer (rows: L1..L6, WM; columns: cell types). Rows sum to one.
///
/// The numbers are invented, but follow the literature: layer 1 has few neurons and many astrocytes, each
/// layer has its excitatory type with some spill into the next, white matter is oligodendrocytes.
pub(crate) const COMPOSITION: [[f32; CELL_TYPES]; 7] = [
    // l1   l2    l3    l4    l5    l6    pv    sst   vip   lamp5 astro micro endo  opc   oligo neuropil
    [
        0.22, 0.02, 0.00, 0.00, 0.00, 0.00, 0.00, 0.01, 0.03, 0.05, 0.20, 0.04, 0.06, 0.02, 0.04,
        0.31,
    ],
    [
        0.03, 0.20, 0.06, 0.00, 0.00, 0.00, 0.01, 0.02, 0.04, 0.03, 0.09, 0.03, 0.04, 0.02, 0.03,
        0.40,
    ],
    [
        0.00, 0.06, 0.21, 0.03, 0.00, 0.00, 0.03, 0.02, 0.02, 0.01, 0.08, 0.03, 0.03, 0.02, 0.05,
        0.41,
    ],
    [
        0.00, 0.00, 0.05, 0.20, 0.04, 0.00, 0.06, 0.02, 0.01, 0.01, 0.08, 0.03, 0.03, 0.02, 0.07,
        0.38,
    ],
    [
        0.00, 0.00, 0.01, 0.04, 0.21, 0.04, 0.04, 0.03, 0.01, 0.01, 0.08, 0.03, 0.03, 0.02, 0.10,
        0.35,
    ],
    [
        0.00, 0.00, 0.00, 0.00, 0.05, 0.22, 0.02, 0.02, 0.01, 0.01, 0.10, 0.03, 0.03, 0.03, 0.18,
        0.30,
    ],
    [
        0.00, 0.00, 0.00, 0.00, 0.00, 0.03, 0.00, 0.01, 0.00, 0.00, 0.16, 0.05, 0.04, 0.04, 0.58,
        0.09,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_sum_to_one() {
        for (layer, row) in COMPOSITION.iter().enumerate() {
            let sum: f32 = row.iter().sum();
            assert!((sum - 1.0).abs() < 1e-5, "layer {layer} sums to {sum}");
        }
    }
}
