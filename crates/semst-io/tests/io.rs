//! Whole files in and out: made to order, any, bad, real.

mod aligned;
mod bad_input;
mod faults;
mod made;
mod reading;
mod real_data;
mod round_trip;
