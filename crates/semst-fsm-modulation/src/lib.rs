//! Fine-grained semantic modulation of a latent, and its rivals.
