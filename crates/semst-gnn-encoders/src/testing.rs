//! The conformance kit: the requirements for every encoder, shipped or of a third party.

mod probe;
mod slide;
#[cfg(test)]
mod tests;

pub use slide::{slide, slide_in_order};

use crate::{EitherEncoder, Encoder, EncoderConfig, LossTerm, PcaConfig, SlideData};
use burn::store::ModuleRecord;
use burn::tensor::{Device, Tensor};
use probe::{Probe, unreached};

/// Width of the features of [`slide`].
pub const N_FEATURES: usize = 8;

/// Largest difference after reordering spots, relative to the largest number: the order of sums over neighbours changes.
const REORDERING: f32 = 1e-4;

/// Checks an encoder that `init` initialises from (features, seed, device), on `device`, with the [`slide`] of this module.
///
/// Off the autodiff device:
/// - latent and readout have a row for each spot, the latent has `d_latent` columns, and all numbers are finite, including those
///   of a spot without neighbours;
/// - the same seed gives the same bits; neither `draw` nor the order of the links changes any;
/// - spots in another order give the same numbers in that order, to 1e-4;
/// - `encode_with` offers the layers that `inner_widths` lists, and encodes like `encode` when they are not changed;
/// - if [`Encoder::hops`] returns a number, a part of the slide with a halo this wide embeds as the whole does, to 1e-4;
/// - a record can be written, read, and loaded into an encoder of another seed, which then gives the same bits.
///
/// On it:
/// - the same draw gives the same losses, whose names differ from each other and whose weights are not negative;
/// - gradients reach every parameter, a modulator after the latent, and modulators at the inner layers;
/// - without a modulator the loss is tracked if and only if the encoder is trainable;
/// - three steps of Adam leave losses and embedding finite, on the slide and on a part of it.
///
/// # Errors
/// Names the first requirement that fails.
pub fn check_encoder<E: Encoder>(
    device: &Device,
    init: impl Fn(usize, u64, &Device) -> E,
) -> Result<(), String> {
    let data = slide(device);
    let encoder = init(N_FEATURES, 1, device);
    check_shapes(&encoder, &data, device)?;
    check_inner_layers(&encoder, &data, device)?;
    check_repeats(&encoder, &init(N_FEATURES, 1, device), &data, device)?;
    check_order_of_spots(&encoder, device)?;
    check_parts(&encoder, &data, device)?;
    check_record(&encoder, init(N_FEATURES, 2, device), &data, device)?;
    let trained = init(N_FEATURES, 1, &device.clone().autodiff());
    check_losses(&trained, &data, device)?;
    check_gradients(&trained, &data, device)?;
    check_steps(trained, &data, device)
}

/// Checks a configuration with its default settings on the CPU: its names, that it can be written to a file and read back, that
/// its name alone gives its default settings, and its encoder by [`check_encoder`].
///
/// # Errors
/// Names the first requirement that fails.
pub fn check_config<C: EncoderConfig>() -> Result<(), String> {
    for name in C::names() {
        let config = C::from_name(name).map_err(|e| e.to_string())?;
        if config.name() != name {
            return Err(format!("`{name}` is called `{}`", config.name()));
        }
        config.check().map_err(|e| format!("{name}: {e}"))?;
        let written = EitherEncoder::<C, PcaConfig>::First(config.clone());
        let json = serde_json::to_value(&written).map_err(|e| e.to_string())?;
        for table in [json, serde_json::json!({ "name": name })] {
            let read: EitherEncoder<C, PcaConfig> = serde_json::from_value(table.clone())
                .map_err(|e| format!("{name} cannot be read from {table}: {e}"))?;
            if read != written {
                return Err(format!("{name} read from {table} is {read:?}"));
            }
        }
        if config.init(0, 0, &Device::flex()).is_ok() {
            return Err(format!("{name} starts without features"));
        }
        check_encoder(&Device::flex(), |n_features, seed, device| {
            let encoder = config.init(n_features, seed, device);
            encoder.expect("a checked configuration starts")
        })
        .map_err(|e| format!("{name}: {e}"))?;
    }
    Ok(())
}

