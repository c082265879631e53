//! Turns an embedding into domains.
