//! Reads and writes whole files: made for the test, arbitrary, bad, real.

mod aligned;
mod bad_input;
mod budget;
mod compact;
mod faults;
mod made;
mod reading;
mod real_data;
mod round_trip;
