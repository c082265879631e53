//! Walks over all groups below one, which end even where a group holds itself.

use super::{H5File, Kind};
use crate::error::IoError;

/// The deepest nesting of groups that is followed.
pub(crate) const DEEPEST: usize = 100;

impl H5File {
    /// Visits every object below a group (`""` is the root), groups before their members, with its path; `visit` returns
    /// false to stop.
    ///
    /// # Errors
    /// Those of `visit`, and [`IoError::Malformed`] where groups are nested too deep, as they are without end in a group that
    /// a hard link puts into itself.
    pub(crate) fn walk(
        &self,
        home: &str,
        mut visit: impl FnMut(&str, Kind) -> Result<bool, IoError>,
    ) -> Result<(), IoError> {
        let mut open = vec![(home.to_owned(), 0)];
        while let Some((group, depth)) = open.pop() {
            if depth > DEEPEST {
                return Err(self.too_deep(&group));
            }
            let start = if group.is_empty() { "/" } else { &group };
            for name in self.children(start)? {
                let slot = if group.is_empty() {
                    name
                } else {
                    format!("{group}/{name}")
                };
                let Some(kind) = self.kind(&slot)? else {
                    continue;
                };
                if !visit(&slot, kind)? {
                    return Ok(());
                }
                if kind == Kind::Group {
                    open.push((slot, depth + 1));
                }
            }
        }
        Ok(())
    }

    /// The error of a walk that does not end.
    pub(crate) fn too_deep(&self, slot: &str) -> IoError {
        let names: Vec<&str> = slot.split('/').take(3).collect();
        let detail = format!(
            "holds groups nested deeper than {DEEPEST}, or a hard link that leads back to a group above it; remove it and try again"
        );
        self.malformed(&names.join("/"), detail)
    }
}
