//! Pictures and HTML reports of spatial domains.
//!
//! The input is plain data, the output is strings and bytes: maps of spots on the tissue, charts, tables and a
//! report as a single HTML file, without scripts, fonts or anything else from the network.
//!
//! ```
//! use semst_report::{DomainMap, Labels, Tissue};
//!
//! let tissue = Tissue::new(vec![[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [0.0, 1.0]]);
//! let labels = Labels::new(vec![0, 0, 1, 1], ["Grey matter", "White matter"]);
//! let map = DomainMap::new(&tissue, &labels).with_title("Section 1").draw()?;
//! assert!(map.to_svg().contains("White matter"));
//! assert!(map.to_png(2.0)?.starts_with(b"\x89PNG"));
//! # Ok::<(), semst_report::ReportError>(())
//! ```
//!
//! This crate does not compute results and does not write files.
//! Scores, domains and functions come from the record of a run ([`ReportInput`]); each part of the report is a [`Panel`].
//!
//! Related crates: `semst-record` has the results of a run, `semst-io` reads finished runs and writes files atomically,
//! `semst-evaluation` computes the scores.

mod axis;
mod bar_chart;
mod box_plot;
mod color;
mod domain_map;
mod drawing;
mod error;
mod input;
mod labels;
mod line_chart;
mod number;
mod page;
mod palette;
mod panel;
mod report;
mod scatter_plot;
mod spacing;
mod table;
mod tissue;
mod value_map;
mod viewport;

pub use bar_chart::{Bar, BarChart};
pub use box_plot::{BoxGroup, BoxPlot};
pub use color::Rgb;
pub use domain_map::DomainMap;
pub use drawing::Drawing;
pub use error::ReportError;
pub use input::ReportInput;
pub use labels::Labels;
pub use line_chart::{LineChart, Series};
pub use page::Page;
pub use palette::{palette, viridis};
pub use panel::Panel;
pub use report::Report;
pub use scatter_plot::ScatterPlot;
pub use table::{Better, Cell, Column, Table};
pub use tissue::{Tissue, TissueImage};
pub use value_map::ValueMap;
