//! Ward's agglomeration by nearest-neighbour chains, without a distance matrix.

use ndarray::Array2;

/// Cuts Ward's tree of the rows of `x` into `k` groups: the same partition as scikit-learn's
/// `AgglomerativeClustering(linkage="ward")` if no merge heights tie.
///
/// # Complexity
/// `O(n² d)` time, `O(n d)` memory.
///
/// # References
/// Murtagh 1983; Müllner 2011, "Modern hierarchical, agglomerative clustering algorithms".
pub(crate) fn ward(x: &Array2<f64>, k: usize) -> Vec<u32> {
    let (n, d) = x.dim();
    // Active clusters are packed at the front of these, so that scans stay in cache.
    let mut centre: Vec<f64> = x.iter().copied().collect();
    let mut size = vec![1.0f64; n];
    let mut id: Vec<usize> = (0..n).collect();
    let mut active = n;
    let mut merges: Vec<(f64, usize, usize)> = Vec::with_capacity(n.saturating_sub(1));
    let mut chain: Vec<usize> = Vec::new();
    let mut slot: Vec<usize> = (0..n).collect();
    while active > 1 {
        if chain.is_empty() {
            chain.push(id[0]);
        }
        loop {
            let top = slot[chain[chain.len() - 1]];
            let before = chain.len().checked_sub(2).map(|p| slot[chain[p]]);
            let (next, height) = closest(&centre, &size, active, d, top, before);
            if Some(next) == before {
                let (a, b) = (top.min(next), top.max(next));
                chain.truncate(chain.len() - 2);
                merges.push((height, id[a], id[b]));
                let (na, nb) = (size[a], size[b]);
                for c in 0..d {
                    centre[a * d + c] =
                        (na * centre[a * d + c] + nb * centre[b * d + c]) / (na + nb);
                }
                size[a] = na + nb;
                active -= 1;
                // The last active cluster moves into the freed slot.
                if b != active {
                    centre.copy_within(active * d..(active + 1) * d, b * d);
                    size[b] = size[active];
                    id[b] = id[active];
                    slot[id[b]] = b;
                }
                break;
            }
            chain.push(id[next]);
        }
    }
    merges.sort_by(|a, b| a.0.total_cmp(&b.0));
    cut(n, merges.into_iter().map(|m| (m.1, m.2)).take(n - k))
}

/// Labels after some merges of `n` singletons, `0..groups` by first row.
pub(crate) fn cut(n: usize, merges: impl Iterator<Item = (usize, usize)>) -> Vec<u32> {
    let mut parent: Vec<usize> = (0..n).collect();
    for (a, b) in merges {
        let (a, b) = (root(&mut parent, a), root(&mut parent, b));
        parent[a.max(b)] = a.min(b);
    }
    let mut label = vec![u32::MAX; n];
    let mut next = 0;
    (0..n)
        .map(|i| {
            let r = root(&mut parent, i);
            if label[r] == u32::MAX {
                label[r] = next;
                next += 1;
            }
            label[r]
        })
        .collect()
}

fn root(parent: &mut [usize], mut i: usize) -> usize {
    while parent[i] != i {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    i
}

/// Nearest cluster to `from` by Ward's cost; the chain's previous element wins ties, which ends the chain.
fn closest(
    centre: &[f64],
    size: &[f64],
    active: usize,
    d: usize,
    from: usize,
    before: Option<usize>,
) -> (usize, f64) {
    let own = &centre[from * d..(from + 1) * d];
    let cost = |j: usize| {
        let other = &centre[j * d..(j + 1) * d];
        let squared: f64 = own.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum();
        squared * size[from] * size[j] / (size[from] + size[j])
    };
    let mut best = before.map_or((usize::MAX, f64::INFINITY), |b| (b, cost(b)));
    for j in (0..active).filter(|&j| j != from) {
        let c = cost(j);
        if c < best.1 {
            best = (j, c);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::ward;

    #[test]
    fn pairs_merge_before_far_points() {
        let x = array![[0.0], [10.0], [0.2], [10.3], [30.0]];
        assert_eq!(ward(&x, 3), [0, 1, 0, 1, 2]);
        assert_eq!(ward(&x, 2), [0, 0, 0, 0, 1]);
        assert_eq!(ward(&x, 5), [0, 1, 2, 3, 4]);
        assert_eq!(ward(&x, 1), [0; 5]);
    }

    #[test]
    fn equal_rows_end() {
        assert_eq!(ward(&ndarray::Array2::zeros((40, 2)), 1), [0; 40]);
    }
}
