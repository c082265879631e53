//! Box plots of the main score, one for each data set and head.

use semst::report::{BoxPlot, Drawing};

use crate::scored::{Cells, MAIN};

/// A picture and the stem of its file.
pub(crate) struct Plot {
    pub(crate) stem: String,
    pub(crate) drawing: Drawing,
}

impl Cells<'_> {
    /// The pictures of a head; data sets without scores have none.
    pub(crate) fn plots(&self, head: &str) -> Vec<Plot> {
        let plot = |dataset: &String| {
            let mut plot = BoxPlot::new(format!("{dataset}, head {head}"), MAIN).with_width(640.0);
            let mut any = false;
            for method in self.methods {
                let values = self.values(method, dataset, head, MAIN);
                if !values.is_empty() {
                    any = true;
                    plot = plot.with_group(method.to_string(), values);
                }
            }
            any.then(|| Plot {
                stem: file_name(&format!("{MAIN}_{dataset}_{head}")),
                drawing: plot.draw(),
            })
        };
        self.datasets.iter().filter_map(plot).collect()
    }
}

/// A name without characters that are not valid in file names.
fn file_name(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    text.chars()
        .map(|c| if plain(c) { c } else { '-' })
        .collect::<String>()
        .to_lowercase()
}