fn check_shapes<E: Encoder>(encoder: &E, data: &SlideData, device: &Device) -> Result<(), String> {
    let input = prepare(encoder, data, device)?;
    let n = encoder.n_spots(&input);
    let (latent, _) = encoder.encode(&input, 0);
    if latent.dims() != [n, encoder.d_latent()] {
        let (got, want) = (latent.dims(), [n, encoder.d_latent()]);
        return Err(format!("the latent has shape {got:?}, not {want:?}"));
    }
    let embedding = encoder.readout(latent.clone(), &input);
    if embedding.dims()[0] != n {
        return Err(format!(
            "the readout has {} rows for {n} spots",
            embedding.dims()[0]
        ));
    }
    for (what, numbers) in [("latent", values(latent)), ("readout", values(embedding))] {
        if numbers.iter().any(|v| !v.is_finite()) {
            return Err(format!("the {what} is not finite"));
        }
    }
    Ok(())
}

fn check_inner_layers<E: Encoder>(
    encoder: &E,
    data: &SlideData,
    device: &Device,
) -> Result<(), String> {
    let input = prepare(encoder, data, device)?;
    let widths = encoder.inner_widths();
    let mut seen = vec![false; widths.len()];
    let mut odd = None;
    let (latent, _) = encoder.encode_with(&input, 0, &mut |i, hidden| {
        match widths.get(i) {
            Some(width) if hidden.dims() == [encoder.n_spots(&input), *width] => seen[i] = true,
            _ => odd = Some((i, hidden.dims())),
        }
        hidden
    });
    if let Some((i, dims)) = odd {
        return Err(format!(
            "inner layer {i} has shape {dims:?}, widths are {widths:?}"
        ));
    }
    if let Some(i) = seen.iter().position(|seen| !seen) {
        return Err(format!("inner layer {i} is listed but never offered"));
    }
    if values(latent) != values(encoder.encode(&input, 0).0) {
        return Err("encode_with differs from encode when nothing is changed".into());
    }
    Ok(())
}

fn check_repeats<E: Encoder>(
    encoder: &E,
    twin: &E,
    data: &SlideData,
    device: &Device,
) -> Result<(), String> {
    let input = prepare(encoder, data, device)?;
    let first = embed_drawn(encoder, &input, 1);
    if embed_drawn(twin, &input, 1) != first {
        return Err("the same seed gave other bits".into());
    }
    if embed_drawn(encoder, &input, 2) != first {
        return Err("draw shows in an embedding off the autodiff device".into());
    }
    let other = slide::with_links_reversed(device);
    if embed_drawn(encoder, &prepare(encoder, &other, device)?, 1) != first {
        return Err("the order in which links are listed shows in the embedding".into());
    }
    Ok(())
}

fn check_order_of_spots<E: Encoder>(encoder: &E, device: &Device) -> Result<(), String> {
    let n = slide::N_SPOTS;
    let straight: Vec<usize> = (0..n).collect();
    // 7 has no divisor in common with the number of spots.
    let order: Vec<usize> = (0..n).map(|i| (7 * i + 4) % n).collect();
    let rows = |order: &[usize]| -> Result<Vec<f32>, String> {
        let input = prepare(encoder, &slide_in_order(order, device), device)?;
        Ok(embed(encoder, &input))
    };
    let (want, got) = (rows(&straight)?, rows(&order)?);
    let width = want.len() / n;
    let top = want.iter().fold(0f32, |m, v| m.max(v.abs()));
    for (new, old) in order.iter().enumerate() {
        let pairs = got[new * width..][..width]
            .iter()
            .zip(&want[old * width..][..width]);
        for (a, b) in pairs {
            if (a - b).abs() > REORDERING * top {
                return Err(format!("spot {old} embeds as {b}, after reordering as {a}"));
            }
        }
    }
    Ok(())
}

fn check_parts<E: Encoder>(encoder: &E, data: &SlideData, device: &Device) -> Result<(), String> {
    let Some(hops) = encoder.hops() else {
        return Ok(());
    };
    let whole = embed(encoder, &prepare(encoder, data, device)?);
    let width = whole.len() / slide::N_SPOTS;
    let top = whole.iter().fold(0f32, |m, v| m.max(v.abs()));
    for core in [0..8, 8..20, 20..slide::N_SPOTS] {
        let part = slide::part(core.clone(), hops, device);
        let rows = embed(encoder, &prepare(encoder, &part, device)?);
        for (row, spot) in rows.chunks(width).zip(core) {
            let pairs = row.iter().zip(&whole[spot * width..][..width]);
            for (a, b) in pairs {
                if (a - b).abs() > REORDERING * top {
                    return Err(format!(
                        "spot {spot} embeds as {b}, in a part with a halo of {hops} links as {a}"
                    ));
                }
            }
        }
    }
    Ok(())
}

