//! Draws one picture of each kind into a folder: `gallery OUT [SPOTS.tsv [IMAGE.png SCALE DIAMETER]]` (columns `x`, `y`, `label`
//! by tab).

use std::collections::BTreeSet;
use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use semst_record::{DomainSemantics, Dropped, Function, GeneScore, LossCurve, Losses, RunRecord};
use semst_report::{
    Bar, BarChart, Better, BoxPlot, Cell, Column, DomainMap, Labels, LineChart, Report,
    ReportInput, ScatterPlot, Series, Table, Tissue, TissueImage, ValueMap, palette,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let out = PathBuf::from(arguments.next().ok_or("give a folder to write to")?);
    fs::create_dir_all(&out)?;
    let (coords, labels) = match arguments.next() {
        Some(path) => spots(&fs::read_to_string(path)?)?,
        None => rings(),
    };
    let mut tissue = Tissue::new(coords);
    if let (Some(path), Some(scale), Some(diameter)) =
        (arguments.next(), arguments.next(), arguments.next())
    {
        let picture = image::open(path)?.into_rgb8();
        let (width, height) = picture.dimensions();
        let diameter: f64 = diameter.parse()?;
        tissue = tissue
            .with_spot_diameter(diameter)
            .with_um_per_unit(55.0 / diameter)
            .with_image(TissueImage {
                width,
                height,
                rgb: picture.into_raw(),
                scale: scale.parse()?,
            });
    }
    let map = DomainMap::new(&tissue, &labels)
        .with_title("Spatial domains")
        .draw()?;
    fs::write(out.join("domains.svg"), map.to_svg())?;
    fs::write(out.join("domains.png"), map.to_png(3.0)?)?;

    let confidence: Vec<f32> = tissue
        .coords
        .iter()
        .map(|[x, y]| ((x / 900.0).sin() * (y / 700.0).cos()).abs() as f32)
        .collect();
    fs::write(
        out.join("confidence.png"),
        ValueMap::new(&tissue, &confidence)
            .with_title("Confidence")
            .draw()?
            .to_png(2.0)?,
    )?;

    let lines = LineChart::new("Loss", "epoch", "loss")
        .with_series(Series::new("total", &decay(9.0, 2.0)))
        .with_series(Series::new("zinb", &decay(5.0, 1.0)));
    fs::write(out.join("lines.png"), lines.draw().to_png(2.0)?)?;
    let colors = palette(3);
    let bars = ["Layer 1", "Layer 2", "White matter"]
        .iter()
        .zip([120.0, 300.0, 45.0])
        .zip(colors);
    let bars = bars.map(|((name, value), color)| Bar {
        name: (*name).to_owned(),
        value,
        label: value.to_string(),
        color,
    });
    fs::write(
        out.join("bars.png"),
        BarChart::new("Sizes", bars.collect()).draw().to_png(2.0)?,
    )?;
    let boxes = BoxPlot::new("ARI over seeds", "ARI")
        .with_group("none", vec![0.41, 0.44, 0.39, 0.47, 0.43])
        .with_group("fsm", vec![0.52, 0.49, 0.55, 0.51, 0.30])
        .with_group("gate", vec![0.45, 0.48, 0.44, 0.46, 0.50]);
    fs::write(out.join("boxes.png"), boxes.draw().to_png(2.0)?)?;
    let points: Vec<_> = (0..40)
        .map(|i| (f64::from(i % 7) / 7.0, f64::from(i % 11) / 11.0))
        .collect();
    let scatter = ScatterPlot::new("Paired runs", "without", "with", &points)
        .with_diagonal()
        .draw()?;
    fs::write(out.join("scatter.png"), scatter.to_png(2.0)?)?;

    let truth = labels.clone();
    let record = record()?;
    let mut input = ReportInput::new(&record, tissue, labels);
    input.truth = Some(("layer".to_owned(), truth));
    input.confidence = Some(confidence);
    input.tables = vec![
        Table::new(
            "Modulations",
            [
                Column::text("modulation"),
                Column::number("ARI", Better::Higher),
            ],
        )
        .with_row([Cell::text("none"), Cell::mean_sd(&[0.41, 0.44, 0.39])])?
        .with_row([Cell::text("fsm"), Cell::mean_sd(&[0.52, 0.49, 0.55])])?
        .with_note("Mean ± sd over 3 seeds."),
    ];
    fs::write(out.join("report.html"), Report::new(&input).to_html()?)?;
    Ok(())
}

