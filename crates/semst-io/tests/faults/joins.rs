//! Tables from outside the slide: rows are found by name, and the match is counted.

use semst_io::{IoError, Joined, LabelFile, OutsideRows, ReadConfig, VectorFile, read};

use super::{fault, said};
use crate::made::Outcome;

type Found<T> = Result<T, Box<dyn std::error::Error>>;

/// Joins a file of vectors to spots.
fn join(file: &VectorFile, spots: &[String]) -> Result<Joined, IoError> {
    let table = OutsideRows {
        source: "v.parquet",
        names: file.names.as_deref(),
        names_from: &file.names_from,
        rows: file.vectors.nrows(),
    };
    table.join(spots, None)
}

#[test]
fn an_index_of_pandas_is_names_and_no_vector() -> Outcome {
    let files = ["vectors.parquet", "shuffled.parquet", "in_order.csv"].map(fault);
    let slides = ["numbered.h5ad", "plain.h5ad"].map(fault);
    let ([Some(filtered), Some(shuffled), Some(ordered)], [Some(numbered), Some(plain)]) =
        (files, slides)
    else {
        return Ok(());
    };
    let files = [filtered, shuffled, ordered].map(VectorFile::open);
    let [filtered, shuffled, ordered] = files;
    let (filtered, shuffled, ordered) = (filtered?, shuffled?, ordered?);
    for file in [&filtered, &shuffled, &ordered] {
        assert_eq!(file.vectors.dim(), (144, 16), "{}", file.path.display());
    }
    let (numbered, _) = read(&numbered, &ReadConfig::new())?;
    let (plain, _) = read(&plain, &ReadConfig::new())?;
    let found = join(&shuffled, &numbered.barcodes)?;
    assert_eq!(found.join.matched, 144);
    assert_eq!(found.join.names_from.as_deref(), Some("its index"));
    for (spot, row) in found.rows.iter().enumerate() {
        let row = row.ok_or("a spot without a row")?;
        assert_eq!(ordered.vectors.row(spot), shuffled.vectors.row(row));
    }
    // Half of these row numbers, left by a filter of 288 rows, are spots.
    assert_eq!(join(&filtered, &numbered.barcodes)?.join.matched, 72);
    // Row numbers name no spot of a slide with barcodes, although there are as many.
    for file in [&filtered, &shuffled, &ordered] {
        let text = said(join(file, &plain.barcodes));
        assert!(text.contains("its names are row numbers"), "{text}");
    }
    Ok(())
}

#[test]
fn a_column_of_labels_is_named_or_chosen_and_counted() -> Outcome {
    let slide = |name| -> Found<Option<Vec<String>>> {
        let Some(path) = fault(name) else {
            return Ok(None);
        };
        Ok(Some(read(&path, &ReadConfig::new())?.0.barcodes))
    };
    let (Some(plain), Some(numbered)) = (slide("plain.h5ad")?, slide("numbered.h5ad")?) else {
        return Ok(());
    };
    let file = |place: &str| {
        fault(place.split('#').next().unwrap_or(place)).map(|path| LabelFile {
            path,
            column: place.split_once('#').map(|(_, column)| column.to_owned()),
        })
    };
    for (place, spots, column, matched, classes) in [
        ("metadata.csv", &plain, "layer", 144, 3),
        ("metadata.csv#array_row", &plain, "array_row", 144, 12),
        ("fifth.csv", &plain, "layer", 29, 3),
        ("pandas_index.csv", &numbered, "layer", 144, 3),
    ] {
        let Some(file) = file(place) else {
            return Ok(());
        };
        let join = file.read(spots)?.join;
        assert_eq!(join.column.as_deref(), Some(column), "{place}");
        assert_eq!(
            (join.matched, join.classes),
            (matched, Some(classes)),
            "{place}"
        );
        assert_eq!(
            join.names_from.as_deref(),
            Some("column `barcode`"),
            "{place}"
        );
    }
    let Some(file) = file("pandas_index.csv") else {
        return Ok(());
    };
    let text = said(file.read(&plain));
    assert!(text.contains("its names are row numbers"), "{text}");
    Ok(())
}

#[test]
fn symbols_in_quotes_are_cleaned_and_counted() -> Outcome {
    let Some(path) = fault("quoted_symbols.h5ad") else {
        return Ok(());
    };
    let (slide, report) = read(&path, &ReadConfig::new())?;
    assert_eq!(slide.genes.symbols[0], "Acss1");
    assert!(report.symbols_cleaned >= slide.n_genes(), "{report}");
    assert!(
        !slide
            .genes
            .symbols
            .iter()
            .any(|symbol| symbol.contains('\''))
    );
    Ok(())
}

#[test]
fn a_picture_that_is_not_under_the_spots_is_left_out() -> Outcome {
    let Some(path) = fault("pic_array_coords.h5ad") else {
        return Ok(());
    };
    let (slide, report) = read(&path, &ReadConfig::new())?;
    assert!(slide.image.is_none());
    let named = report
        .left_out
        .iter()
        .any(|part| part.contains("are not pixels"));
    assert!(named, "{report}");
    Ok(())
}
