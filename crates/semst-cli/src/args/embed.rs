//! What can be asked of `semst embed`.

use super::{LogArgs, ReadArgs};
use clap::{Args as ClapArgs, Subcommand};
use std::path::PathBuf;

#[derive(Debug, ClapArgs)]
pub(crate) struct EmbedArgs {
    #[command(subcommand)]
    pub(crate) what: EmbedCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EmbedCommand {
    /// Turn a text about each gene into a vector: a table for `semst run --semantics table:FILE`
    ///
    /// The texts may be summaries of NCBI, functions of UniProt, terms of GO: lines of a gene and its text, in a .tsv or .csv file.
    /// The table serves every slide of the species.
    #[command(
        after_help = "Examples: semst embed genes --text ncbi_summaries.tsv --model models/all-MiniLM-L6-v2 -o genes.npz\n          \
                      semst embed genes --text ncbi_summaries.tsv --model http://localhost:11434/v1 --model-name nomic-embed-text -o genes.npz"
    )]
    Genes(Box<EmbedGenesArgs>),
    /// Let a language model read the highest genes of each spot: vectors for `semst run --semantics spots:FILE`
    ///
    /// Each spot becomes a prompt that lists its highest genes, as in the SemST paper; spots with the same list are read once. What
    /// was read is kept in a cache, so that a job that was interrupted goes on where it stopped.
    #[command(
        visible_alias = "prompts",
        after_help = "Examples: semst embed spots slide.h5ad --dry-run\n          semst embed spots slide.h5ad --model hf:Qwen/Qwen3-0.6B --tokens genes -o spots.npz\n          semst embed spots slide.h5ad --model http://localhost:11434/v1 --model-name nomic-embed-text -o spots.npz"
    )]
    Spots(Box<EmbedSpotsArgs>),
}

