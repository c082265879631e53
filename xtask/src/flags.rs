//! The command line of `cargo xtask`.

use std::path::PathBuf;

xflags::xflags! {
    /// Tasks of the semst workspace.
    cmd xtask {
        /// Runs the gate, cheapest step first: fmt, tidy, foreign, clippy, slim, tests, docs. CI runs the same.
        cmd check {}

        /// Checks the style rules that no compiler knows: sizes, names, arrows between crates, links.
        cmd tidy {}

        /// Counts the packages that our crates add to a burn project outside this workspace, `tests/foreign`.
        cmd foreign {}

        /// Attacks the binary with damaged and lying inputs for some time, and prints the counts of each campaign.
        cmd attack {
            /// Seconds in all (3600).
            optional --seconds seconds: u64
            /// Seed of the tries (the clock).
            optional --seed seed: u64
        }

        /// Re-runs the Python scripts under `tests/golden` that made the committed golden values.
        cmd golden {
            /// Only the scripts whose path holds one of these words.
            repeated area: String
            /// Interpreter to use instead of a fresh environment under `target/`.
            optional --python python: PathBuf
        }

        /// Makes the shipped gene table again from the gene texts, with Python over the published checkpoint.
        cmd gene-table {}

        /// Runs the criterion benches.
        cmd bench {
            /// Only the benches whose name holds this word.
            optional filter: String
        }

        /// Trains against PyTorch forms of the same methods, in turns, and prints times and memory as ratios.
        cmd bench-peers {
            /// Only these methods: semst, stagate, graphst.
            repeated method: String
            /// Interpreter with PyTorch to use instead of a fresh environment under `target/`.
            optional --python python: PathBuf
            /// Epochs of each training (10).
            optional --epochs epochs: usize
            /// Turns of each side (5).
            optional --repeats repeats: usize
        }

        /// Simulates slides of 10,000 to 1,000,000 spots, runs each end to end, and writes docs/results/scale.
        cmd bench-scale {
            /// Other numbers of spots.
            repeated spots: usize
            /// Runs nothing, and reads the logs of finished runs (`semst run --log-format json`) from this folder.
            optional --logs logs: PathBuf
        }
    }
}
