//! The slide of the conformance kit.

use super::N_FEATURES;
use crate::{Features, SlideData};
use burn::tensor::Device;
use ndarray::{Array2, Axis};
use semst_spatial_graph::{Link, SpatialGraph};
use std::ops::Range;

/// Five rows of six spots, of which the last has no neighbours.
pub(super) const N_SPOTS: usize = 30;

/// A small slide with counts, a grid as spatial graph, an expression graph, and a spot without neighbours.
///
/// # Panics
/// Never: its graphs are valid.
pub fn slide(device: &Device) -> SlideData {
    make(&(0..N_SPOTS).collect::<Vec<_>>(), false, device)
}

/// The same slide with spot `order[i]` in place i.
///
/// # Panics
/// When `order` is not a permutation of its spots.
pub fn slide_in_order(order: &[usize], device: &Device) -> SlideData {
    make(order, false, device)
}

/// The same slide with its links listed from the last to the first.
pub(super) fn with_links_reversed(device: &Device) -> SlideData {
    make(&(0..N_SPOTS).collect::<Vec<_>>(), true, device)
}

/// The part of the slide with the spots `core` and those up to `hops` links around them, and the number of rows of the core.
pub(super) fn part(core: Range<usize>, hops: usize, device: &Device) -> SlideData {
    let all = slide(device);
    let mut spots: Vec<usize> = core.collect();
    for _ in 0..hops {
        for at in 0..spots.len() {
            for near in all.spatial.row(spots[at]).0 {
                if !spots.contains(&(*near as usize)) {
                    spots.push(*near as usize);
                }
            }
        }
    }
    let values = spots
        .iter()
        .flat_map(|spot| (0..N_FEATURES).map(move |gene| expression(*spot, gene)))
        .collect();
    let of = |graph: &SpatialGraph| graph.subgraph(&spots).expect("spots differ");
    let features = Features::dense(values, spots.len(), N_FEATURES, device);
    let mut part = SlideData::new(features, of(&all.spatial));
    part.expression = all.expression.as_ref().map(of);
    part.coords = all.coords.as_ref().map(|c| c.select(Axis(0), &spots));
    part.counts = Some(counts(&spots, device));
    part
}

fn make(order: &[usize], reversed: bool, device: &Device) -> SlideData {
    let mut place = [0u32; N_SPOTS];
    for (new, old) in order.iter().enumerate() {
        place[*old] = new as u32;
    }
    let graph = |links: Vec<(usize, usize)>| {
        let both = links.iter().flat_map(|(a, b)| [(*a, *b), (*b, *a)]);
        let mut both: Vec<Link> = both.map(|(a, b)| Link::new(place[a], place[b])).collect();
        if reversed {
            both.reverse();
        }
        SpatialGraph::from_edges(N_SPOTS, both).expect("links are in range")
    };
    let last = N_SPOTS - 1;
    let across = (0..last).filter(|i| i % 6 < 5).map(|i| (i, i + 1));
    let down = (0..N_SPOTS - 6).map(|i| (i, i + 6));
    let grid = across.chain(down).filter(|(_, b)| *b != last).collect();
    // Steps of 11 and 4 link no pair twice.
    let similar = (0..last).map(|i| (i, (i + 11) % last));
    let similar = similar
        .chain((0..last).map(|i| (i, (i + 4) % last)))
        .collect();
    let values = order
        .iter()
        .flat_map(|spot| (0..N_FEATURES).map(move |gene| expression(*spot, gene)))
        .collect();
    let features = Features::dense(values, N_SPOTS, N_FEATURES, device);
    // Off the grid, so that no two distances are equal and the nearest spots do not depend on the order of the spots.
    let coords = Array2::from_shape_fn((N_SPOTS, 2), |(i, axis)| {
        let off = 0.1 * ((7 * order[i] + 3 * axis) as f64).sin();
        match axis {
            0 => (order[i] % 6) as f64 + off,
            _ => (order[i] / 6) as f64 + off,
        }
    });
    SlideData::new(features, graph(grid))
        .with_expression(graph(similar))
        .with_coords(coords)
        .with_counts(counts(order, device))
}

/// Raw counts of the spots, [spots, N_FEATURES].
fn counts(spots: &[usize], device: &Device) -> Features {
    let values = spots
        .iter()
        .flat_map(|spot| (0..N_FEATURES).map(move |gene| (2.0 * expression(*spot, gene)).round()));
    Features::dense(values.collect(), spots.len(), N_FEATURES, device)
}

/// Counts over the standard deviation: not negative, a third of them zero, all spots different.
fn expression(spot: usize, gene: usize) -> f32 {
    let wave = ((spot * N_FEATURES + gene) as f32 * 0.7).sin() + 0.3 * (spot as f32 * 0.2).cos();
    (1.5 * wave + 0.4).max(0.0)
}
