//! Every floor on slides at the edge of what it can use.

use crate::{Encoder, EncoderConfig, EncoderError, Features, ShippedEncoder, SlideData};
use burn::tensor::Device;
use ndarray::{Array2, array};
use semst_spatial_graph::{Link, SpatialGraph};

#[test]
fn few_spots_and_spots_in_one_place_are_encoded() -> Result<(), EncoderError> {
    let device = Device::flex();
    let apart = array![[0.0, 0.0], [0.0, 0.0], [5.0, 0.0]];
    for coords in [apart, Array2::zeros((3, 2)), Array2::zeros((1, 2))] {
        let n = coords.nrows();
        let links = [(0, 1), (1, 0), (1, 2), (2, 1)];
        let links = links.into_iter().filter(|_| n > 1);
        let graph = SpatialGraph::from_edges(n, links.map(|(a, b)| Link::new(a, b)))?;
        let values = (0..4 * n).map(|i| (i as f32 * 1.7).sin() + 1.0).collect();
        let features = Features::dense(values, n, 4, &device);
        let slide = SlideData::new(features, graph).with_coords(coords);
        for name in ShippedEncoder::names() {
            let config = ShippedEncoder::from_name(name)?;
            if !config.is_floor() {
                continue;
            }
            let encoder = config.init(4, 0, &device)?;
            let latent = encoder.prepare(&slide, &device)?;
            let latent = encoder.encode(&latent, 0).0;
            assert_eq!(latent.dims(), [n, encoder.d_latent()], "{name}");
            let finite = latent.into_data().iter::<f32>().all(f32::is_finite);
            assert!(finite, "{name} of {n} spots");
        }
    }
    Ok(())
}
