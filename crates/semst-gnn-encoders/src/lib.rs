//! Graph encoders that FSM plugs into.
