//! Bad input: one clear line that says what and where, exit code 2, nothing half-written.

use std::path::Path;

use crate::binary::{Outcome, QUICK, contents, ended, names, run};
use crate::data::data;
use crate::made::Made;

/// Runs on an input that must be refused with these words, and leaves no trace.
#[track_caller]
fn check(input: &Path, options: &str, expected: &str) -> Outcome {
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("out");
    let ended = run(input, options, &out)?;
    let line = ended.refused();
    assert!(
        line.contains(expected),
        "{line}\nshould contain\n{expected}"
    );
    assert_eq!(names(folder.path()), [""; 0], "something was left behind");
    assert_eq!(ended.stdout, "");
    // The same in a folder that holds something.
    std::fs::create_dir(&out)?;
    std::fs::write(out.join("slide.h5ad"), "an older run")?;
    run(input, options, &out)?.refused();
    let old = ("slide.h5ad".to_owned(), b"an older run".to_vec());
    assert_eq!(contents(&out)?, [old]);
    Ok(())
}

/// As [`check`], on a slide made for it, with the quickest options for three domains.
#[track_caller]
fn check_made(made: &Made, expected: &str) -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("slide.h5ad");
    made.h5ad(&path)?;
    check(&path, &format!("--domains 3 {QUICK}"), expected)
}

/// As [`check_made`], on a good slide with other options.
#[track_caller]
fn check_options(options: &str, expected: &str) -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("slide.h5ad");
    Made::default().h5ad(&path)?;
    check(&path, options, expected)
}

#[test]
fn paths_that_are_no_slide() -> Outcome {
    let folder = tempfile::tempdir()?;
    let options = format!("--domains 3 {QUICK}");
    let missing = folder.path().join("none.h5ad");
    check(&missing, &options, "none.h5ad does not exist")?;
    let text = folder.path().join("text.h5ad");
    std::fs::write(&text, "barcode,gene\n")?;
    check(&text, &options, "text.h5ad is not an HDF5 file")?;
    std::fs::write(&text, "")?;
    check(&text, &options, "text.h5ad is not an HDF5 file")?;
    check(
        folder.path(),
        &options,
        "is a folder of no known layout; looked for filtered_feature_bc_matrix.h5",
    )?;
    let slide = folder.path().join("slide");
    Made::default().folder(&slide)?;
    check(
        &slide.join("filtered_feature_bc_matrix.h5"),
        &options,
        "is a 10x matrix without coordinates; pass the Space Ranger folder",
    )
}

#[test]
fn truncated_files() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("slide.h5ad");
    Made::default().h5ad(&path)?;
    let whole = std::fs::read(&path)?;
    let cut = folder.path().join("cut.h5ad");
    for length in [9, 100, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&cut, &whole[..length])?;
        check(
            &cut,
            &format!("--domains 3 {QUICK}"),
            "the file is truncated or damaged",
        )?;
        for command in ["inspect", "evaluate", "report"] {
            let ended = ended([command.as_ref(), cut.as_os_str()])?;
            assert!(ended.refused().contains("truncated or damaged"));
        }
    }
    Ok(())
}

#[test]
fn a_truncated_space_ranger_folder() -> Outcome {
    let folder = tempfile::tempdir()?;
    let slide = folder.path().join("slide");
    Made::default().folder(&slide)?;
    let matrix = slide.join("filtered_feature_bc_matrix.h5");
    let whole = std::fs::read(&matrix)?;
    std::fs::write(&matrix, &whole[..whole.len() / 2])?;
    let options = format!("--domains 3 {QUICK}");
    check(&slide, &options, "the file is truncated or damaged")?;
    std::fs::remove_file(slide.join("spatial/tissue_positions_list.csv"))?;
    check(&slide, &options, "is a folder of no known layout")
}

#[test]
fn slots_that_are_missing_are_named_with_those_that_are_there() -> Outcome {
    check_made(
        &Made {
            counts: None,
            ..Made::default()
        },
        "holds no counts; looked in layers/counts, X and raw/X; slots that are there: obs/band, obsm/spatial",
    )?;
    check_made(
        &Made {
            spatial: None,
            ..Made::default()
        },
        "holds no coordinates; looked for obsm/spatial, obsm/X_spatial, obs/x with obs/y, obs/X with obs/Y, obs/x_centroid with obs/y_centroid, obs/X_centroid with obs/Y_centroid, obs/CenterX_global_px with obs/CenterY_global_px, obs/center_x with obs/center_y, obs/pxl_col_in_fullres with obs/pxl_row_in_fullres, obs/imagecol with obs/imagerow, obs/array_col with obs/array_row; slots that are there: X, obs/band; add x and y to the file, as obsm/spatial or as columns of obs",
    )?;
    let quick = format!("--domains 3 {QUICK}");
    for (option, expected) in [
        (
            "--truth layer",
            "the truth is neither a column nor a file: `layer` is not in obs; keys that are there: band",
        ),
        (
            "--layer counts",
            "`counts` is not in layers; keys that are there: X",
        ),
        (
            "--spatial-key um",
            "`um` is not in obsm; keys that are there: spatial",
        ),
        (
            "--gene-symbols name",
            "`name` is not in var; keys that are there: nothing",
        ),
    ] {
        check_options(&format!("{quick} {option}"), expected)?;
    }
    let folder = tempfile::tempdir()?;
    Made::default().folder(folder.path())?;
    check(
        folder.path(),
        &format!("{quick} --layer raw"),
        "`raw` is not in layers of a Space Ranger folder; keys that are there: X",
    )
}

