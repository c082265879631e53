//! The conformance kit: what every host must hold, for ours and for yours.

mod probe;
mod slide;
#[cfg(test)]
mod tests;

pub use slide::{slide, slide_in_order};

use crate::{Batch, Host, LossTerm, SlideData};
use burn::store::ModuleRecord;
use burn::tensor::{Device, Tensor};
use probe::{Probe, unreached};

/// Width of the features of [`slide`].
pub const N_FEATURES: usize = 8;

/// Largest difference after reordering spots, relative to the largest number: sums over neighbours come in another order.
const REORDERING: f32 = 1e-4;

/// Checks a host that `init` starts from (features, seed, device), on `device`, with the [`slide`] of this module.
///
/// Off the autodiff device:
/// - latent and readout have a row for each spot, the latent has `d_latent` columns, and all numbers are finite, those of a spot
///   without neighbours too;
/// - the same seed gives the same bits; neither `batch.draw` nor the order in which links are listed changes any;
/// - spots in another order give the same numbers in that order, to 1e-4;
/// - `encode_with` offers the layers that `inner_widths` lists, and encodes as `encode` does when they are left alone;
/// - where [`Host::hops`] says how far it looks, a part of the slide with so wide a halo embeds as the whole does, to 1e-4;
/// - a record can be written, read, and loaded into a host of another seed, which then gives the same bits.
///
/// On it:
/// - the same draw gives the same losses, whose names differ from each other and whose weights are not negative;
/// - gradients reach every parameter, a modulator behind the latent, and modulators at the inner layers;
/// - a latent that nothing modulates has a tracked loss if and only if the host is trainable;
/// - three steps of Adam leave losses and embedding finite, on the slide and on a part of it.
///
/// # Errors
/// Names the first requirement that fails.
pub fn check_host<H: Host>(
    device: &Device,
    init: impl Fn(usize, u64, &Device) -> H,
) -> Result<(), String> {
    let data = slide(device);
    let host = init(N_FEATURES, 1, device);
    check_shapes(&host, &data, device)?;
    check_inner_layers(&host, &data, device)?;
    check_repeats(&host, &init(N_FEATURES, 1, device), &data, device)?;
    check_order_of_spots(&host, device)?;
    check_parts(&host, &data, device)?;
    check_record(&host, init(N_FEATURES, 2, device), &data, device)?;
    let trained = init(N_FEATURES, 1, &device.clone().autodiff());
    check_losses(&trained, &data, device)?;
    check_gradients(&trained, &data, device)?;
    check_steps(trained, &data, device)
}

