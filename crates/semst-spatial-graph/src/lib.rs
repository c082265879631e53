//! Builds validated neighbour graphs of spots.
