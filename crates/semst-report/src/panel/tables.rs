//! Panel of further tables.

use super::Panel;
use crate::error::ReportError;
use crate::input::ReportInput;
use crate::table::Table;

/// The tables of the input.
pub(super) struct Tables;

impl Panel for Tables {
    fn id(&self) -> &str {
        "tables"
    }

    fn html(&self, input: &ReportInput<'_>) -> Result<Option<String>, ReportError> {
        let tables: Vec<String> = input.tables.iter().map(Table::to_html).collect();
        Ok((!tables.is_empty()).then(|| tables.concat()))
    }
}
