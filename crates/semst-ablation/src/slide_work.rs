//! Work that the cells of a slide share: features, graphs, semantics. Each is made once, by the first cell that needs it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use semst::encoders::EncoderConfig;
use semst::modulation::ModulatorConfig;
use semst::semantics::Semantics;
use semst::{Pipeline, Plugins, Prepared, SourceConfig, Watch};
use serde_json::json;

use crate::error_line::one_line;
use crate::slide::Slide;

/// A shared result, and its time in seconds.
pub(crate) type Made<T> = Result<(Arc<T>, f64), String>;

/// The shared work of one slide.
pub(crate) struct SlideWork<'a> {
    slide: &'a Slide,
    prepared: Once<Prepared>,
    semantics: Once<Semantics>,
}

/// Results by a key of everything that they depend on.
struct Once<T> {
    made: Mutex<HashMap<Key, Arc<OnceLock<Made<T>>>>>,
}

/// Everything that a shared result depends on.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    text: String,
    /// The seed, if the result depends on it.
    seed: Option<u64>,
}

impl<'a> SlideWork<'a> {
    pub(crate) fn new(slide: &'a Slide) -> Self {
        Self {
            slide,
            prepared: Once::new(),
            semantics: Once::new(),
        }
    }

    /// Features and graphs of a configuration.
    pub(crate) fn prepared<P: Plugins>(
        &self,
        pipeline: &Pipeline<P>,
        watch: &mut dyn Watch,
    ) -> Made<Prepared> {
        let config = pipeline.config();
        let needs = config.encoder.needs();
        let key = json!([
            config.preprocess,
            config.spatial_graph,
            needs.expression_graph.then_some(config.n_neighbors),
            format!("{needs:?}"),
            config.domains,
            config.smoothing,
            config.floor,
            config.views,
            config.view_genes,
        ]);
        let key = Key {
            text: key.to_string(),
            seed: None,
        };
        self.prepared.get(key, || {
            pipeline
                .prepare(&self.slide.data, watch)
                .map_err(|e| one_line(&e))
        })
    }

    /// Semantics of a configuration.
    pub(crate) fn semantics<P: Plugins>(
        &self,
        pipeline: &Pipeline<P>,
        watch: &mut dyn Watch,
    ) -> Made<Semantics> {
        let config = pipeline.config();
        let used = config.modulator.uses_semantics();
        let drawn = used && config.semantics.source.is_drawn();
        let key = Key {
            text: json!([used.then_some(&config.semantics)]).to_string(),
            seed: drawn.then_some(config.seed),
        };
        self.semantics.get(key, || {
            pipeline
                .semantics(&self.slide.data, watch)
                .map_err(|e| one_line(&e))
        })
    }
}

impl<T> Once<T> {
    fn new() -> Self {
        Self {
            made: Mutex::new(HashMap::new()),
        }
    }

    fn get(&self, key: Key, make: impl FnOnce() -> Result<T, String>) -> Made<T> {
        let entry = {
            let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
            // Jobs are in the order of seeds: results of earlier seeds are not needed again, and may be large.
            if key.seed.is_some() {
                made.retain(|old, _| old.seed.is_none() || old.seed == key.seed);
            }
            Arc::clone(made.entry(key).or_default())
        };
        entry
            .get_or_init(|| {
                let started = Instant::now();
                guarded(make).map(|value| (Arc::new(value), started.elapsed().as_secs_f64()))
            })
            .clone()
    }
}

/// Runs something whose failure, or panic, must not end the plan.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    // Whatever the closure borrows is either shared and valid, or dropped with it.
    let made = semst::guard::guarded(work);
    made.unwrap_or_else(|panic| Err(format!("panicked: {panic}")))
}

#[cfg(test)]
mod tests {
    use super::{Key, Once, guarded};

    #[test]
    fn work_is_done_once_and_panics_are_errors() -> Result<(), String> {
        let once = Once::<u32>::new();
        let key = |text: &str, seed| Key {
            text: text.into(),
            seed,
        };
        assert_eq!(*once.get(key("a", None), || Ok(1))?.0, 1);
        assert_eq!(*once.get(key("a", None), || Ok(2))?.0, 1);
        assert!(once.get(key("b", None), || Err("no".into())).is_err());
        assert_eq!(*once.get(key("a", Some(0)), || Ok(3))?.0, 3);
        assert_eq!(*once.get(key("a", Some(0)), || Ok(4))?.0, 3);
        // Another seed removes the old one; results without a seed stay.
        assert_eq!(*once.get(key("a", Some(1)), || Ok(5))?.0, 5);
        assert_eq!(*once.get(key("a", Some(0)), || Ok(6))?.0, 6);
        assert_eq!(*once.get(key("a", None), || Ok(7))?.0, 1);
        let error = guarded::<()>(|| panic!("at\n  line {}", 3)).expect_err("it panics");
        assert_eq!(error, "panicked: at line 3");
        Ok(())
    }
}
