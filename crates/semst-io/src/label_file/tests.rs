//! Tests of files of labels.

use super::{JoinedLabels, LabelFile};
use crate::IoError;

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Reads a table for the spots a, b, c, d.
fn labels(text: &str, column: Option<&str>) -> Result<JoinedLabels, IoError> {
    let folder = tempfile::tempdir().map_err(|e| IoError::reader("test", "".as_ref(), e))?;
    let path = folder.path().join("l.csv");
    let failed = |source| IoError::Read {
        path: path.clone(),
        source,
    };
    std::fs::write(&path, text).map_err(failed)?;
    let column = column.map(String::from);
    LabelFile {
        path: path.clone(),
        column,
    }
    .read(&["a", "b", "c", "d"].map(String::from))
}

#[track_caller]
fn check(text: &str, column: Option<&str>, expected: [&str; 4]) -> Outcome {
    let found = labels(text, column)?.labels;
    let found = found.iter().map(|l| l.as_deref().unwrap_or("-"));
    assert_eq!(found.collect::<Vec<_>>(), expected, "{text}");
    Ok(())
}

#[track_caller]
fn check_refused(text: &str, column: Option<&str>, words: &str) {
    let said = labels(text, column).err().map(|e| e.to_string());
    let said = said.unwrap_or_default();
    assert!(said.contains(words), "{said}");
}

#[test]
fn labels_are_matched_by_barcode() -> Outcome {
    let text = "barcode,label\nc,\"L2, deep\"\na,L1,9\nx,L9\nb,NA\n";
    check(text, None, ["L1", "-", "L2, deep", "-"])?;
    check("a\tL1, upper\n", None, ["L1, upper", "-", "-", "-"])?;
    check(
        "\u{feff}spot;layer\nb;L1\nd;L2\n",
        None,
        ["-", "L1", "-", "L2"],
    )?;
    check_refused(
        "x,L1\ny,L2\n",
        None,
        "none of its barcodes belongs to a spot: the table has `y`",
    );
    check_refused("a,L1\nx,L1\ny,L1\nz,L1\n", None, "only 1 of its 4 names");
    // The same line twice says nothing new; another label does.
    check("a,L1\na,L1\nb,L2\n", None, ["L1", "L2", "-", "-"])?;
    check_refused(
        "a,L1\na,L2\nb,L2\n",
        None,
        "a occurs twice, at rows 0 and 1",
    );
    Ok(())
}

#[test]
fn the_first_line_is_a_header_unless_its_cells_occur_again() -> Outcome {
    check("x,L1\na,L1\nb,L2\nc,L2\n", None, ["L1", "L2", "L2", "-"])?;
    assert_eq!(labels("x,L1\na,L1\n", None)?.join.rows, 2);
    let titled = labels("spot,layer\na,L1\n", None)?.join;
    assert_eq!((titled.rows, titled.column.as_deref()), (1, Some("layer")));
    assert_eq!(titled.names_from.as_deref(), Some("column `spot`"));
    Ok(())
}

#[test]
fn the_column_is_named_or_chosen_by_rule() -> Outcome {
    let table =
        ",barcode,tissue,row,layer,id\n0,a,1,0,L1,u\n1,b,1,0,L1,v\n2,c,1,1,L2,w\n3,d,1,1,NA,w\n";
    // `layer` and `id` have text that repeats.
    check_refused(table, None, "layer (2 labels), id (3 labels)");
    check(table, Some("row"), ["0", "0", "1", "1"])?;
    check(table, Some("layer"), ["L1", "L1", "L2", "-"])?;
    check_refused(table, Some("depth"), "`depth` is not in the columns of");
    let table = ",barcode,tissue,row,layer\n0,a,1,0,L1\n1,b,1,0,L1\n2,c,1,1,L2\n3,d,1,1,NA\n";
    check(table, None, ["L1", "L1", "L2", "-"])?;
    let numbers = "spot,domain,confidence\na,1,0.5\nb,1,1\nc,2,0.5\n";
    check(numbers, None, ["1", "1", "2", "-"])?;
    let join = labels(table, None)?.join;
    assert_eq!(join.column.as_deref(), Some("layer"));
    assert_eq!(
        (join.matched, join.classes, join.chosen),
        (4, Some(2), true)
    );
    Ok(())
}

#[test]
fn a_place_is_a_file_or_a_file_and_a_column() -> Outcome {
    let folder = tempfile::tempdir()?;
    let plain = folder.path().join("l.csv");
    std::fs::write(&plain, "a,L1\n")?;
    let odd = folder.path().join("l.csv#1");
    let column = |place| LabelFile::at(place).map(|file: LabelFile| file.column);
    assert_eq!(column(&plain), Some(None));
    assert_eq!(column(&odd), Some(Some("1".into())));
    std::fs::write(&odd, "a,L1\n")?;
    assert_eq!(column(&odd), Some(None));
    assert_eq!(column(&folder.path().join("none.csv")), None);
    Ok(())
}
