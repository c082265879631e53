//! The text around the genes of a spot.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// Where the genes go in a template.
pub const GENES: &str = "{genes}";

/// What is said to the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptTemplate {
    /// The system's part; empty for models that have none.
    pub system: String,
    /// The user's part, with `{genes}` where the genes go.
    pub user: String,
}

impl Default for PromptTemplate {
    /// Asks for a dense vector of a spot's genes, as SemST's script does (docs/methods.md 1.1), in our own words.
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

/// How the system's and the user's part become one text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PromptFormat {
    /// [`PromptFormat::ChatMl`] for models that read chats, else [`PromptFormat::Plain`].
    #[default]
    Auto,
    /// Both parts as they are, with an empty line between them; the user's alone where the system says nothing.
    Plain,
    /// Turns of a chat as Qwen's template writes them, with the beginning of the answer at the end: SemST's script
    /// puts its prompts into such a template.
    ChatMl,
}

/// A prompt as the model reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptText {
    /// The whole text.
    pub text: String,
    /// Byte ranges of the names of the genes.
    pub spans: Vec<Range<usize>>,
}

impl PromptTemplate {
    /// A template from a text with `{genes}`; a line of three dashes parts the system's words, above, from the
    /// user's, below.
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
