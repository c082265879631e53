//! Tests the genes and functions of the domains, on real and on simulated slides, without labels.

use semst::interpretation::{DomainSemantics, Interpretation};
use semst::io::{ReadConfig, SpatialDataset, read};
use semst::simulate::LayeredTissue;
use semst::{Pipeline, Run, RunConfig, ShippedSemantics, Silent};
use std::path::PathBuf;

/// Genes of oligodendrocytes and of astrocytes in Cahoy et al., J. Neurosci. 28 (2008) 264, and Zhang et al., J. Neurosci. 34
/// (2014) 11929.
const OLIGODENDROCYTE: [&str; 16] = [
    "MBP", "PLP1", "MOBP", "MAG", "MOG", "CNP", "CLDN11", "MAL", "UGT8", "OPALIN", "ERMN", "TF",
    "PLLP", "CLDND1", "ENPP2", "BCAS1",
];
const ASTROCYTE: [&str; 16] = [
    "GFAP", "AQP4", "SLC1A2", "SLC1A3", "FABP7", "GJA1", "ATP1B2", "ALDOC", "S100B", "ATP1A2",
    "KCNJ16", "CLU", "MLC1", "GJB6", "FGFR3", "SPARC",
];

/// A slide of the development data, or `None` if it is missing.
fn slide(name: &str) -> Option<SpatialDataset> {
    let folder = std::env::var_os("SEMST_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    );
    let path = folder.join(name);
    if !path.exists() {
        assert!(
            std::env::var_os("SEMST_REQUIRE_DATA").is_none(),
            "{} is not there",
            path.display()
        );
        eprintln!("skipped: no {} (set SEMST_DATA)", path.display());
        return None;
    }
    Some(read(&path, &ReadConfig::new()).expect("a sound file").0)
}

fn run(slide: &SpatialDataset, config: RunConfig) -> (Run, Interpretation) {
    let run = Pipeline::new(config)
        .and_then(|pipeline| pipeline.run(slide, &mut Silent))
        .expect("the slide is sound");
    let interpretation = run.interpretation.clone().expect("it was not left out");
    (run, interpretation)
}

fn config(domains: usize, epochs: usize) -> RunConfig {
    let mut config = RunConfig::preset("default")
        .expect("it exists")
        .with_domains(domains);
    config.train.epochs = epochs;
    config
}

/// The domain that shares the most spots with a label, by its overlap over their union.
fn domain_of(run: &Run, truth: &[Option<String>], label: &str) -> usize {
    let overlap = |k: usize| {
        let own = run.assignment.labels.iter().map(|l| *l as usize == k);
        let known = truth.iter().map(|t| t.as_deref() == Some(label));
        let (mut both, mut any) = (0, 0);
        for (own, known) in own.zip(known) {
            both += usize::from(own && known);
            any += usize::from(own || known);
        }
        f64::from(both as u32) / f64::from(any.max(1) as u32)
    };
    (0..run.assignment.n_clusters)
        .max_by(|a, b| overlap(*a).total_cmp(&overlap(*b)))
        .expect("there are domains")
}

/// The number of genes of `of` among the first `among` genes of a domain.
fn markers(domain: &DomainSemantics, of: &[&str], among: usize) -> usize {
    let first = domain.genes.iter().take(among);
    first.filter(|g| of.contains(&g.gene.as_str())).count()
}

#[track_caller]
fn occlusion_agrees(interpretation: &Interpretation) {
    for domain in &interpretation.domains {
        let check = domain.occlusion.as_ref().expect("genes are known");
        let line = domain.sentence(&format!("domain {}", domain.domain + 1));
        eprintln!("{line}");
        eprintln!(
            "   strength {:.2}; without the {} leading genes the modulation changes by {:.4}, without random ones by {:.4} (at most {:.4}); the answer falls by {:.4} and {:.4}",
            domain.strength,
            check.genes,
            check.change,
            check.random_mean(),
            check.random.iter().copied().fold(0.0, f64::max),
            check.fall,
            check.random_mean_fall(),
        );
        assert!(check.fall > 0.0, "{line}: {check:?}");
        assert!(check.fall > check.random_mean_fall(), "{line}: {check:?}");
    }
}

/// Checks that the leading genes change the whole modulation more than random ones, and not only the domain's answer.
#[track_caller]
fn modulation_changes(interpretation: &Interpretation) {
    for domain in &interpretation.domains {
        let check = domain.occlusion.as_ref().expect("genes are known");
        assert!(check.change > check.random_mean(), "{check:?}");
    }
}

/// The interpretation of a slide after a run with the default preset.
fn default_run(slide: &SpatialDataset, domains: usize) -> (Run, Interpretation) {
    let config = RunConfig::preset("default").expect("it exists");
    run(slide, config.with_domains(domains))
}

#[test]
fn white_matter_is_myelin_and_layer_1_is_astrocytes() -> Result<(), String> {
    let Some(slide) = slide("dlpfc_151673.h5ad") else {
        return Ok(());
    };
    let (run, interpretation) = default_run(&slide, 7);
    occlusion_agrees(&interpretation);
    modulation_changes(&interpretation);
    let truth = slide.obs.labels("layer").expect("the column is there");
    let white = &interpretation.domains[domain_of(&run, &truth, "WM")];
    let function = &white.functions[0];
    assert!(function.term.contains("myelin"), "{:?}", white.functions);
    for gene in ["MBP", "PLP1", "MOBP"] {
        assert!(function.genes.iter().any(|g| g == gene), "{function:?}");
    }
    // The modulation of the same domain responds to it too.
    let answered = white.answered.first();
    let answered = answered.ok_or("the modulation responds to no function")?;
    assert!(answered.term.contains("myelin"), "{:?}", white.answered);
    assert!(
        markers(white, &OLIGODENDROCYTE, 12) >= 5,
        "{:?}",
        white.genes
    );
    let first = &interpretation.domains[domain_of(&run, &truth, "L1")];
    assert_eq!(first.genes[0].gene, "GFAP");
    let astrocytes = markers(first, &ASTROCYTE, 50);
    assert!(astrocytes >= 5, "{:?}", first.genes);
    for other in interpretation
        .domains
        .iter()
        .filter(|d| d.domain != first.domain)
    {
        assert!(markers(other, &ASTROCYTE, 50) < astrocytes, "{other:?}");
    }
    Ok(())
}

#[test]
fn layers_of_a_small_panel_answer_to_their_genes() {
    let Some(slide) = slide("starmap_mpfc_bz5.h5ad") else {
        return;
    };
    let (run, interpretation) = default_run(&slide, 4);
    occlusion_agrees(&interpretation);
    let truth = slide.obs.labels("domain").expect("the column is there");
    // Layers of these genes: Molyneaux et al., Nat. Rev. Neurosci. 8 (2007) 427; Bgn and Flt1 are genes of vessels and meninges.
    for (layer, genes) in [
        ("L1", ["Bgn", "Flt1"]),
        ("L2/3", ["Cux2", "Nectin3"]),
        ("L5", ["Etv1", "Tcerg1l"]),
        ("L6", ["Foxp2", "Tbr1"]),
    ] {
        let domain = &interpretation.domains[domain_of(&run, &truth, layer)];
        assert_eq!(
            markers(domain, &genes, 12),
            2,
            "{layer}: {:?}",
            domain.genes
        );
        let check = domain.occlusion.as_ref().expect("genes are known");
        let most = check.random_fall.iter().copied().fold(0.0, f64::max);
        assert!(check.fall > 2.0 * most, "{layer}: {check:?}");
    }
}

#[test]
fn simulated_layers_answer_to_their_genes() {
    let slide = LayeredTissue::new(3)
        .with_spots(800)
        .generate()
        .map(|tissue| tissue.into_dataset().expect("names are unique"))
        .expect("800 spots are enough");
    let (run, interpretation) = run(&slide, config(7, 20));
    occlusion_agrees(&interpretation);
    modulation_changes(&interpretation);
    let truth = slide.obs.labels("layer").expect("the column is there");
    let white = &interpretation.domains[domain_of(&run, &truth, "WM")];
    assert!(
        markers(white, &OLIGODENDROCYTE, 10) >= 4,
        "{:?}",
        white.genes
    );
}

#[test]
fn what_cannot_be_named_is_not() {
    let slide = LayeredTissue::new(3)
        .with_spots(300)
        .generate()
        .map(|tissue| tissue.into_dataset().expect("names are unique"))
        .expect("300 spots are enough");
    let interpretation = |source: ShippedSemantics| {
        let mut config = config(5, 2);
        config.semantics.source = source;
        run(&slide, config).1
    };
    let control = interpretation(ShippedSemantics::RandomSpots);
    assert!(
        control
            .note
            .as_deref()
            .is_some_and(|n| n.contains("no gene can be named"))
    );
    assert!(
        control
            .domains
            .iter()
            .all(|d| d.genes.is_empty() && d.strength > 0.0)
    );
    let shuffled = interpretation(ShippedSemantics::Shuffled);
    assert!(
        shuffled
            .note
            .as_deref()
            .is_some_and(|n| n.contains("control (shuffled)"))
    );
    assert!(shuffled.domains.iter().all(|d| d.functions.is_empty()));
    let mut config = config(5, 2);
    config.modulator = semst::modulation::ShippedModulator::None;
    let none = run(&slide, config).1;
    assert!(none.domains.is_empty() && none.note.is_some());
}
