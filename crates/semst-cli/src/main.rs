//! The `semst` binary: spatial domains from the command line.

use std::process::ExitCode;

/// glibc returns every large buffer to the kernel, so that each tensor operation faults its output in again: three times slower at
/// 100,000 spots (docs/decisions/0009).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    semst_cli::main::<semst::Shipped>()
}
