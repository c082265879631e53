//! Scores domains against truth and against space.
