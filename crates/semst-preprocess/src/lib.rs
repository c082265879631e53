//! Filters, normalises and reduces gene counts.
