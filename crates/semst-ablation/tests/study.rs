//! A small plan on simulated tissue, from the file to the tables.

#[path = "study/commands.rs"]
mod commands;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use semst::io::{Slots, write_atomically, write_h5ad};
use semst::simulate::LayeredTissue;
use semst::training::Flow;
use semst_ablation::{
    Ablation, AblationError, CellRecord, Event, Listener, Quiet, Role, Selection,
};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// A folder with a slide, files of other tools, and a plan.
struct Desk {
    _folder: tempfile::TempDir,
    root: PathBuf,
}

impl Desk {
    fn new(plan: &str) -> Result<Self, Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let root = folder.path().to_path_buf();
        let slide = LayeredTissue::new(3)
            .with_spots(160)
            .with_genes(300)
            .generate()?
            .into_dataset()?;
        write_h5ad(&slide, &root.join("sim.h5ad"), &Slots::new())?;
        let layers = slide.obs.labels("layer")?;
        // Another tool's embedding: coordinates, the last spot missing.
        write_atomically(&root.join("peer.csv"), |out: &mut dyn Write| {
            writeln!(out, "barcode,x,y")?;
            for (i, barcode) in slide.barcodes.iter().enumerate().skip(1).rev() {
                let (x, y) = (slide.spatial[[i, 0]], slide.spatial[[i, 1]]);
                writeln!(out, "{barcode},{x},{y}")?;
            }
            Ok(())
        })?;
        write_atomically(&root.join("labels.csv"), |out: &mut dyn Write| {
            for (barcode, layer) in slide.barcodes.iter().zip(&layers) {
                writeln!(out, "{barcode},{}", layer.as_deref().unwrap_or("NA"))?;
            }
            Ok(())
        })?;
        let text = format!(
            "name = \"tiny\"\nepochs = 2\n{plan}\n[[datasets]]\npath = \"sim.h5ad\"\ntruth = \"layer\"\n"
        );
        std::fs::write(root.join("plan.toml"), text)?;
        Ok(Self {
            _folder: folder,
            root,
        })
    }

    fn open(&self) -> Result<Ablation, AblationError> {
        Ablation::open(&self.root.join("plan.toml"), &mut Quiet)
    }
}

const FULL: &str = r##"
encoders = [
    "semst",
    { label = "crowded", name = "stagate", modulations = ["none"], spatial_graph = { graph = "knn", k = 1000 } },
]
modulators = ["none", "fsm"]
semantics = ["builtin", "shuffled"]
floors = ["pca"]
seeds = [0, 5]
heads = ["gmm", "kmeans"]
baseline = [
    { modulator = "none" }, { semantics = "shuffled" }, { encoder = "peer" }, { encoder = "oracle" },
    { modulation = "fsm", semantics = "shuffled", encoder = "pca" },
]
external = [
    { name = "peer", embedding = "peer.csv" },
    { name = "lost", embedding = { sim = "lost_{seed}.npy" } },
    { name = "oracle", labels = "labels.csv" },
    { name = "oracle-obs", labels = "#layer" },
]
"##;

fn scores(records: &[CellRecord]) -> Vec<(String, BTreeMap<String, f64>, Option<String>)> {
    let one = |r: &CellRecord| (r.hash.clone(), r.scores.clone(), r.error.clone());
    records.iter().map(one).collect()
}

fn cell_files(output: &Path) -> Vec<PathBuf> {
    let folder = std::fs::read_dir(output.join("cells"))
        .into_iter()
        .flatten();
    let mut files: Vec<PathBuf> = folder.flatten().map(|f| f.path()).collect();
    files.sort();
    files
}

