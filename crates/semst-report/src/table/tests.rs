//! Tests of tables.

use super::*;

fn table() -> Result<Table, ReportError> {
    Table::new(
        "Gain | loss",
        [
            Column::text("data"),
            Column::text("how"),
            Column::number("ARI", Better::Higher),
            Column::number("s", Better::Lower).with_digits(0),
        ],
    )
    .with_best_within([0])
    .with_row([
        Cell::text("a"),
        Cell::text("none"),
        Cell::mean_sd(&[0.5, 0.6]),
        Cell::Number(10.0),
    ])?
    .with_row([
        Cell::text("a"),
        Cell::text("fsm, <b>"),
        Cell::mean_sd(&[0.7, 0.6]),
        Cell::Number(12.0),
    ])?
    .with_row([
        Cell::text("b"),
        Cell::text("none"),
        Cell::mean_sd(&[0.25]),
        Cell::Missing("out of memory".into()),
    ])?
    .with_note("two seeds")
    .with_row([
        Cell::text("b"),
        Cell::text("fsm"),
        Cell::mean_sd(&[]),
        Cell::Number(3.0),
    ])
}

#[test]
fn markdown() -> Result<(), ReportError> {
    insta::assert_snapshot!(table()?.to_markdown(), @r##"
    **Gain \| loss**

    | data | how | ARI ↑ | s ↓ |
    | --- | --- | ---: | ---: |
    | a | none | 0.550 ± 0.071 | **10** |
    | a | fsm, &lt;b> | **0.650 ± 0.071** | 12 |
    | b | none | 0.250 | – (out of memory) |
    | b | fsm | – (no run) | 3 |

    two seeds
    "##);
    Ok(())
}

#[test]
fn html_escapes() -> Result<(), ReportError> {
    let html = table()?.to_html();
    assert!(
        html.contains("fsm, &lt;b&gt;") && html.contains("<strong>0.650 ± 0.071</strong>"),
        "{html}"
    );
    Ok(())
}

#[test]
fn csv_has_columns_for_spread() -> Result<(), ReportError> {
    insta::assert_snapshot!(table()?.to_csv()?, @r##"
    data,how,ARI,ARI_sd,ARI_n,s
    a,none,0.55,0.07071067811865474,2,10
    a,"fsm, <b>",0.6499999999999999,0.07071067811865474,2,12
    b,none,0.25,,1,
    b,fsm,,,,3
    "##);
    Ok(())
}

#[test]
fn rows_must_fit() {
    let error = Table::new("", [Column::text("a")])
        .with_row([])
        .err()
        .map(|e| e.to_string());
    assert_eq!(error.as_deref(), Some("row 0 has 0 cells for 1 columns"));
}