#[test]
fn values_that_are_no_counts_or_coordinates() -> Outcome {
    let count = |value| Made::default().with_count(5, 2, value);
    check_made(
        &count(f64::NAN),
        "`X` holds NaN at spot 5, gene 2; counts must be finite",
    )?;
    check_made(&count(f64::INFINITY), "`X` holds inf at spot 5, gene 2")?;
    check_made(
        &count(-3.0),
        "`X` holds the negative count -3 at spot 5, gene 2",
    )?;
    check_made(
        &count(0.5),
        "slide.h5ad: `X` holds normalised values where counts are needed (0.5 at spot 5, gene 2)",
    )?;
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let expected = format!("coordinate y of spot 7 (`SPOT07-1`) is {value}");
        check_made(&Made::default().with_coordinate(7, 1, value), &expected)?;
    }
    let mut zeros = Made::default();
    zeros.counts = zeros.counts.map(|c| vec![0.0; c.len()]);
    check_made(&zeros, "is empty: 0 spots × 0 genes hold a count")?;
    check_made(&Made::default().with_spots(0), "is empty")
}

#[test]
fn barcodes_that_are_under_no_position() -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut made = Made {
        positions: Some(vec!["OTHER-1,1,0,0,0,0".into()]),
        ..Made::default()
    };
    made.folder(folder.path())?;
    let options = format!("--domains 3 {QUICK}");
    check(
        folder.path(),
        &options,
        "the matrix has `SPOT00-1`, the positions have `OTHER-1`",
    )?;
    let nan = made.line(3).replace(",300", ",nan");
    made.positions = Some(
        (0..121)
            .map(|at| made.line(at))
            .chain([nan.clone()])
            .collect(),
    );
    if let Some(lines) = &mut made.positions {
        lines[3] = nan;
    }
    made.folder(folder.path())?;
    check(
        folder.path(),
        &options,
        "coordinate x of spot 3 (`SPOT03-1`) is NaN",
    )?;
    made.positions = Some(vec!["SPOT00-1,1,0,zero,0,0".into()]);
    made.folder(folder.path())?;
    check(
        folder.path(),
        &options,
        "tissue_positions_list.csv line 1: array_col is `zero`",
    )
}

#[test]
fn fewer_spots_than_domains_or_neighbours() -> Outcome {
    check_options(
        &format!("--domains 121 {QUICK}"),
        "121 spots are too few for 121 domains",
    )?;
    check_options(
        "--domains 3 --n-neighbors 121",
        "121 spots are too few for 121 expression neighbours",
    )?;
    check_options(
        "--domains 3 --n-spatial-neighbors 130",
        "121 spots are too few for 130 spatial neighbours",
    )?;
    check_made(
        &Made::default().with_spots(4),
        "4 spots are too few for 6 spatial neighbours",
    )
}

#[test]
fn options_that_make_no_sense() -> Outcome {
    for (options, expected) in [
        ("--domains 0", "give at least 2 with --domains K"),
        ("--domains 1", "give at least 2 with --domains K"),
        (
            "--domains seven",
            "invalid value 'seven' for '--domains <K>'",
        ),
        (
            "--domains 3 --preset paper",
            "no preset is called `paper`: choose one of default, paper-dlpfc",
        ),
        (
            "--domains 3 --encoder gat",
            "no encoder is called `gat`: choose one of semst, graphst, stagate",
        ),
        (
            "--domains 3 --modulation film",
            "no modulator is called `film`: choose one of fsm",
        ),
        (
            "--domains 3 --semantics gpt",
            "no semantics are called `gpt`: choose builtin",
        ),
        (
            "--domains 3 --semantics table:none.bin",
            "none.bin does not exist",
        ),
        (
            "--domains 3 --head mclust",
            "no head is called `mclust`: choose one of gmm",
        ),
        (
            "--domains 3 --device tpu",
            "this build has no device `tpu`: it has ",
        ),
        ("--domains 3 --radius 0", "radius is 0, must be positive"),
        ("--domains 3 --learning-rate nan", "learning_rate is NaN"),
        ("--domains 3 --n-top-genes 0", "n_top_genes is 0"),
        ("--domains 3 --config none.toml", "none.toml cannot be read"),
        ("--domain 3", "a similar argument exists: '--domains'"),
    ] {
        check_options(options, expected)?;
    }
    Ok(())
}

