//! The parts of the report, each in its own file.
//!
//! To add a panel, write one file here that implements [`Panel`] and add one line to [`PANELS`].

mod differences;
mod dropped;
mod joins;
mod losses;
mod maps;
mod parameters;
mod scores;
mod semantics;
mod sizes;
mod tables;

use crate::error::ReportError;
use crate::input::ReportInput;

/// A part of the report.
///
/// | method | | purpose |
/// |---|---|---|
/// | `id` | required | the `id` of its section |
/// | `html` | required | the HTML of its section; `None` leaves the section out |
pub trait Panel: Send + Sync {
    /// The `id` of the section, unique on the page.
    fn id(&self) -> &str;

    /// The HTML within the section, with all text escaped; `None` if the input has nothing for it.
    ///
    /// # Errors
    ///
    /// The reason why the part cannot be drawn.
    fn html(&self, input: &ReportInput<'_>) -> Result<Option<String>, ReportError>;
}

/// The panels of the report, in order.
pub(crate) const PANELS: &[&dyn Panel] = &[
    &maps::Maps,
    &scores::Scores,
    &sizes::Sizes,
    &semantics::Semantics,
    &losses::Losses,
    &tables::Tables,
    &joins::Joins,
    &differences::Differences,
    &dropped::DroppedCounts,
    &parameters::Settings,
];
