//! The input of a report.

use semst_record::RunRecord;

use crate::labels::Labels;
use crate::table::Table;
use crate::tissue::Tissue;

/// The input of a report: the record of a run, and the arrays of its spots. Empty parts are not shown on the page.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportInput<'r> {
    /// The record of the run.
    pub record: &'r RunRecord,
    /// Spots.
    pub tissue: Tissue,
    /// Domains that were found by the run.
    pub domains: Labels,
    /// Known domains, with the name of their column.
    pub truth: Option<(String, Labels)>,
    /// Confidence of the domain of each spot, 0 to 1.
    pub confidence: Option<Vec<f32>>,
    /// Further tables.
    pub tables: Vec<Table>,
}

impl<'r> ReportInput<'r> {
    /// A report of a record, spots and their domains.
    pub fn new(record: &'r RunRecord, tissue: Tissue, domains: Labels) -> Self {
        Self {
            record,
            tissue,
            domains,
            truth: None,
            confidence: None,
            tables: Vec::new(),
        }
    }
}
