//! Numbers of every type in every slot (`golden/io/make_dtypes.py`).

use semst_io::{ReadConfig, UnsValue, inspect, read, read_aligned, read_run};

use super::{fault, golden, said};
use crate::made::Outcome;

/// The types that h5py writes and numbers are read from.
const NUMBERS: [&str; 19] = [
    "f16", "f16be", "bf16", "f32", "f32be", "f64", "f64be", "i8", "i16", "i16be", "i32", "i32be",
    "i64", "i64be", "u8", "u16", "u16be", "u32", "u64",
];

/// The types that are none.
const OTHERS: [&str; 7] = [
    "complex",
    "record",
    "opaque",
    "list",
    "cells",
    "reference",
    "long",
];

#[test]
fn columns_of_every_type_are_read_or_named() -> Outcome {
    let (slide, report) = read(&golden("dtypes.h5ad"), &ReadConfig::new())?;
    for name in NUMBERS {
        let key = format!("n_{name}");
        let numbers = slide.obs.column(&key)?.numbers();
        assert_eq!(numbers, Some(vec![0.0, 1.0, 2.0]), "{key}");
    }
    for name in OTHERS.into_iter().chain(["enum"]) {
        let start = format!("obs/o_{name} holds ");
        let named = |part: &&String| part.starts_with(&start) && !part.contains('\n');
        assert_eq!(report.left_out.iter().filter(named).count(), 1, "{report}");
    }
    let label = |s: &str| Some(s.to_owned());
    let codes = slide.obs.labels("codes_whole")?;
    assert_eq!(codes, [label("x"), label("y"), label("z")]);
    let broken = "obs/codes_broken/codes value 2 is 1.5; whole numbers are needed".to_owned();
    assert!(report.left_out.contains(&broken), "{report}");
    let run = read_run(&golden("dtypes.h5ad"), &[])?;
    for name in NUMBERS.into_iter().filter(|name| *name != "bf16") {
        let one = run.uns(&format!("scalar_{name}"));
        assert_eq!(one.and_then(UnsValue::as_f64), Some(2.0), "{name}");
        let all = run.uns(&format!("n_{name}"));
        assert_eq!(
            all.and_then(UnsValue::to_f64s),
            Some(vec![0.0, 1.0, 2.0]),
            "{name}"
        );
    }
    inspect(&golden("dtypes.h5ad"), &ReadConfig::new())?;
    Ok(())
}

#[test]
fn arrays_of_every_type_are_read_or_named() -> Outcome {
    let path = golden("dtypes.h5ad");
    let square: Vec<f32> = (0..9_u8).map(f32::from).collect();
    for table in ["obsm", "varm"] {
        for name in NUMBERS {
            let rows = read_aligned(&path, &format!("{table}/n_{name}"))?.rows;
            assert_eq!(rows.into_raw_vec_and_offset().0, square, "{table} {name}");
        }
        for name in OTHERS {
            let text = said(read_aligned(&path, &format!("{table}/o_{name}")));
            assert!(
                text.contains(&format!("`{table}/o_{name}` holds ")),
                "{text}"
            );
        }
    }
    for (start, values) in [
        ("", square.as_slice()),
        ("csr_", &[0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 2.0]),
    ] {
        for name in NUMBERS {
            let key = format!("{start}n_{name}");
            let config = ReadConfig::new().with_layer("X").with_obsp(&key);
            let (slide, _) = read(&path, &config)?;
            let graph = slide.weights(&key)?.to_dense();
            assert_eq!(graph.into_raw_vec_and_offset().0, values, "obsp {key}");
            let (slide, _) = read(&path, &ReadConfig::new().with_layer(&key))?;
            let read: f32 = slide.counts.data().iter().sum();
            assert_eq!(read, values.iter().sum::<f32>(), "layers {key}");
        }
        for name in OTHERS {
            let key = format!("{start}o_{name}");
            for config in [
                ReadConfig::new().with_layer(&key),
                ReadConfig::new().with_layer("X").with_obsp(&key),
            ] {
                let text = said(read(&path, &config));
                assert!(text.contains(&key) && text.contains(" holds "), "{text}");
            }
        }
    }
    let (slide, report) = read(&path, &ReadConfig::new().with_layer("raw/X"))?;
    assert_eq!((slide.nnz(), report.counts_from.as_str()), (3, "raw/X"));
    let (slide, _) = read(&path, &ReadConfig::new().with_layer("index_whole"))?;
    assert_eq!(slide.nnz(), 3);
    let text = said(read(&path, &ReadConfig::new().with_layer("index_broken")));
    assert!(
        text.ends_with("`layers/index_broken/indices` value 2 is 1.5; whole numbers are needed"),
        "{text}"
    );
    Ok(())
}

#[test]
fn half_precision_is_read() -> Outcome {
    let Some(plain) = fault("plain.h5ad") else {
        return Ok(());
    };
    let (plain, _) = read(&plain, &ReadConfig::new())?;
    for name in ["x_f16", "csr_f16", "xy_f16", "llm_f16"] {
        let Some(path) = fault(&format!("{name}.h5ad")) else {
            continue;
        };
        let config = match name {
            "llm_f16" => ReadConfig::new().with_obsm("X_llm"),
            _ => ReadConfig::new(),
        };
        let (slide, report) = read(&path, &config)?;
        assert!(report.left_out.is_empty(), "{name}: {report}");
        assert_eq!(slide.counts, plain.counts, "{name}");
        let near = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-3 * b.abs();
        assert!(slide.spatial.iter().zip(&plain.spatial).all(near), "{name}");
    }
    Ok(())
}
