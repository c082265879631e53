//! Spots that share their place.

use std::collections::HashMap;

/// The distinct places of spots, in the order of their first spots, and the spots in each.
pub(crate) struct Places {
    starts: Vec<u32>,
    spots: Vec<u32>,
}

impl Places {
    /// Groups spots by position.
    pub(crate) fn of(xy: &[[f64; 2]]) -> Self {
        let mut known = HashMap::with_capacity(xy.len());
        let mut counts: Vec<u32> = Vec::with_capacity(xy.len());
        let place_of: Vec<u32> = xy
            .iter()
            .map(|point| {
                // Adding zero makes -0 and 0 one place.
                let key = point.map(|value| (value + 0.0).to_bits());
                let place = *known.entry(key).or_insert(counts.len() as u32);
                match counts.get_mut(place as usize) {
                    Some(count) => *count += 1,
                    None => counts.push(1),
                }
                place
            })
            .collect();
        let mut starts = vec![0; counts.len() + 1];
        for (place, count) in counts.iter().enumerate() {
            starts[place + 1] = starts[place] + count;
        }
        let mut next = starts.clone();
        let mut spots = vec![0; xy.len()];
        for (spot, place) in (0..).zip(place_of) {
            let slot = &mut next[place as usize];
            spots[*slot as usize] = spot;
            *slot += 1;
        }
        Self { starts, spots }
    }

    pub(crate) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The spots of a place, ascending; at least one.
    pub(crate) fn spots(&self, place: u32) -> &[u32] {
        let place = place as usize;
        &self.spots[self.starts[place] as usize..self.starts[place + 1] as usize]
    }

    /// The positions of the places.
    pub(crate) fn positions(&self, xy: &[[f64; 2]]) -> Vec<[f64; 2]> {
        let first = |place: u32| xy[self.spots(place)[0] as usize];
        (0..self.len() as u32).map(first).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Places;

    #[test]
    fn spots_are_grouped_in_order() {
        let places = Places::of(&[[1.0, 0.0], [2.0, 0.0], [1.0, -0.0], [2.0, 0.0]]);
        assert_eq!(places.len(), 2);
        assert_eq!(places.spots(0), [0, 2]);
        assert_eq!(places.spots(1), [1, 3]);
    }
}
