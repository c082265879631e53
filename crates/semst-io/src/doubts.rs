//! Things that are read as they are but may be mistakes in the file.

use std::collections::HashMap;

use crate::dataset::SpatialDataset;
use crate::sparse_counts::Compressed;

/// One sentence per doubt about a slide, with what to do about it. O(spots).
pub(crate) fn doubts(slide: &SpatialDataset) -> Vec<String> {
    let off_tissue = off_tissue(slide);
    let off_tissue = (off_tissue > 0).then(|| {
        format!(
            "{off_tissue} of the spots kept have obs/in_tissue 0: set the subset to in_tissue=1 if they are not on the tissue"
        )
    });
    let stacked = stacked(slide);
    let stacked = (stacked > 0).then(|| {
        format!(
            "{stacked} spots share their coordinates with another spot: if the file holds several slides, run each on its own"
        )
    });
    off_tissue.into_iter().chain(stacked).collect()
}

/// A doubt about a file with more than one library in `uns/spatial`.
pub(crate) fn about_libraries(libraries: &[String]) -> Option<String> {
    (libraries.len() > 1).then(|| {
        format!(
            "uns/spatial holds {} libraries ({}), but all spots are read as one slide: if the file holds several slides, run each on its own",
            libraries.len(),
            libraries.join(", ")
        )
    })
}

/// Logarithms of normalised counts above this are rare: e^12 is 160,000 counts.
const LARGE_LOGARITHM: f32 = 12.0;

/// A doubt about values that are too large for logarithms.
pub(crate) fn about_lognorm(values: &Compressed) -> Option<String> {
    let largest = values.data.iter().copied().fold(0.0, f32::max);
    (largest > LARGE_LOGARITHM).then(|| {
        format!(
            "the largest value is {largest}, which is large for a logarithm: if the values are normalised and not logged, take log1p of them first"
        )
    })
}

/// The number of spots with `in_tissue` 0; 0 when all spots have it.
fn off_tissue(slide: &SpatialDataset) -> usize {
    let Some(values) = slide.obs.get("in_tissue").and_then(|c| c.numbers()) else {
        return 0;
    };
    let off = values.iter().filter(|value| **value == 0.0).count();
    if off == values.len() { 0 } else { off }
}

/// The number of spots that share their coordinates with another spot.
fn stacked(slide: &SpatialDataset) -> usize {
    let mut places: HashMap<[u64; 2], usize> = HashMap::with_capacity(slide.n_spots());
    for point in slide.spatial.rows() {
        // Adding zero turns -0 into 0, so that both are the same place.
        let place = [point[0] + 0.0, point[1] + 0.0].map(f64::to_bits);
        *places.entry(place).or_default() += 1;
    }
    places.into_values().filter(|spots| *spots > 1).sum()
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::{about_libraries, doubts};
    use crate::{CountMatrix, Genes, IoError, ObsColumn, SpatialDataset};

    fn slide(spatial: ndarray::Array2<f64>) -> Result<SpatialDataset, IoError> {
        let counts = CountMatrix::new((3, 1), vec![0, 1, 2, 3], vec![0, 0, 0], vec![1.0; 3]);
        let barcodes = ["a", "b", "c"].map(String::from).to_vec();
        SpatialDataset::new(
            "toy",
            counts,
            barcodes,
            Genes::new(vec!["MBP".into()]),
            spatial,
        )
    }

    #[test]
    fn a_plain_slide_raises_none() -> Result<(), IoError> {
        let plain = slide(array![[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])?;
        assert_eq!(doubts(&plain), Vec::<String>::new());
        let all_off = plain.with_obs("in_tissue", ObsColumn::Integer(vec![0, 0, 0]))?;
        assert_eq!(doubts(&all_off), Vec::<String>::new());
        assert_eq!(about_libraries(&["one".into()]), None);
        Ok(())
    }

    #[test]
    fn spots_in_one_place_and_off_the_tissue_are_reported() -> Result<(), IoError> {
        let odd = slide(array![[0.0, 2.0], [1.0, 0.0], [-0.0, 2.0]])?
            .with_obs("in_tissue", ObsColumn::Integer(vec![1, 0, 1]))?;
        let said = doubts(&odd);
        assert_eq!(said.len(), 2);
        assert!(said[0].starts_with("1 of the spots kept have obs/in_tissue 0"));
        assert!(said[1].starts_with("2 spots share their coordinates with another spot"));
        let libraries = about_libraries(&["s1".into(), "s2".into()]);
        assert!(libraries.is_some_and(|said| said.contains("2 libraries (s1, s2)")));
        Ok(())
    }
}
