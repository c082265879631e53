//! The joins of a run, for its record.

use semst_io::Join;
use semst_record::Outside;

/// A join as a record keeps it.
pub fn recorded_join(what: Outside, join: &Join) -> semst_record::Join {
    semst_record::Join {
        what,
        source: join.source.clone(),
        column: join.column.clone(),
        chosen: join.chosen,
        names_from: join.names_from.clone(),
        rows: join.rows,
        matched: join.matched,
        spots: join.spots,
        classes: join.classes,
    }
}
