//! Sparse and fused tensor operations for graph networks, as a burn backend extension.
