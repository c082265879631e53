//! Tests: what holds for every shipped modulator.

use crate::testing::check_modulator;
use crate::{ModulationConfig, ModulationError};
use burn::tensor::Device;

#[test]
fn every_modulator_conforms() -> Result<(), String> {
    for name in ModulationConfig::NAMES {
        let config = ModulationConfig::from_name(name).map_err(|e| e.to_string())?;
        check_modulator(&Device::flex(), |d, s, device| {
            config.init(d, s, 3, device).expect("widths are positive")
        })
        .map_err(|e| format!("{name}: {e}"))?;
    }
    Ok(())
}

#[test]
fn names_are_known_both_ways() -> Result<(), ModulationError> {
    for name in ModulationConfig::NAMES {
        assert_eq!(ModulationConfig::from_name(name)?.name(), name);
    }
    let error = ModulationConfig::from_name("film").unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("no modulation is called `film`: choose one of fsm, fsm-zero")
    );
    Ok(())
}

#[test]
fn bad_sizes_are_named() {
    let device = Device::flex();
    let error = ModulationConfig::FsmGrouped { groups: 4 }
        .init(6, 3, 0, &device)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "groups is 4, but must be a divisor of the latent's 6 features"
    );
    let error = ModulationConfig::Fsm { ratio: 0.01 }
        .init(6, 3, 0, &device)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "ratio is 0.01, but must be finite and at least 1/3"
    );
}