#[test]
fn a_plan_runs_resumes_and_is_written_up() -> Outcome {
    let desk = Desk::new(FULL)?;
    let study = desk.open()?;
    // Two seeds of pca, semst × {none, fsm × 2}, crowded, peer and lost, by two heads; two rows of labels.
    let cells = 2 * 2 * (1 + 3 + 1 + 1 + 1) + 2;
    let all = Selection::default();
    let estimate = study.estimate(&all);
    assert_eq!((estimate.cells, estimate.finished), (cells, 0));
    assert!(estimate.seconds > 0.0 && !study.output().exists());

    let outcome = study.run(&all, &mut Quiet)?;
    // The graph of `crowded` needs more neighbours than there are spots; `lost` has no file.
    assert_eq!((outcome.computed, outcome.failed), (cells, 8));
    let records = study.records();
    assert_eq!(records.len(), cells);
    for record in &records {
        let name = record.method.encoder.as_str();
        let ari = record.scores.get("ARI").copied();
        match name {
            "crowded" | "lost" => assert!(record.error.is_some() && ari.is_none()),
            "oracle" | "oracle-obs" => {
                assert_eq!((ari, record.head.as_str()), (Some(1.0), "own"));
            }
            _ => {
                assert_eq!(record.error, None, "{name}");
                assert!(ari.is_some_and(|a| a > -0.5), "{name}");
                assert!(record.scores.contains_key("CHAOS"));
            }
        }
        assert_eq!(record.domains, 7);
    }
    let role = |semantics: &str| {
        let found = records.iter().find(|r| r.method.semantics == semantics);
        found.map(|r| r.method.role)
    };
    assert_eq!(role("shuffled"), Some(Role::Control));
    assert_eq!(role("builtin"), Some(Role::Method));

    // Nothing is left to do.
    assert_eq!(study.run(&all, &mut Quiet)?.computed, 0);
    assert_eq!(study.estimate(&all).trainings, 0);
    let retried = Selection {
        retry: true,
        ..Selection::default()
    };
    assert_eq!(study.estimate(&retried).trainings, 4);

    written_up(&study, cells)?;
    resumed(&desk, &study, &records)
}

fn written_up(study: &Ablation, cells: usize) -> Outcome {
    let files = study.write_tables()?;
    let bytes = |files: &[PathBuf]| -> std::io::Result<Vec<Vec<u8>>> {
        files.iter().map(std::fs::read).collect()
    };
    let before = bytes(&files)?;
    assert_eq!(bytes(&study.write_tables()?)?, before);
    let text = |name: &str| std::fs::read_to_string(study.output().join(name));
    let csv = text("cells.csv")?;
    assert_eq!(csv.lines().count(), cells + 1);
    let file = std::fs::File::open(study.output().join("cells.parquet"))?;
    let parquet = SerializedFileReader::new(file)?;
    let (mut rows, mut failed) = (0, 0);
    for row in parquet.get_row_iter(None)? {
        let row = row?;
        let columns: Vec<&String> = row.get_column_iter().map(|(name, _)| name).collect();
        let head = csv.lines().next().unwrap_or_default();
        assert!(head.split(',').eq(columns));
        rows += 1;
        let by_name = |name: &str| row.get_column_iter().find(|c| c.0 == name).map(|c| c.1);
        let error = by_name("error").is_some_and(|e| *e != Field::Null);
        let ari = matches!(by_name("ARI"), Some(Field::Double(_)));
        assert!(error != ari, "{row}");
        failed += usize::from(error);
    }
    assert_eq!((rows, failed > 0), (cells, true));
    let md = text("table.md")?;
    for part in [
        "**ARI, head gmm**",
        "**ARI, head kmeans**",
        "| pca | none | - | floor |",
        "| oracle | - | - | external | **1.000** |",
        "against same encoder, modulator none, same semantics",
        "against same encoder, same modulator, semantics shuffled",
        "| crowded | none | - | method | – (failed) |",
        "against encoder peer, same modulator, same semantics",
        "against encoder oracle, same modulator, same semantics",
        "no row can be compared with: encoder pca, modulator fsm, semantics shuffled",
        "peer on sim: 159 of 160 spots only.",
        "sim, crowded · none, seed 5, kmeans",
        "--only",
        "seeds: 0, 5",
    ] {
        assert!(md.contains(part), "no `{part}` in\n{md}");
    }
    let html = text("table.html")?;
    assert!(html.contains("<svg") && html.contains("default-src 'none'"));
    assert!(study.output().join("plots/ari_sim_gmm.png").is_file());
    Ok(())
}

