//! Tests: genes in their order, prompts that are shared, and where the genes stand.

use super::*;
use crate::CountMatrix;

#[test]
fn ties_zeros_and_bare_spots() -> Result<(), SemanticError> {
    let symbols = ["A", "B", "C"].map(String::from);
    let barcodes = ["x", "y", "z"].map(String::from);
    // x: A and C tie; y: nothing; z: an explicit zero.
    let expression = CountMatrix::new(
        (3, 3),
        vec![0, 2, 2, 4],
        vec![0, 2, 0, 1],
        vec![2.0, 2.0, 0.0, 1.0],
    );
    let spots = SpotExpression {
        expression: &expression,
        symbols: &symbols,
        ids: None,
        barcodes: &barcodes,
    };
    let template = PromptTemplate {
        system: "s".into(),
        user: "<{genes}>".into(),
    };
    let prompts = PromptConfig::default()
        .with_template(template)
        .write(&spots)?;
    assert_eq!(prompts.distinct, ["<A, C>", "<>", "<B>"]);
    assert_eq!(
        (prompts.of_spot.as_slice(), prompts.spots_without_genes),
        (&[0, 1, 2][..], 1)
    );
    Ok(())
}

#[test]
fn spans_are_the_names_of_the_genes() {
    let template = PromptTemplate {
        system: "Sys".into(),
        user: "A: {genes}; again {genes}.".into(),
    };
    let genes = ["MBP", "PLP1"];
    let plain = template.text(&genes, false);
    assert_eq!(plain.text, "Sys\n\nA: MBP, PLP1; again MBP, PLP1.");
    let chat = template.text(&genes, true);
    assert_eq!(
        chat.text,
        "<|im_start|>system\nSys<|im_end|>\n<|im_start|>user\nA: MBP, PLP1; again MBP, PLP1.<|im_end|>\n\
         <|im_start|>assistant\n"
    );
    for prompt in [plain, chat] {
        let named: Vec<&str> = prompt
            .spans
            .iter()
            .map(|s| &prompt.text[s.clone()])
            .collect();
        assert_eq!(named, ["MBP", "PLP1", "MBP", "PLP1"]);
    }
    assert_eq!(template.text(&[], false).text, "Sys\n\nA: ; again .");
}

#[test]
fn a_template_without_dashes_has_no_system() {
    let template = PromptTemplate::parse("Genes:\r\n{genes}\n");
    assert_eq!(
        (&*template.system, &*template.user),
        ("", "Genes:\n{genes}")
    );
    assert_eq!(template.text(&["A"], false).text, "Genes:\nA");
}

#[test]
fn settings_are_checked() {
    let no_place = PromptTemplate {
        system: String::new(),
        user: "no genes".into(),
    };
    assert!(
        PromptConfig::default()
            .with_template(no_place)
            .check()
            .is_err()
    );
    assert!(PromptConfig::default().with_top_k(0).check().is_err());
}
