//! Two sets of heads in one type.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::{ClusterError, ClusterHead, HeadConfig, ShippedHead};

/// A head of `A` or of `B`. Names are looked up in `A` first.
///
/// With it, heads of a third party are added to those of this crate: `Either<MyHead, ShippedHead>`.
///
/// # Examples
/// ```
/// use semst_clustering_heads::{Either, HeadConfig, ShippedHead};
///
/// type Head = Either<ShippedHead, ShippedHead>;
/// let head = Head::from_name("kmeans")?;
/// assert!(matches!(&head, Either::A(_)));
/// assert_eq!(head.init(4)?.name(), "kmeans");
/// # Ok::<(), semst_clustering_heads::ClusterError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Either<A, B> {
    /// A head of the first set.
    A(A),
    /// A head of the second set.
    B(B),
}

impl<A, B: From<ShippedHead>> From<ShippedHead> for Either<A, B> {
    fn from(config: ShippedHead) -> Self {
        Self::B(config.into())
    }
}

impl<A: HeadConfig, B: HeadConfig> HeadConfig for Either<A, B> {
    fn names() -> Vec<&'static str> {
        let mut names = A::names();
        let more = B::names().into_iter().filter(|name| !names.contains(name));
        names.extend(more.collect::<Vec<_>>());
        names
    }

    fn from_name(name: &str) -> Result<Self, ClusterError> {
        if A::names().contains(&name) {
            A::from_name(name).map(Self::A)
        } else if B::names().contains(&name) {
            B::from_name(name).map(Self::B)
        } else {
            Err(ClusterError::unknown_head(name, &Self::names()))
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::A(head) => head.name(),
            Self::B(head) => head.name(),
        }
    }

    fn check(&self) -> Result<(), ClusterError> {
        match self {
            Self::A(head) => head.check(),
            Self::B(head) => head.check(),
        }
    }

    fn init(&self, n_clusters: usize) -> Result<Box<dyn ClusterHead>, ClusterError> {
        match self {
            Self::A(head) => head.init(n_clusters),
            Self::B(head) => head.init(n_clusters),
        }
    }

    fn short_search(&self) -> Self {
        match self {
            Self::A(head) => Self::A(head.short_search()),
            Self::B(head) => Self::B(head.short_search()),
        }
    }

    fn cost(&self) -> f64 {
        match self {
            Self::A(head) => head.cost(),
            Self::B(head) => head.cost(),
        }
    }
}

impl<'de, A: HeadConfig, B: HeadConfig> Deserialize<'de> for Either<A, B> {
    /// Reads `name` first, so that an error is about the head that was meant.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = Value::deserialize(deserializer)?;
        let name = table.get("name").and_then(Value::as_str);
        let name = name.ok_or_else(|| D::Error::missing_field("name"))?;
        match Self::from_name(name).map_err(D::Error::custom)? {
            Self::A(_) => serde_json::from_value(table).map(Self::A),
            Self::B(_) => serde_json::from_value(table).map(Self::B),
        }
        .map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::ArrayView2;
    use serde::{Deserialize, Serialize};

    use super::Either;
    use crate::testing::check_head_config;
    use crate::{
        Assignment, ClusterError, ClusterHead, HeadConfig, KMeans, KMeansConfig, ShippedHead,
    };

    /// A head of a third party.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "name", rename_all = "kebab-case", deny_unknown_fields)]
    enum Foreign {
        TwiceRestarted {
            #[serde(default = "ten")]
            restarts: usize,
        },
    }

    fn ten() -> usize {
        10
    }

    struct Twice(KMeans);

    impl ClusterHead for Twice {
        fn name(&self) -> &'static str {
            "twice-restarted"
        }

        fn assign(&self, z: ArrayView2<'_, f32>, seed: u64) -> Result<Assignment, ClusterError> {
            self.0.assign(z, seed)
        }
    }

    impl HeadConfig for Foreign {
        fn names() -> Vec<&'static str> {
            vec!["twice-restarted"]
        }

        fn from_name(name: &str) -> Result<Self, ClusterError> {
            match name {
                "twice-restarted" => Ok(Self::TwiceRestarted { restarts: ten() }),
                _ => Err(ClusterError::unknown_head(name, &Self::names())),
            }
        }

        fn name(&self) -> &'static str {
            "twice-restarted"
        }

        fn check(&self) -> Result<(), ClusterError> {
            let Self::TwiceRestarted { restarts } = self;
            KMeansConfig::new().with_restarts(2 * restarts).check()
        }

        fn init(&self, n_clusters: usize) -> Result<Box<dyn ClusterHead>, ClusterError> {
            let Self::TwiceRestarted { restarts } = self;
            let inner = KMeansConfig::new().with_restarts(2 * restarts);
            Ok(Box::new(Twice(inner.init(n_clusters)?)))
        }
    }

    type Both = Either<Foreign, ShippedHead>;

    #[test]
    fn a_foreign_head_joins_ours() -> Result<(), String> {
        assert_eq!(Both::names(), ["twice-restarted", "gmm", "kmeans"]);
        check_head_config::<Both>()
    }

    #[test]
    fn an_error_speaks_of_the_head_that_was_meant() {
        let error = |text: &str| serde_json::from_str::<Both>(text).unwrap_err().to_string();
        let strats = error(r#"{"name": "gmm", "strats": 3}"#);
        assert!(strats.contains("unknown field `strats`"), "{strats}");
        let unknown = error(r#"{"name": "mclust"}"#);
        assert!(
            unknown.contains("twice-restarted, gmm, kmeans"),
            "{unknown}"
        );
        assert!(error("{}").contains("missing field `name`"));
    }
}
