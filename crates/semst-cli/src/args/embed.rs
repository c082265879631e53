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
    /// Embed one text per gene: makes a table for `semst run --semantics table:FILE`
    ///
    /// The texts can be NCBI summaries, UniProt functions or GO terms: one gene and its text per line, in a .tsv or .csv file.
    /// The table can be used for every slide of the species.
    #[command(
        after_help = "Examples: semst embed genes --text ncbi_summaries.tsv --model models/all-MiniLM-L6-v2 -o genes.npz\n          \
                      semst embed genes --text ncbi_summaries.tsv --model http://localhost:11434/v1 --model-name nomic-embed-text -o genes.npz"
    )]
    Genes(Box<EmbedGenesArgs>),
    /// Embed the highest genes of each spot with a language model: makes vectors for `semst run --semantics spots:FILE`
    ///
    /// Each spot becomes a prompt that lists its highest genes, as in the SemST paper. Spots with the same list are embedded once.
    /// Vectors are stored in a cache, so an interrupted job can resume.
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
    /// One gene (symbol or Ensembl id) and its text per line: .tsv or .csv, also .gz
    #[arg(long, value_name = "FILE")]
    pub(crate) text: PathBuf,
    /// The table to write: .npz, .safetensors, .csv or .tsv
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// The language model: a folder with config.json, tokenizer.json and safetensors (BERT or Qwen3), hf:ORG/NAME for one in the
    /// Hugging Face cache, or the address of a server with /v1/embeddings, such as http://localhost:11434/v1
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
    /// Hugging Face cache, or the address of a server with /v1/embeddings, such as http://localhost:11434/v1
    #[arg(long, value_name = "MODEL", required_unless_present = "dry_run")]
    pub(crate) model: Option<String>,
    /// Print the number of different prompts and the first prompt, and stop
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Genes per prompt, highest first (the paper: 20 or 30; its script: 10)
    #[arg(long, default_value_t = 10, value_name = "K")]
    pub(crate) top_k: usize,
    /// How genes are ranked: scaled (3000 highly variable genes, as in the paper) or expression (all genes)
    #[arg(long, default_value = "scaled", value_name = "VALUES", value_parser = ["scaled", "expression"])]
    pub(crate) ranking: String,
    /// Prompt template: a file with {genes} in it; a line --- separates the system text above it from the user text below
    #[arg(long, value_name = "FILE")]
    pub(crate) template: Option<PathBuf>,
    /// Chat format of the prompt: auto (as the model expects), plain, chat-ml
    #[arg(long, default_value = "auto", value_name = "FORMAT", value_parser = ["auto", "plain", "chat-ml"])]
    pub(crate) format: String,
    /// Tokens that are pooled into the vector: all, or genes only (local models only)
    #[arg(long, default_value = "all", value_name = "WORDS", value_parser = ["all", "genes"])]
    pub(crate) tokens: String,
    /// Subtract the mean over spots, which all prompts share (`semst run` does this automatically)
    #[arg(long)]
    pub(crate) centre: bool,
    /// Control: permute the gene names with this seed before the model reads them
    #[arg(long, value_name = "SEED")]
    pub(crate) shuffle_genes: Option<u64>,
    #[command(flatten)]
    pub(crate) served: ServedArgs,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    #[command(flatten)]
    pub(crate) log: LogArgs,
}

/// Settings of the model, and the folder of the vectors.
#[derive(Debug, ClapArgs)]
pub(crate) struct ServedArgs {
    /// Name of the model on the server [default: its only model]
    #[arg(long, value_name = "NAME")]
    pub(crate) model_name: Option<String>,
    /// Texts per request to a server
    #[arg(long, default_value_t = 32, value_name = "N")]
    pub(crate) batch_size: usize,
    /// Parallel requests to a server
    #[arg(long, default_value_t = 4, value_name = "N")]
    pub(crate) concurrency: usize,
    /// Seconds to wait for a response of the server
    #[arg(long, default_value_t = 300.0, value_name = "SECONDS")]
    pub(crate) timeout: f64,
    /// Number of retries of a failed request
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub(crate) retries: u32,
    /// Width of the vectors, if the server supports shortening [default: that of the model]
    #[arg(long, value_name = "N")]
    pub(crate) dimensions: Option<usize>,
    /// Environment variable with the server's key [default: SEMST_API_KEY, else OPENAI_API_KEY]
    #[arg(long, value_name = "VARIABLE")]
    pub(crate) key_variable: Option<String>,
    /// Pooling of a local model: auto (as in its folder, else mean), mean, cls, last
    #[arg(long, default_value = "auto", value_name = "TOKENS", value_parser = ["auto", "mean", "cls", "last"])]
    pub(crate) pooling: String,
    /// Folder of stored vectors, for resumed jobs and other slides [default: the user's cache folder]
    #[arg(long, value_name = "FOLDER", conflicts_with = "no_cache")]
    pub(crate) cache: Option<PathBuf>,
    /// Do not store vectors
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

    /// The settings of a local model.
    pub(crate) fn local(&self) -> anyhow::Result<semst::text_models::LocalConfig> {
        // The parser has let through only names that the library reads.
        let pooling = serde_json::from_value(self.pooling.as_str().into())?;
        Ok(semst::text_models::LocalConfig::default().with_pooling(pooling))
    }

    /// Where vectors are stored.
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
