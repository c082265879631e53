//! Tests: requirements for every shipped modulator.

use crate::testing::{check_identity_at_zero, check_modulator};
use crate::{FsmConfig, Modulator, ModulatorConfig, ModulatorError, ShippedModulator};
use burn::tensor::{Device, Tensor};

#[test]
fn every_modulator_conforms() -> Result<(), String> {
    for name in ShippedModulator::names() {
        let config = ShippedModulator::from_name(name).map_err(|e| e.to_string())?;
        check_modulator(&Device::flex(), |d, s, device| {
            config.init(d, s, 3, device).expect("widths are positive")
        })
        .map_err(|e| format!("{name}: {e}"))?;
    }
    Ok(())
}

#[test]
fn affine_and_residual_kinds_are_the_identity_at_zero_and_others_are_not() -> Result<(), String> {
    for name in ShippedModulator::names() {
        let config = ShippedModulator::from_name(name).map_err(|e| e.to_string())?;
        let checked = check_identity_at_zero(&Device::flex(), |d, s, device| {
            config.init(d, s, 3, device).expect("widths are positive")
        });
        let residual = ["none", "add", "cross-attention"].contains(&name);
        match name.starts_with("fsm") || residual {
            true => checked.map_err(|e| format!("{name}: {e}"))?,
            // Otherwise nothing would show that the check can fail.
            false => assert!(checked.is_err(), "{name} is the identity at zero: say so"),
        }
    }
    Ok(())
}

#[test]
fn the_response_of_fsm_adds_up_to_its_change() -> Result<(), ModulatorError> {
    let device = Device::flex();
    let fsm = FsmConfig::new(2, 3).with_d_hidden(4).init(1, &device)?;
    let z = Tensor::<2>::from_floats([[2.0, -1.0], [2.0, -1.0]], &device);
    let s = Tensor::<2>::from_floats([[1.0, 0.0, -1.0], [0.5, 2.0, 0.0]], &device);
    let list = |t: Tensor<2>| t.into_data().iter::<f32>().collect::<Vec<_>>();
    let response = list(fsm.response(z.clone(), s.clone()));
    let change = list(fsm.forward(z.clone(), s) - z);
    for (row, change) in response.chunks(4).zip(change.chunks(2)) {
        assert!((row[0] + row[2] - change[0]).abs() < 1e-6);
        assert!((row[1] + row[3] - change[1]).abs() < 1e-6);
    }
    Ok(())
}

#[test]
fn names_are_known_both_ways() -> Result<(), ModulatorError> {
    for name in ShippedModulator::names() {
        assert_eq!(ShippedModulator::from_name(name)?.name(), name);
    }
    let error = ShippedModulator::from_name("film").unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("no modulator is called `film`: choose one of fsm, fsm-zero")
    );
    Ok(())
}

#[test]
fn bad_sizes_are_named() {
    let device = Device::flex();
    let error = ShippedModulator::FsmGrouped { groups: 4 }
        .init(6, 3, 0, &device)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "groups is 4, but must be a divisor of the latent's 6 features"
    );
    let error = ShippedModulator::Fsm { ratio: 0.01 }
        .init(6, 3, 0, &device)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "ratio is 0.01, but must be finite and at least 1/3"
    );
}