fn check_shapes<H: Host>(host: &H, data: &SlideData, device: &Device) -> Result<(), String> {
    let batch = prepare(host, data, device)?;
    let n = batch.n_spots();
    let (latent, _) = host.encode(&batch);
    if latent.dims() != [n, host.d_latent()] {
        let (got, want) = (latent.dims(), [n, host.d_latent()]);
        return Err(format!("the latent has shape {got:?}, not {want:?}"));
    }
    let embedding = host.readout(latent.clone(), &batch);
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

fn check_inner_layers<H: Host>(host: &H, data: &SlideData, device: &Device) -> Result<(), String> {
    let batch = prepare(host, data, device)?;
    let widths = host.inner_widths();
    let mut seen = vec![false; widths.len()];
    let mut odd = None;
    let (latent, _) = host.encode_with(&batch, &mut |i, hidden| {
        match widths.get(i) {
            Some(width) if hidden.dims() == [batch.n_spots(), *width] => seen[i] = true,
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
    if values(latent) != values(host.encode(&batch).0) {
        return Err("encode_with differs from encode when nothing is changed".into());
    }
    Ok(())
}

fn check_repeats<H: Host>(
    host: &H,
    twin: &H,
    data: &SlideData,
    device: &Device,
) -> Result<(), String> {
    let mut batch = prepare(host, data, device)?;
    batch.draw = 1;
    let first = embed(host, &batch);
    if embed(twin, &batch) != first {
        return Err("the same seed gave other bits".into());
    }
    batch.draw = 2;
    if embed(host, &batch) != first {
        return Err("batch.draw shows in an embedding off the autodiff device".into());
    }
    let other = slide::with_links_reversed(device);
    if embed(host, &prepare(host, &other, device)?) != first {
        return Err("the order in which links are listed shows in the embedding".into());
    }
    Ok(())
}

fn check_order_of_spots<H: Host>(host: &H, device: &Device) -> Result<(), String> {
    let n = slide::N_SPOTS;
    let straight: Vec<usize> = (0..n).collect();
    // 7 has no divisor in common with the number of spots.
    let order: Vec<usize> = (0..n).map(|i| (7 * i + 4) % n).collect();
    let rows = |order: &[usize]| -> Result<Vec<f32>, String> {
        let batch = prepare(host, &slide_in_order(order, device), device)?;
        Ok(embed(host, &batch))
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

fn check_parts<H: Host>(host: &H, data: &SlideData, device: &Device) -> Result<(), String> {
    let Some(hops) = host.hops() else {
        return Ok(());
    };
    let whole = embed(host, &prepare(host, data, device)?);
    let width = whole.len() / slide::N_SPOTS;
    let top = whole.iter().fold(0f32, |m, v| m.max(v.abs()));
    for core in [0..8, 8..20, 20..slide::N_SPOTS] {
        let part = slide::part(core.clone(), hops, device);
        let rows = embed(host, &prepare(host, &part, device)?);
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

fn check_record<H: Host>(
    host: &H,
    other: H,
    data: &SlideData,
    device: &Device,
) -> Result<(), String> {
    let error = |e: burn::store::RecordError| format!("the record: {e}");
    let bytes = host.clone().into_record().into_bytes().map_err(error)?;
    let record = ModuleRecord::from_bytes(bytes).map_err(error)?;
    let other = other.try_load_record(record).map_err(error)?;
    let batch = prepare(host, data, device)?;
    if embed(&other, &batch) != embed(host, &batch) {
        return Err("a loaded record embeds otherwise than what it was taken from".into());
    }
    Ok(())
}

fn check_losses<H: Host>(host: &H, data: &SlideData, device: &Device) -> Result<(), String> {
    let mut batch = prepare(host, data, device)?;
    batch.draw = 5;
    let losses = |batch: &Batch| {
        let (latent, trace) = host.encode(batch);
        host.loss(latent, trace, batch)
    };
    let (first, second) = (losses(&batch), losses(&batch));
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
    match (host.is_trainable(), tracked) {
        (true, false) => Err("the host is trainable, but nothing tracks its loss".into()),
        (false, true) => Err("the host is not trainable, but its loss is tracked".into()),
        _ => Ok(()),
    }
}

fn check_gradients<H: Host>(host: &H, data: &SlideData, device: &Device) -> Result<(), String> {
    let batch = prepare(host, data, device)?;
    let probe = Probe::new(host.clone());
    let total = probe
        .losses(&batch)
        .total()
        .ok_or("the host has no losses")?;
    if !total.is_tracked() {
        return Err("nothing tracks the loss of a modulated latent".into());
    }
    let missing = unreached(&probe, &total.backward());
    match missing.is_empty() {
        true => Ok(()),
        false => Err(format!("no gradient reaches {}", missing.join(", "))),
    }
}

fn check_steps<H: Host>(host: H, data: &SlideData, device: &Device) -> Result<(), String> {
    let part = slide::part(8..20, host.hops().unwrap_or(2), device);
    for (what, data) in [("", data), (" on a part of the slide", &part)] {
        let batch = prepare(&host, data, device)?;
        let probe = Probe::new(host.clone()).three_steps(&batch)?;
        let (latent, _) = probe.host().valid().encode(&batch);
        if values(latent).iter().any(|v| !v.is_finite()) {
            return Err(format!("the latent is not finite after three steps{what}"));
        }
    }
    Ok(())
}

fn prepare<H: Host>(host: &H, data: &SlideData, device: &Device) -> Result<Batch, String> {
    host.prepare(data, device)
        .map_err(|e| format!("prepare refused a valid slide: {e}"))
}

fn embed<H: Host>(host: &H, batch: &Batch) -> Vec<f32> {
    let (latent, _) = host.encode(batch);
    values(host.readout(latent, batch))
}

fn values(t: Tensor<2>) -> Vec<f32> {
    t.into_data().iter::<f32>().collect()
}
