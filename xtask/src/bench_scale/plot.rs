//! Seconds and memory over spots, on logarithmic axes.

use super::record::{Record, exponent};
use std::fmt::Write;

/// Size of a panel, and its margins.
const PANEL: (f64, f64) = (300.0, 240.0);
const LEFT: f64 = 70.0;
const TOP: f64 = 40.0;

/// Two panels side by side, each with the line of cost ∝ spots through its first point.
pub(super) fn svg(records: &[Record]) -> String {
    let (w, h) = (2.0 * (PANEL.0 + LEFT) + 20.0, PANEL.1 + TOP + 50.0);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
         font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\" fill=\"#1b1f24\">\n\
         <title>Seconds and peak memory of a run over the number of spots</title>\n\
         <rect width=\"{w}\" height=\"{h}\" fill=\"#ffffff\"/>\n"
    );
    panel(&mut out, LEFT, "seconds", records, |r| r.seconds);
    panel(&mut out, 2.0 * LEFT + PANEL.0, "peak, MiB", records, |r| {
        r.peak_mib
    });
    out += "</svg>\n";
    out
}

fn panel(
    out: &mut String,
    left: f64,
    title: &str,
    records: &[Record],
    cost: impl Fn(&Record) -> f64,
) {
    let span = |values: Vec<f64>| {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        (
            low.log10().floor(),
            high.log10().ceil().max(low.log10().floor() + 1.0),
        )
    };
    let x = span(records.iter().map(|r| r.spots as f64).collect());
    let y = span(records.iter().map(&cost).collect());
    let place = |spots: f64, value: f64| {
        let share = |v: f64, (low, high): (f64, f64)| (v.log10() - low) / (high - low);
        (
            left + PANEL.0 * share(spots, x),
            TOP + PANEL.1 * (1.0 - share(value, y)),
        )
    };
    let power = |p: f64| {
        if p < 4.0 {
            format!("{}", 10f64.powf(p))
        } else {
            format!("10^{p}")
        }
    };
    for p in x.0 as i32..=x.1 as i32 {
        let (px, py) = place(10f64.powi(p), 10f64.powf(y.0));
        let _ = writeln!(
            out,
            "<line x1=\"{px:.1}\" y1=\"{TOP}\" x2=\"{px:.1}\" y2=\"{py:.1}\" stroke=\"#dfe3e8\"/>"
        );
        let _ = writeln!(
            out,
            "<text x=\"{px:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            py + 18.0,
            power(f64::from(p))
        );
    }
    for p in y.0 as i32..=y.1 as i32 {
        let (px, py) = place(10f64.powf(x.0), 10f64.powi(p));
        let _ = writeln!(
            out,
            "<line x1=\"{px:.1}\" y1=\"{py:.1}\" x2=\"{:.1}\" y2=\"{py:.1}\" stroke=\"#dfe3e8\"/>",
            px + PANEL.0
        );
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            px - 6.0,
            py + 4.0,
            power(f64::from(p))
        );
    }
    let points: Vec<(f64, f64)> = records
        .iter()
        .map(|r| place(r.spots as f64, cost(r)))
        .collect();
    let line: Vec<String> = points
        .iter()
        .map(|(x, y)| format!("{x:.1},{y:.1}"))
        .collect();
    if let (Some(first), Some(last)) = (records.first(), records.last()) {
        // Cut at the border of the panel.
        let ratio = last.spots as f64 / first.spots as f64;
        let ratio = ratio.min(10f64.powf(y.1) / cost(first));
        let (a, b) = (
            points[0],
            place(first.spots as f64 * ratio, cost(first) * ratio),
        );
        let _ = writeln!(
            out,
            "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"#5f6873\" stroke-dasharray=\"4 4\"/>",
            a.0, a.1, b.0, b.1
        );
    }
    let _ = writeln!(
        out,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"#0072b2\" stroke-width=\"2\"/>",
        line.join(" ")
    );
    for (x, y) in points {
        let _ = writeln!(
            out,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"#0072b2\"/>"
        );
    }
    let slope = exponent(records, &cost)
        .map_or_else(String::new, |b| format!(", exponent {b:.2} (dashed: 1)"));
    let _ = writeln!(
        out,
        "<text x=\"{left}\" y=\"24\" font-weight=\"bold\">{title} over spots{slope}</text>"
    );
}