impl EmbedCommand {
    /// How progress is shown.
    pub(crate) fn log(&self) -> &LogArgs {
        match self {
            Self::Genes(args) => &args.log,
            Self::Spots(args) => &args.log,
        }
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct EmbedGenesArgs {
    /// Lines of a gene (symbol or Ensembl id) and its text: .tsv or .csv, also .gz
    #[arg(long, value_name = "FILE")]
    pub(crate) text: PathBuf,
    /// The table to write: .npz, .safetensors, .csv or .tsv
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// The language model: a folder with config.json, tokenizer.json and safetensors (BERT or Qwen3), hf:ORG/NAME for one in the
    /// Hugging Face cache, or the address of a server that speaks /v1/embeddings, such as http://localhost:11434/v1
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: String,
    #[command(flatten)]
    pub(crate) served: ServedArgs,
    #[command(flatten)]
    pub(crate) log: LogArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct EmbedSpotsArgs {
    /// An .h5ad file, or a Space Ranger output folder
    pub(crate) input: PathBuf,
    /// The file to write: .npz, .safetensors, .csv or .tsv
    #[arg(long, short, value_name = "FILE", required_unless_present = "dry_run")]
    pub(crate) output: Option<PathBuf>,
    /// The language model: a folder with config.json, tokenizer.json and safetensors (BERT or Qwen3), hf:ORG/NAME for one in the
    /// Hugging Face cache, or the address of a server that speaks /v1/embeddings, such as http://localhost:11434/v1
    #[arg(long, value_name = "MODEL", required_unless_present = "dry_run")]
    pub(crate) model: Option<String>,
    /// Tell how many different prompts there are, print the first one, and stop
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Genes in a prompt, the highest first (the paper: 20 or 30; its script: 10)
    #[arg(long, default_value_t = 10, value_name = "K")]
    pub(crate) top_k: usize,
    /// What genes are ranked on: scaled (3000 highly variable genes, as the paper) or expression (all genes)
    #[arg(long, default_value = "scaled", value_name = "VALUES", value_parser = ["scaled", "expression"])]
    pub(crate) ranking: String,
    /// Text around the genes: a file with {genes} in it; a line --- parts the system's words, above, from the user's
    #[arg(long, value_name = "FILE")]
    pub(crate) template: Option<PathBuf>,
    /// Turns of a chat around it: auto (as the model reads), plain, chat-ml
    #[arg(long, default_value = "auto", value_name = "FORMAT", value_parser = ["auto", "plain", "chat-ml"])]
    pub(crate) format: String,
    /// Which part of the prompt makes the vector: all words, or the genes alone, which no server can
    #[arg(long, default_value = "all", value_name = "WORDS", value_parser = ["all", "genes"])]
    pub(crate) tokens: String,
    /// Subtract the mean over spots: what all prompts share (`semst run` does so by itself)
    #[arg(long)]
    pub(crate) centre: bool,
    /// Control: permute the names of the genes by this seed before the model reads them
    #[arg(long, value_name = "SEED")]
    pub(crate) shuffle_genes: Option<u64>,
    #[command(flatten)]
    pub(crate) served: ServedArgs,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    #[command(flatten)]
    pub(crate) log: LogArgs,
}

/// How a model is asked, and where vectors are kept.
#[derive(Debug, ClapArgs)]
pub(crate) struct ServedArgs {
    /// Name of the model on the server [default: its only one]
    #[arg(long, value_name = "NAME")]
    pub(crate) model_name: Option<String>,
    /// Texts in a request to a server
    #[arg(long, default_value_t = 32, value_name = "N")]
    pub(crate) batch_size: usize,
    /// Requests to a server at a time
    #[arg(long, default_value_t = 4, value_name = "N")]
    pub(crate) concurrency: usize,
    /// Seconds to wait for an answer of a server
    #[arg(long, default_value_t = 300.0, value_name = "SECONDS")]
    pub(crate) timeout: f64,
    /// Times that a failed request is repeated
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub(crate) retries: u32,
    /// Shorter vectors, where the server can [default: as the model has them]
    #[arg(long, value_name = "N")]
    pub(crate) dimensions: Option<usize>,
    /// Environment variable that holds the server's key [default: SEMST_API_KEY, else OPENAI_API_KEY]
    #[arg(long, value_name = "VARIABLE")]
    pub(crate) key_variable: Option<String>,
    /// Which hidden states of a model that runs here make a vector: auto (as its folder says, else mean), mean, cls, last
    #[arg(long, default_value = "auto", value_name = "TOKENS", value_parser = ["auto", "mean", "cls", "last"])]
    pub(crate) pooling: String,
    /// Folder where vectors are kept, for jobs that go on and for further slides [default: the user's cache folder]
    #[arg(long, value_name = "FOLDER", conflicts_with = "no_cache")]
    pub(crate) cache: Option<PathBuf>,
    /// Keep no vectors
    #[arg(long)]
    pub(crate) no_cache: bool,
}

impl ServedArgs {
    /// The settings of a server.
    pub(crate) fn config(&self) -> semst::text_models::ServedConfig {
        semst::text_models::ServedConfig {
            batch_size: self.batch_size,
            concurrency: self.concurrency,
            answer_seconds: self.timeout,
            retries: self.retries,
            dimensions: self.dimensions,
            key_variable: self.key_variable.clone(),
            ..Default::default()
        }
    }

    /// The settings of a model that runs here.
    pub(crate) fn local(&self) -> anyhow::Result<semst::text_models::LocalConfig> {
        // The parser has let through only names that the library reads.
        let pooling = serde_json::from_value(self.pooling.as_str().into())?;
        Ok(semst::text_models::LocalConfig::default().with_pooling(pooling))
    }

    /// Where vectors are kept.
    pub(crate) fn cache(&self) -> semst::CacheChoice {
        match (&self.cache, self.no_cache) {
            (Some(folder), _) => semst::CacheChoice::Folder(folder.clone()),
            (None, true) => semst::CacheChoice::Off,
            (None, false) => semst::CacheChoice::Default,
        }
    }

    /// The model's address with its name.
    pub(crate) fn address(&self, model: &str) -> anyhow::Result<semst::text_models::ModelAddress> {
        let address: semst::text_models::ModelAddress = model.parse()?;
        Ok(match &self.model_name {
            Some(name) => address.with_model(name),
            None => address,
        })
    }
}
