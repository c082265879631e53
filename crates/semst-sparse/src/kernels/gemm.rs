//! A safe wrapper of the `gemm` crate: strided `f32` products on one thread, for use inside parallel tiles.

use gemm::Parallelism;

/// A matrix inside a slice: element (i, j) is `data[i * row_stride + j * col_stride]`.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) data: &'a [f32],
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    pub(crate) row_stride: usize,
    pub(crate) col_stride: usize,
}

impl<'a> View<'a> {
    /// Row-major matrix whose rows are `stride` apart.
    pub(crate) fn new(data: &'a [f32], rows: usize, cols: usize, stride: usize) -> Self {
        Self {
            data,
            rows,
            cols,
            row_stride: stride,
            col_stride: 1,
        }
    }

    /// The same numbers, as the transpose.
    pub(crate) fn t(self) -> Self {
        Self {
            rows: self.cols,
            cols: self.rows,
            row_stride: self.col_stride,
            col_stride: self.row_stride,
            ..self
        }
    }

    fn fits(&self) -> bool {
        self.rows == 0
            || self.cols == 0
            || (self.rows - 1) * self.row_stride + (self.cols - 1) * self.col_stride
                < self.data.len()
    }
}

/// `dst = keep · dst + a · b`, with `keep` 0 or 1 and `dst` row-major, rows `dst_stride` apart.
///
/// # Panics
/// When the shapes do not fit together or a view reaches beyond its slice.
pub(crate) fn gemm(dst: &mut [f32], dst_stride: usize, a: View<'_>, b: View<'_>, keep: bool) {
    let (m, n, k) = (a.rows, b.cols, a.cols);
    assert_eq!(k, b.rows, "inner dimensions differ");
    assert!(a.fits() && b.fits(), "a view reaches beyond its slice");
    if m == 0 || n == 0 {
        return;
    }
    assert!(
        n <= dst_stride && (m - 1) * dst_stride + n <= dst.len(),
        "dst too small"
    );
    // SAFETY: the asserts above keep every index of the three strided matrices inside its slice,
    // `dst` is a unique borrow, so it overlaps neither `a` nor `b`.
    #[allow(
        unsafe_code,
        reason = "the gemm crate takes raw pointers; this is the one place that calls it"
    )]
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            dst.as_mut_ptr(),
            1,
            dst_stride as isize,
            keep,
            a.data.as_ptr(),
            a.col_stride as isize,
            a.row_stride as isize,
            b.data.as_ptr(),
            b.col_stride as isize,
            b.row_stride as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiplies_views_and_transposes() {
        let a = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]; // 2 × 3
        let b = [1.0, 0.0, 9.0, 0.0, 1.0, 9.0, 1.0, 1.0, 9.0]; // 3 × 2 with stride 3
        let mut c = [10.0; 4];
        let b = View::new(&b, 3, 2, 3);
        gemm(&mut c, 2, View::new(&a, 2, 3, 3), b, false);
        assert_eq!(c, [4.0, 5.0, 10.0, 11.0]);
        gemm(&mut c, 2, View::new(&a, 2, 3, 3), b, true);
        assert_eq!(c, [8.0, 10.0, 20.0, 22.0]);
        let mut d = [0.0; 9];
        gemm(
            &mut d,
            3,
            View::new(&a, 2, 3, 3).t(),
            View::new(&a, 2, 3, 3),
            false,
        );
        assert_eq!(d, [17.0, 22.0, 27.0, 22.0, 29.0, 36.0, 27.0, 36.0, 45.0]);
    }
}