/// A removed cell is computed again with the same numbers, and no other cell is.
fn resumed(desk: &Desk, study: &Ablation, records: &[CellRecord]) -> Outcome {
    let lost = records
        .iter()
        .find(|r| r.method.modulator == "fsm")
        .ok_or("no such cell")?;
    let files = cell_files(study.output());
    assert_eq!(files.len(), records.len());
    let path = study.output().join(format!("cells/{}.json", lost.hash));
    std::fs::remove_file(&path)?;
    let again = desk.open()?;
    assert_eq!(again.run(&Selection::default(), &mut Quiet)?.computed, 1);
    assert_eq!(scores(&again.records()), scores(records));
    // A broken file is not a finished cell.
    std::fs::write(&path, "{")?;
    let estimate = again.estimate(&Selection::default());
    assert_eq!((estimate.trainings, estimate.measured), (1, 1));
    let only = Selection {
        only: vec![lost.hash[..8].into()],
        retry: false,
    };
    assert_eq!(again.run(&only, &mut Quiet)?.computed, 1);
    assert_eq!(again.run(&only, &mut Quiet)?.computed, 1);
    let unknown = Selection {
        only: vec!["nothing".into()],
        retry: false,
    };
    let error = again.run(&unknown, &mut Quiet).map(|_| ());
    assert!(matches!(error, Err(AblationError::UnknownCell { .. })));
    Ok(())
}

#[test]
fn two_at_a_time_give_the_same_numbers() -> Outcome {
    let plan = "encoders = [\"semst\"]\nseeds = 2\nheads = [\"kmeans\"]\nmemory = 400";
    let desk = Desk::new(plan)?;
    let one = desk.open()?;
    one.run(&Selection::default(), &mut Quiet)?;
    let two = desk.open()?.with_output(desk.root.join("two")).with_jobs(2);
    two.run(&Selection::default(), &mut Quiet)?;
    assert_eq!(one.records().len(), 4);
    assert_eq!(scores(&one.records()), scores(&two.records()));
    Ok(())
}

#[test]
fn names_are_those_of_the_plan_today() -> Outcome {
    let plan = |encoders: &str| {
        format!(
            "encoders = [{encoders}]\nmodulations = [\"none\"]\nseeds = 1\nheads = [\"kmeans\"]"
        )
    };
    let desk = Desk::new(&plan("\"pca\", { label = \"twin\", name = \"pca\" }"))?;
    let study = desk.open()?;
    // Two names for one run: it is computed once, and both rows have it.
    assert_eq!(study.run(&Selection::default(), &mut Quiet)?.computed, 1);
    let rows = |study: &Ablation| -> Vec<(String, Option<f64>)> {
        let records = study.records();
        let row = |r: &CellRecord| (r.method.encoder.clone(), r.scores.get("ARI").copied());
        records.iter().map(row).collect()
    };
    let before = rows(&study);
    assert_eq!(
        (before[0].0.as_str(), before[1].0.as_str()),
        ("pca", "twin")
    );
    assert!(before[0].1.is_some() && before[0].1 == before[1].1);

    let path = desk.root.join("plan.toml");
    let text = std::fs::read_to_string(&path)?;
    let renamed = text.replace(
        "\"pca\", {",
        "{ label = \"no network\", name = \"pca\" }, {",
    );
    std::fs::write(&path, renamed)?;
    let study = desk.open()?;
    assert_eq!(study.run(&Selection::default(), &mut Quiet)?.computed, 0);
    assert_eq!(rows(&study)[0], ("no network".into(), before[0].1));
    study.write_tables()?;
    let table = std::fs::read_to_string(study.output().join("table.md"))?;
    assert!(
        table.contains(&format!(
            "| no network | none | - | floor | {:.3}",
            before[0].1.unwrap_or(f64::NAN)
        )) || table.contains("| no network | none | - | floor | **"),
        "{table}"
    );
    Ok(())
}

