//! Reads and writes the files of spatial transcriptomics.