#[test]
fn configurations_that_are_none() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("run.toml");
    for (text, expected) in [
        (
            "seed = 0\nno TOML",
            "run.toml: the configuration cannot be read: line 2: ",
        ),
        // One key is enough over a preset, but not of any type.
        (
            "seed = true",
            "run.toml: the configuration cannot be read: line 1: `seed`: invalid type: boolean `true`, expected a whole number",
        ),
        (
            "[encoder]\nnhid1 = \"wide\"",
            "line 2: `encoder.nhid1`: invalid type: string \"wide\", expected a whole number",
        ),
        ("sead = 0", "unknown field `sead`"),
    ] {
        std::fs::write(&path, text)?;
        check_options(&format!("--config {}", path.display()), expected)?;
    }
    let plan = folder.path().join("plan.toml").display().to_string();
    std::fs::write(
        &plan,
        "name = \"x\"\nencoders = [\"pca\"]\njobs = true\ndatasets = [{ path = \"a\" }]",
    )?;
    let said = ended(["ablate", &plan])?;
    let line = said.refused();
    let expected = "plan.toml: the plan cannot be read: line 3: `jobs`: invalid type: boolean `true`, expected a whole number";
    assert!(line.contains(expected), "{line}");
    Ok(())
}

#[test]
fn truth_files_that_are_none() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("truth.tsv");
    let options = format!("--domains 3 {QUICK} --truth {}", path.display());
    std::fs::write(&path, "bc\tlayer\nOTHER-1\tL1\n")?;
    check_options(
        &options,
        "truth.tsv: none of its barcodes belongs to a spot",
    )?;
    std::fs::write(&path, [0xff, 0xfe, 0x00])?;
    check_options(&options, "truth.tsv: stream did not contain valid UTF-8")
}

#[test]
fn output_folders_that_cannot_be_written() -> Outcome {
    let folder = tempfile::tempdir()?;
    let slide = folder.path().join("slide.h5ad");
    Made::default().h5ad(&slide)?;
    let options = format!("--domains 3 {QUICK}");
    let file = folder.path().join("file");
    std::fs::write(&file, "")?;
    for out in [file.clone(), file.join("below")] {
        let ended = run(&slide, &options, &out)?;
        assert!(ended.refused().contains(" cannot be made: "), "{ended:?}");
    }
    if cfg!(target_os = "linux") {
        let ended = run(&slide, &options, Path::new("/proc"))?;
        let expected = "the output folder /proc cannot be written: ";
        assert!(ended.refused().contains(expected), "{ended:?}");
    }
    // A folder where a file is to come: found out before anything is put in place.
    let out = folder.path().join("out");
    std::fs::create_dir_all(out.join("slide_report.html"))?;
    let options = format!("{options} --quiet");
    let ended = run(&slide, &options, &out)?;
    let expected = "slide_report.html: a folder has that name";
    assert!(ended.refused().contains(expected), "{ended:?}");
    assert_eq!(names(&out), ["slide_report.html"]);
    Ok(())
}

#[test]
fn other_commands_refuse_in_one_line_too() -> Outcome {
    let folder = tempfile::tempdir()?;
    let slide = folder.path().join("slide.h5ad");
    Made::default().h5ad(&slide)?;
    let slide = slide.display().to_string();
    let out = folder.path().join("out").display().to_string();
    for (args, expected) in [
        (
            vec!["evaluate", &slide],
            "`semst_domain` is not in obs; keys that are there: band",
        ),
        (
            vec!["evaluate", &slide, "--pred", "band", "--truth", "layer"],
            "`layer` is not in obs",
        ),
        (
            vec!["report", &slide, "-o", &out],
            "`semst_domain` is not in obs",
        ),
        (vec!["inspect", "none.h5ad"], "none.h5ad does not exist"),
        (
            vec!["demo", "--spots", "5", "-q", "-o", &out],
            "n_spots is 5",
        ),
        (vec!["completions", "cmd"], "invalid value 'cmd'"),
        (vec!["walk"], "unrecognized subcommand 'walk'"),
        (vec!["ablate", "none.toml", "-o", &out], "none.toml"),
        (vec!["ablate", &slide, "-o", &out], "slide.h5ad"),
    ] {
        let ended = ended(&args)?;
        assert!(ended.refused().contains(expected), "{args:?}: {ended:?}");
    }
    assert_eq!(names(folder.path()), ["slide.h5ad"]);
    Ok(())
}

#[test]
fn a_real_slide_cut_short() -> Outcome {
    let Some(path) = data("starmap_mpfc_bz5.h5ad") else {
        return Ok(());
    };
    let whole = std::fs::read(path)?;
    let folder = tempfile::tempdir()?;
    let cut = folder.path().join("cut.h5ad");
    for part in 1..8 {
        std::fs::write(&cut, &whole[..whole.len() * part / 8])?;
        let options = format!("--domains 4 {QUICK}");
        check(&cut, &options, "the file is truncated or damaged")?;
    }
    Ok(())
}