fn check_record<E: Encoder>(
    encoder: &E,
    other: E,
    data: &SlideData,
    device: &Device,
) -> Result<(), String> {
    let error = |e: burn::store::RecordError| format!("the record: {e}");
    let bytes = encoder.clone().into_record().into_bytes().map_err(error)?;
    let record = ModuleRecord::from_bytes(bytes).map_err(error)?;
    let other = other.try_load_record(record).map_err(error)?;
    let input = prepare(encoder, data, device)?;
    if embed(&other, &input) != embed(encoder, &input) {
        return Err("a loaded record embeds otherwise than what it was taken from".into());
    }
    Ok(())
}

fn check_losses<E: Encoder>(encoder: &E, data: &SlideData, device: &Device) -> Result<(), String> {
    let input = prepare(encoder, data, device)?;
    let losses = || {
        let (latent, trace) = encoder.encode(&input, 5);
        encoder.loss(latent, trace, &input, 5)
    };
    let (first, second) = (losses(), losses());
    let value = |term: &LossTerm| term.value.clone().into_scalar::<f32>();
    for (i, (a, b)) in first.terms().iter().zip(second.terms()).enumerate() {
        if value(a).to_bits() != value(b).to_bits() {
            return Err(format!("the same draw gave another {} loss", a.name));
        }
        if !(a.weight.is_finite() && a.weight >= 0.0) {
            return Err(format!("the {} loss weighs {}", a.name, a.weight));
        }
        if first.terms()[..i].iter().any(|other| other.name == a.name) {
            return Err(format!("two losses are called {}", a.name));
        }
    }
    let tracked = first.total().is_some_and(|total| total.is_tracked());
    match (encoder.is_trainable(), tracked) {
        (true, false) => Err("the encoder is trainable, but nothing tracks its loss".into()),
        (false, true) => Err("the encoder is not trainable, but its loss is tracked".into()),
        _ => Ok(()),
    }
}

fn check_gradients<E: Encoder>(
    encoder: &E,
    data: &SlideData,
    device: &Device,
) -> Result<(), String> {
    let input = prepare(encoder, data, device)?;
    let probe = Probe::new(encoder.clone());
    let total = probe
        .losses(&input, 0)
        .total()
        .ok_or("the encoder has no losses")?;
    if !total.is_tracked() {
        return Err("nothing tracks the loss of a modulated latent".into());
    }
    let missing = unreached(&probe, &total.backward());
    match missing.is_empty() {
        true => Ok(()),
        false => Err(format!("no gradient reaches {}", missing.join(", "))),
    }
}

fn check_steps<E: Encoder>(encoder: E, data: &SlideData, device: &Device) -> Result<(), String> {
    let part = slide::part(8..20, encoder.hops().unwrap_or(2), device);
    for (what, data) in [("", data), (" on a part of the slide", &part)] {
        let input = prepare(&encoder, data, device)?;
        let probe = Probe::new(encoder.clone()).three_steps(&input)?;
        let (latent, _) = probe.encoder().valid().encode(&input, 0);
        if values(latent).iter().any(|v| !v.is_finite()) {
            return Err(format!("the latent is not finite after three steps{what}"));
        }
    }
    Ok(())
}

fn prepare<E: Encoder>(encoder: &E, data: &SlideData, device: &Device) -> Result<E::Input, String> {
    encoder
        .prepare(data, device)
        .map_err(|e| format!("prepare refused a valid slide: {e}"))
}

fn embed<E: Encoder>(encoder: &E, input: &E::Input) -> Vec<f32> {
    embed_drawn(encoder, input, 0)
}

fn embed_drawn<E: Encoder>(encoder: &E, input: &E::Input, draw: u64) -> Vec<f32> {
    let (latent, _) = encoder.encode(input, draw);
    values(encoder.readout(latent, input))
}

fn values(t: Tensor<2>) -> Vec<f32> {
    t.into_data().iter::<f32>().collect()
}