#[test]
fn every_control_is_drawn_with_the_seed_of_its_cell() -> Outcome {
    let plan = "encoders = [\"pca\"]\nmodulators = [\"add\"]\nseeds = 2\nheads = [\"kmeans\"]\n\
        semantics = [\"unrelated\", \"shuffled\", \"random\", \"random-spots\"]";
    let desk = Desk::new(plan)?;
    let study = desk.open()?;
    study.run(&Selection::default(), &mut Quiet)?;
    let records = study.records();
    assert_eq!(records.len(), 8);
    for record in records.iter().filter(|r| r.seed == 1) {
        // Without the other seed before it, the cell has the same numbers.
        let folder = desk.root.join(&record.hash);
        let alone = desk.open()?.with_output(&folder);
        let only = Selection {
            only: vec![record.hash.clone()],
            retry: false,
        };
        alone.run(&only, &mut Quiet)?;
        let again = alone.records();
        let name = &record.method.semantics;
        assert_eq!(
            scores(&again),
            scores(std::slice::from_ref(record)),
            "{name}"
        );
        assert_eq!(again[0].costs.final_loss, record.costs.final_loss, "{name}");
    }
    // A run with another output folder is repeated in that folder.
    let folder = desk.root.join("else where");
    let study = desk.open()?.with_output(&folder);
    study.run(&Selection::default(), &mut Quiet)?;
    study.write_tables()?;
    let csv = std::fs::read_to_string(folder.join("cells.csv"))?;
    let line = format!("--output '{}' --only ", folder.display());
    assert!(csv.contains(&line), "{csv}");
    Ok(())
}

#[test]
fn a_head_with_settings_is_a_row_of_its_own() -> Outcome {
    let heads = r#"["gmm", { label = "one-start", name = "gmm", starts = 1, hierarchy_rows = 0, rounds = 0 }]"#;
    let plan =
        format!("encoders = [\"pca\"]\nmodulations = [\"none\"]\nseeds = 1\nheads = {heads}");
    let desk = Desk::new(&plan)?;
    let study = desk.open()?;
    study.run(&Selection::default(), &mut Quiet)?;
    let records = study.records();
    let heads: Vec<&str> = records.iter().map(|r| r.head.as_str()).collect();
    assert_eq!(heads, ["gmm", "one-start"]);
    assert_ne!(records[0].hash, records[1].hash);
    // One start is one of the many, so its likelihood cannot be higher than their best.
    let fit = |r: &CellRecord| r.costs.log_likelihood.ok_or("no likelihood");
    assert!(fit(&records[1])? <= fit(&records[0])?);
    let stated = |r: &CellRecord| r.origin.config["head"]["starts"].clone();
    assert_eq!(
        (stated(&records[0]), stated(&records[1])),
        (60.into(), 1.into())
    );
    Ok(())
}

/// Stops in the middle of the second training.
struct Impatient {
    begun: usize,
}

impl Listener for Impatient {
    fn event(&mut self, event: Event<'_>) -> Flow {
        match event {
            Event::Begin { .. } => self.begun += 1,
            Event::Epoch(_) if self.begun > 1 => return Flow::Stop,
            _ => {}
        }
        Flow::Continue
    }
}

#[test]
fn an_interrupted_plan_goes_on() -> Outcome {
    let desk = Desk::new("encoders = [\"semst\"]\nseeds = 2\nheads = [\"kmeans\"]")?;
    let study = desk.open()?;
    let outcome = study.run(&Selection::default(), &mut Impatient { begun: 0 })?;
    assert!(outcome.stopped);
    assert_eq!((outcome.computed, outcome.failed), (1, 0));
    let outcome = study.run(&Selection::default(), &mut Quiet)?;
    assert_eq!((outcome.computed, outcome.failed), (3, 0));
    Ok(())
}

#[test]
fn what_is_wrong_is_said_before_any_work() -> Outcome {
    let desk = Desk::new("encoders = [\"semst\"]")?;
    let path = desk.root.join("plan.toml");
    let text = std::fs::read_to_string(&path)?;
    for (from, to, part) in [
        ("sim.h5ad", "sin.h5ad", "sin.h5ad does not exist"),
        ("\"layer\"", "\"layers\"", "layers"),
        ("truth = \"layer\"", "", "domains"),
    ] {
        std::fs::write(&path, text.replace(from, to))?;
        let error = desk.open().map(|_| ()).expect_err("it cannot run");
        assert!(error.to_string().contains(part), "{error}");
    }
    Ok(())
}
