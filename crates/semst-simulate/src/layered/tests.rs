//! Tests of the simulated section.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

type Outcome = Result<(), SimulateError>;

#[test]
fn the_default_is_a_cortex() -> Outcome {
    let tissue = LayeredTissue::new(0).generate()?;
    assert_eq!(tissue.counts.rows(), 2_000);
    assert_eq!(tissue.coords.dim(), (2_000, 2));
    let mut sizes = [0; 7];
    tissue
        .layers
        .iter()
        .for_each(|l| sizes[usize::from(*l)] += 1);
    assert!(sizes.iter().all(|n| *n >= 80), "{sizes:?}");
    let names: HashSet<_> = tissue.barcodes.iter().collect();
    assert_eq!(names.len(), 2_000);
    assert!(
        tissue
            .counts
            .data()
            .iter()
            .all(|c| *c >= 1.0 && c.fract() == 0.0)
    );
    assert!(
        (0.3..0.75).contains(&tissue.density()),
        "{}",
        tissue.density()
    );
    Ok(())
}

#[test]
fn markers_are_high_in_their_layer() -> Outcome {
    let tissue = LayeredTissue::new(1).generate()?;
    let mean = |symbol: &str, layer: u8| {
        let gene = tissue
            .symbols
            .iter()
            .position(|s| s == symbol)
            .unwrap_or(usize::MAX);
        let rows: Vec<_> = (0..2_000).filter(|i| tissue.layers[*i] == layer).collect();
        let sum: f32 = rows
            .iter()
            .filter_map(|i| tissue.counts.get(*i, gene))
            .sum();
        sum / rows.len() as f32
    };
    assert!(mean("MOBP", 6) > 1.5 * mean("MOBP", 2));
    assert!(mean("PCP4", 4) > 1.2 * mean("PCP4", 1));
    assert!(mean("RORB", 3) > 1.2 * mean("RORB", 0));
    assert!(mean("SNAP25", 2) > 1.5 * mean("SNAP25", 6));
    Ok(())
}

#[test]
fn bits_do_not_depend_on_the_threads() -> Outcome {
    let config = LayeredTissue::new(5).with_spots(1_600).with_genes(300);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.map_or_else(
            |_| config.generate(),
            |pool| pool.install(|| config.generate()),
        )
    };
    let (one, four) = (run(1)?, run(4)?);
    assert_eq!(one.counts, four.counts);
    assert_eq!(one.coords, four.coords);
    assert_ne!(
        one.counts,
        LayeredTissue::new(6)
            .with_spots(1_600)
            .with_genes(300)
            .generate()?
            .counts
    );
    Ok(())
}

#[test]
fn a_large_sparse_section_has_three_percent() -> Outcome {
    let tissue = LayeredTissue::new(2)
        .with_spots(20_000)
        .with_genes(2_000)
        .with_depth(75.0)
        .generate()?;
    assert!(
        (0.02..0.04).contains(&tissue.density()),
        "{}",
        tissue.density()
    );
    assert!(tissue.symbols[1_999].starts_with("SIMGENE"));
    Ok(())
}

#[test]
fn the_data_set_holds_the_truth() -> Result<(), Box<dyn std::error::Error>> {
    let tissue = LayeredTissue::new(3).with_spots(1_500).generate()?;
    let layers = tissue.layers.clone();
    let dataset = tissue.into_dataset()?;
    let labels = dataset.obs.labels("layer")?;
    assert_eq!(labels[0].as_deref(), Some("L1"));
    assert_eq!(
        labels.iter().filter(|l| l.as_deref() == Some("WM")).count(),
        layers.iter().filter(|l| **l == 6).count()
    );
    assert_eq!(
        (dataset.n_spots(), dataset.n_genes()),
        (1_500, GenePanel::all().genes().len())
    );
    Ok(())
}

#[test]
fn settings_out_of_range_are_named() {
    let error = LayeredTissue::new(0)
        .with_dropout(1.5)
        .generate()
        .err()
        .map(|e| e.to_string());
    assert_eq!(
        error.as_deref(),
        Some("dropout is 1.5, but must be from 0 to below 1")
    );
    assert!(LayeredTissue::new(0).with_depth(f64::NAN).check().is_err());
    assert!(LayeredTissue::new(0).with_spots(3).check().is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_size_gives_exactly_that_many_spots(n in 49_usize..3_000, seed in any::<u64>()) {
        let tissue = LayeredTissue::new(seed).with_spots(n).with_genes(20).generate()?;
        prop_assert_eq!(tissue.counts.shape(), (n, 20));
        prop_assert!(tissue.coords.iter().all(|x| x.is_finite()));
        prop_assert!(tissue.layers.iter().all(|l| *l < 7));
    }
}
