//! The text around the genes of a spot.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// The placeholder of the genes in a template.
pub const GENES: &str = "{genes}";

/// The text that the model gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptTemplate {
    /// The system part; empty for models without one.
    pub system: String,
    /// The user part, with `{genes}` at the place of the genes.
    pub user: String,
}

impl Default for PromptTemplate {
    /// Requests a dense vector of the genes of a spot, as SemST's script does (docs/methods.md 1.1), in other words.
    fn default() -> Self {
        Self {
            system: "You are an expert in molecular biology and tissue anatomy. You are given the most highly expressed genes \
                     of one spot of a tissue section. Represent their biological meaning, functions and cell types as a \
                     dense vector."
                .into(),
            user: "Genes in descending order of expression: {genes}".into(),
        }
    }
}

/// How the system part and the user part become one text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PromptFormat {
    /// [`PromptFormat::ChatMl`] for models that are trained on chats, else [`PromptFormat::Plain`].
    #[default]
    Auto,
    /// Both parts unchanged, with an empty line between them; only the user part if the system part is empty.
    Plain,
    /// Turns of a chat as in Qwen's template, with the beginning of the answer at the end. SemST's script
    /// puts its prompts into such a template.
    ChatMl,
}

/// A prompt as input of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptText {
    /// The whole text.
    pub text: String,
    /// Byte ranges of the names of the genes.
    pub spans: Vec<Range<usize>>,
}

impl PromptTemplate {
    /// A template from a text with `{genes}`; a line of three dashes separates the system part, above, from the
    /// user part, below.
    ///
    /// ```
    /// use semst_text_models::PromptTemplate;
    /// let template = PromptTemplate::parse("You know cells.\n---\nGenes: {genes}\n");
    /// assert_eq!((&*template.system, &*template.user), ("You know cells.", "Genes: {genes}"));
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.replace("\r\n", "\n");
        let (system, user) = match text.split_once("\n---\n") {
            Some((system, user)) => (system.trim(), user.trim()),
            None => ("", text.trim()),
        };
        Self {
            system: system.into(),
            user: user.into(),
        }
    }

    /// The text of one prompt, and the positions of its genes.
    #[must_use]
    pub fn text(&self, genes: &[&str], chat: bool) -> PromptText {
        let mut text = match (chat, self.system.is_empty()) {
            (true, true) => "<|im_start|>user\n".into(),
            (true, false) => format!(
                "<|im_start|>system\n{}<|im_end|>\n<|im_start|>user\n",
                self.system
            ),
            (false, true) => String::new(),
            (false, false) => format!("{}\n\n", self.system),
        };
        let mut spans = Vec::new();
        for (nth, part) in self.user.split(GENES).enumerate() {
            let listed = if nth == 0 { &[][..] } else { genes };
            for (place, gene) in listed.iter().enumerate() {
                text += if place == 0 { "" } else { ", " };
                spans.push(text.len()..text.len() + gene.len());
                text += gene;
            }
            text += part;
        }
        if chat {
            text += "<|im_end|>\n<|im_start|>assistant\n";
        }
        PromptText { text, spans }
    }
}
