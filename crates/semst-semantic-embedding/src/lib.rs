//! Turns the genes of a spot into a vector of meaning.
