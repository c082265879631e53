//! The process that panics is this test again: the hook ends a whole program.

use std::io::Write;
use std::process::Command;
use std::thread;
use std::time::Duration;

use rayon::prelude::*;
use semst_guard::{end_on_panic, guarded, probed};

/// Says which panic the child makes.
const CHILD: &str = "SEMST_GUARD_CHILD";

#[test]
fn a_panic_of_any_thread_ends_the_program_and_a_guarded_one_does_not() {
    match std::env::var(CHILD).as_deref() {
        Ok(which) => panic_here(which),
        Err(_) => {
            for (which, code, line) in [
                ("thread", 101, "alone at "),
                ("main", 101, "here at "),
                ("job", 101, "job at "),
                ("after a guard", 101, "later at "),
                ("guarded thread", 0, ""),
                ("guarded job", 0, ""),
                ("probed thread", 0, ""),
            ] {
                let child = Command::new(std::env::current_exe().expect("this test"))
                    .args([
                        "--exact",
                        "a_panic_of_any_thread_ends_the_program_and_a_guarded_one_does_not",
                    ])
                    .arg("--nocapture")
                    .env(CHILD, which)
                    .env_remove("RUST_BACKTRACE")
                    .output()
                    .expect("it starts");
                let said = String::from_utf8_lossy(&child.stderr);
                assert_eq!(child.status.code(), Some(code), "{which}: {said}");
                let lines = usize::from(code != 0);
                assert_eq!(said.lines().count(), lines, "{which}: {said}");
                assert!(said.contains(line), "{which}: {said}");
                assert!(code == 0 || said.contains("panics.rs:"), "{which}: {said}");
            }
        }
    }
}

/// Ends with 0 where no panic ends the program. Nothing kills it, so a thread that waits forever would hang the test.
fn panic_here(which: &str) {
    end_on_panic(|panic| {
        let _ = writeln!(std::io::stderr(), "{} at {}", panic.words, panic.place);
        std::process::exit(101);
    });
    let job = || {
        (0..100)
            .into_par_iter()
            .for_each(|i| assert!(i != 50, "job"));
    };
    match which {
        "thread" => {
            thread::spawn(|| panic!("alone"));
            thread::sleep(Duration::from_secs(60));
        }
        "main" => panic!("here"),
        "job" => job(),
        "after a guard" => {
            assert!(guarded(|| panic!("handled")).is_err());
            panic!("later")
        }
        "guarded thread" => {
            let ended = thread::spawn(|| guarded(|| panic!("in\n a guard"))).join();
            let words = ended.expect("no panic").expect_err("an error").words;
            assert_eq!(words, "in a guard");
        }
        "guarded job" => assert!(guarded(job).is_err()),
        "probed thread" => {
            let ended = probed(|| thread::spawn(|| panic!("in a driver")).join());
            assert!(ended.expect("no panic").is_err());
        }
        other => unreachable!("{other}"),
    }
    std::process::exit(0);
}
