//! Tests: the kernel against the formula worked out densely.

use ndarray::{Array2, array};

use super::*;
use crate::{GeneTable, TableOrigin};

fn genes() -> (GeneVectors, Vec<String>) {
    let vectors = array![[3.0, 1.0], [1.0, 4.0], [-2.0, 0.5]];
    let table = GeneTable::new(
        ["A", "B", "C"].map(String::from).to_vec(),
        vectors,
        TableOrigin::new("t"),
    )
    .expect("a sound table");
    let symbols = ["A", "X", "B", "C"].map(String::from).to_vec();
    (
        GeneVectors::new(&table, &symbols, None, None, 0).expect("three genes are known"),
        symbols,
    )
}

fn expression() -> CountMatrix {
    CountMatrix::new(
        (2, 4),
        vec![0, 3, 5],
        vec![0, 1, 3, 1, 2],
        vec![2.0, 7.0, 1.0, 5.0, 4.0],
    )
}

#[test]
fn smooth_is_the_formula() -> Result<(), SemanticError> {
    let (genes, symbols) = genes();
    let mut q = Array2::<f32>::zeros((4, 2));
    for (v, &c) in genes.vectors.outer_iter().zip(&genes.columns) {
        q.row_mut(c as usize).assign(&(&v / v.dot(&v).sqrt()));
    }
    let x = expression().to_dense();
    let expected = &x + &(x.dot(&q).dot(&q.t()) * (0.7 / 3f32.sqrt()));
    let got = GeneKernel::new(&genes, symbols.len(), 0.7)?.smooth(&expression())?;
    assert!(
        (&got - &expected).iter().all(|d| d.abs() < 1e-5),
        "{got} is not {expected}"
    );
    // X has no vector: it neither gives nor takes.
    assert_eq!(got.column(1), array![7.0, 5.0]);
    Ok(())
}

#[test]
fn chosen_columns_are_those_of_the_whole() -> Result<(), SemanticError> {
    let (genes, symbols) = genes();
    let kernel = GeneKernel::new(&genes, symbols.len(), 0.3)?;
    let (all, some) = (
        kernel.smooth(&expression())?,
        kernel.smooth_onto(&expression(), &[3, 0])?,
    );
    assert!(
        (some - all.select(Axis(1), &[3, 0]))
            .iter()
            .all(|d| d.abs() < 1e-6)
    );
    Ok(())
}

#[test]
fn strength_zero_changes_nothing() -> Result<(), SemanticError> {
    let (genes, symbols) = genes();
    assert_eq!(
        GeneKernel::new(&genes, symbols.len(), 0.0)?.smooth(&expression())?,
        expression().to_dense()
    );
    Ok(())
}

#[test]
fn what_does_not_fit_is_refused() -> Result<(), SemanticError> {
    let (genes, symbols) = genes();
    assert!(GeneKernel::new(&genes, 2, 0.5).is_err());
    assert!(GeneKernel::new(&genes, symbols.len(), f32::NAN).is_err());
    let kernel = GeneKernel::new(&genes, symbols.len(), 0.5)?;
    assert!(kernel.smooth(&CountMatrix::zero((1, 3))).is_err());
    assert!(kernel.smooth_onto(&expression(), &[4]).is_err());
    Ok(())
}
