//! Trains any host with any modulator.
