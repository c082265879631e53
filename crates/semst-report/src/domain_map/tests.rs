//! Tests of the domain map.

use super::*;
use crate::tissue::TissueImage;

fn square() -> Tissue {
    Tissue::new(vec![[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
}

#[test]
fn a_small_map() -> Result<(), ReportError> {
    let labels = Labels::with_gaps(vec![Some(0), Some(1), Some(1), None], ["L1", "<WM>"]);
    let svg = DomainMap::new(&square(), &labels)
        .with_title("A & B")
        .draw()?
        .to_svg();
    insta::assert_snapshot!(svg, @r##"
    <?xml version="1.0" encoding="UTF-8"?>
    <svg xmlns="http://www.w3.org/2000/svg" width="781" height="674" viewBox="0 0 781 674" font-family="Helvetica, Arial, 'DejaVu Sans', sans-serif">
    <title>A &amp; B</title>
    <rect width="781" height="674" fill="#ffffff"/>
    <text x="20" y="34" font-size="17" fill="#1b1f24" font-weight="600">A &amp; B</text>
    <g fill="#bdc2c9"><title>not labelled</title>
    <circle cx="441.42" cy="475.42" r="178.58"/></g>
    <g fill="#0072b2"><title>L1</title>
    <circle cx="198.58" cy="232.58" r="178.58"/></g>
    <g fill="#e69f00"><title>&lt;WM&gt;</title>
    <circle cx="441.42" cy="232.58" r="178.58"/><circle cx="198.58" cy="475.42" r="178.58"/></g>
    <g fill="#0072b2"><title>L1</title>
    <circle cx="648" cy="333" r="6"/></g>
    <text x="662" y="337.5" font-size="13" fill="#1b1f24">L1</text>
    <text x="761.08" y="337.5" font-size="12" fill="#5f6873" text-anchor="end">1</text>
    <g fill="#e69f00"><title>&lt;WM&gt;</title>
    <circle cx="648" cy="354" r="6"/></g>
    <text x="662" y="358.5" font-size="13" fill="#1b1f24">&lt;WM&gt;</text>
    <text x="761.08" y="358.5" font-size="12" fill="#5f6873" text-anchor="end">2</text>
    <g fill="#bdc2c9"><title>not labelled</title>
    <circle cx="648" cy="375" r="6"/></g>
    <text x="662" y="379.5" font-size="13" fill="#1b1f24">not labelled</text>
    <text x="761.08" y="379.5" font-size="12" fill="#5f6873" text-anchor="end">1</text>
    </svg>
    "##);
    Ok(())
}

#[test]
fn names_and_lengths_are_checked() {
    let error = |labels: Labels| {
        DomainMap::new(&square(), &labels)
            .draw()
            .err()
            .map(|e| e.to_string())
    };
    assert_eq!(
        error(Labels::new(vec![0], ["a"])).as_deref(),
        Some("labels has 1 entries for 4 spots")
    );
    assert!(error(Labels::new(vec![0, 0, 0, 1], ["a"])).is_some());
    let labels = Labels::numbered(vec![]);
    assert!(matches!(
        DomainMap::new(&Tissue::new(vec![]), &labels).draw(),
        Err(ReportError::NoSpots)
    ));
    let lost = Tissue::new(vec![[f64::NAN, 0.0]]);
    assert!(matches!(
        DomainMap::new(&lost, &Labels::numbered(vec![0])).draw(),
        Err(ReportError::NotFinite { .. })
    ));
}

#[test]
fn the_image_lies_beneath_the_spots() -> Result<(), ReportError> {
    let image = TissueImage {
        width: 20,
        height: 20,
        rgb: vec![0; 1_200],
        scale: 10.0,
    };
    let tissue = square()
        .with_image(image)
        .with_spot_diameter(0.5)
        .with_um_per_unit(100.0);
    let labels = Labels::new(vec![0, 0, 1, 1], ["a", "b"]);
    let drawing = DomainMap::new(&tissue, &labels).draw()?;
    let svg = drawing.to_svg();
    let image = svg.find("<image").unwrap_or(usize::MAX);
    assert!(image < svg.find("<circle").unwrap_or(0), "{svg}");
    assert!(svg.contains("µm"));
    assert!(!svg.contains("href=\"http"));

    let picture = image::load_from_memory(&drawing.to_png(1.0)?)?.into_rgb8();
    let viewport = Viewport::new(&tissue, false);
    let [x, y] = viewport.at([0.0, 0.0]);
    assert_eq!(picture.get_pixel(x as u32, y as u32).0, [0x00, 0x72, 0xb2]);
    let [x, y] = viewport.at([0.5, 0.5]);
    assert_eq!(
        picture.get_pixel(x as u32, y as u32).0,
        [115; 3],
        "black, faded by 0.45"
    );
    Ok(())
}

#[test]
fn one_spot_and_many_names_can_be_drawn() -> Result<(), ReportError> {
    let one = DomainMap::new(&Tissue::new(vec![[5.0, 5.0]]), &Labels::numbered(vec![0]))
        .draw()?
        .to_png(1.0)?;
    assert!(image::load_from_memory(&one)?.width() > 100);
    let tissue = Tissue::new(
        (0..60)
            .map(|i| [f64::from(i % 8), f64::from(i / 8)])
            .collect(),
    );
    let labels = Labels::numbered((0..60).collect());
    let drawing = DomainMap::new(&tissue, &labels).draw()?;
    assert_eq!(drawing.to_svg().matches("Domain ").count(), 60 * 3);
    Ok(())
}

#[test]
fn very_many_spots_become_a_picture_in_the_svg() -> Result<(), ReportError> {
    let n = 200_001_u32;
    let tissue = Tissue::new(
        (0..n)
            .map(|i| [f64::from(i % 450), f64::from(i / 450)])
            .collect(),
    );
    let labels = Labels::new((0..n).map(|i| i % 450 / 150).collect(), ["a", "b", "c"]);
    let svg = DomainMap::new(&tissue, &labels).draw()?.to_svg();
    assert!(svg.contains("href=\"data:image/png;base64,") && !svg.contains("<circle"));
    assert!(svg.contains(">a</text>"));
    Ok(())
}