fn decay(from: f64, to: f64) -> Vec<f64> {
    let epochs = (0..200).map(|i| (-f64::from(i) / 30.0).exp());
    epochs.map(|rest| to + (from - to) * rest).collect()
}

fn record() -> Result<RunRecord, Box<dyn Error>> {
    let curve = |name: &str, from: f64| LossCurve {
        name: name.to_owned(),
        weight: 1.0,
        values: decay(from, from / 300.0),
    };
    let terms = [("zinb", 5.0), ("dicr", 0.3), ("regulariser", 1e-3)];
    let terms = terms.map(|(name, from)| curve(name, from)).to_vec();
    let mut record = RunRecord {
        version: "0.1.0".to_owned(),
        device: "cpu".to_owned(),
        program: "semst".to_owned(),
        params: serde_json::from_str(
            r#"{"domains": 7, "preset": "paper-dlpfc", "encoder": {"name": "semst", "hidden": [128, 64], "dropout": 0.0}, "graph": {"neighbours": 6}}"#,
        )?,
        losses: Losses::new(curve("total", 9.0).values, terms),
        ..RunRecord::default()
    };
    (record.slide.name, record.slide.genes) = ("section 151673".to_owned(), 8_513);
    record.score("ARI", 0.58);
    record.score("NMI", 0.66);
    record.drop_counted(Dropped::ZeroSpots, 3);
    record.semantics.domains = (0..3)
        .map(|domain| DomainSemantics {
            functions: vec![Function {
                term: "myelination".to_owned(),
                id: "GO:0042552".to_owned(),
                z: 2.345_6,
                genes: ["MBP", "PLP1"].map(String::from).to_vec(),
            }],
            genes: ["MBP", "PLP1", "MOBP"]
                .map(|gene| GeneScore {
                    gene: gene.to_owned(),
                    attribution: 2.345_6,
                    here: 1.0,
                    elsewhere: 0.5,
                })
                .to_vec(),
            ..DomainSemantics::new(domain, 1.0)
        })
        .collect();
    Ok(record)
}

type Spots = (Vec<[f64; 2]>, Labels);

fn rings() -> Spots {
    let sites = (0..60).flat_map(|row: i32| {
        (0..60).map(move |column| {
            [
                f64::from(2 * column + row % 2) * 50.0,
                f64::from(row) * 86.6,
            ]
        })
    });
    let coords: Vec<_> = sites
        .filter(|[x, y]| (x - 3_000.0).hypot(y - 2_600.0) < 2_500.0)
        .collect();
    let codes = coords
        .iter()
        .map(|[x, y]| ((x - 3_000.0).hypot(y - 2_600.0) / 360.0) as u32)
        .collect();
    (coords, Labels::numbered(codes))
}

fn spots(text: &str) -> Result<Spots, Box<dyn Error>> {
    let rows: Vec<Vec<&str>> = text
        .lines()
        .skip(1)
        .map(|line| line.split('\t').collect())
        .collect();
    let names: Vec<_> = rows
        .iter()
        .map(|row| row[2])
        .filter(|name| !name.is_empty())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let codes = rows
        .iter()
        .map(|row| {
            names
                .iter()
                .position(|name| *name == row[2])
                .map(|i| i as u32)
        })
        .collect();
    let coords = rows
        .iter()
        .map(|row| Ok([row[0].parse()?, row[1].parse()?]))
        .collect::<Result<_, std::num::ParseFloatError>>()?;
    Ok((coords, Labels::with_gaps(codes, names)))
}
