//! Tests: genes in their order, shared prompts, and the positions of the genes.

use super::*;

#[test]
fn spots_share_prompts_and_bare_spots_are_counted() -> Result<(), TextModelError> {
    let symbols = ["A", "B", "C"].map(String::from);
    let spots = SpotGenes {
        symbols: &symbols,
        highest: &[vec![0, 2], vec![], vec![1], vec![0, 2]],
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
        (&[0, 1, 2, 0][..], 1)
    );
    let nameless = SpotGenes {
        symbols: &symbols,
        highest: &[vec![3]],
    };
    assert!(PromptConfig::default().write(&nameless).is_err());
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
