//! Simulates layered tissues with known domains.
