//! Tests: stored vectors are found again, also by several processes at once, and damage is an error.

use tempfile::TempDir;

use super::*;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn key(text: &str) -> CacheKey {
    EmbeddingCache::key("model", &TextRequest::new(text))
}

#[test]
fn a_key_is_all_that_made_the_vector() {
    let spans = [0..2, 3..5];
    let spanned = TextRequest {
        text: "MBP, A",
        spans: &spans,
    };
    let keys = [
        EmbeddingCache::key("model", &TextRequest::new("MBP, A")),
        EmbeddingCache::key("model", &spanned),
        EmbeddingCache::key(
            "model",
            &TextRequest {
                spans: &spans[..1],
                ..spanned
            },
        ),
        EmbeddingCache::key("modelM", &TextRequest::new("BP, A")),
        EmbeddingCache::key("other", &TextRequest::new("MBP, A")),
    ];
    for (i, a) in keys.iter().enumerate() {
        assert!(keys[i + 1..].iter().all(|b| a != b));
    }
    assert_eq!(
        keys[0],
        EmbeddingCache::key("model", &TextRequest::new("MBP, A"))
    );
}

#[test]
fn what_is_kept_is_found_again() -> Outcome {
    let folder = TempDir::new()?;
    let place = folder.path().join("a/b");
    let cache = EmbeddingCache::open(&place)?;
    assert!(cache.is_empty()?);
    assert_eq!(cache.find(&[key("a")])?, [None]);
    cache.keep(&[(key("a"), vec![1.0, -2.5]), (key("b"), vec![0.0])])?;
    let again = EmbeddingCache::open(&place)?;
    assert_eq!(again.len()?, 2);
    assert_eq!(
        again.find(&[key("b"), key("c"), key("a")])?,
        [Some(vec![0.0]), None, Some(vec![1.0, -2.5])]
    );
    Ok(())
}

#[test]
fn several_at_once_lose_nothing() -> Outcome {
    let folder = TempDir::new()?;
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let place = folder.path();
                scope.spawn(move || -> Result<(), TextModelError> {
                    let cache = EmbeddingCache::open(place)?;
                    for n in 0..5 {
                        cache.keep(&[(key(&format!("{writer} {n}")), vec![n as f32])])?;
                    }
                    Ok(())
                })
            })
            .collect();
        writers
            .into_iter()
            .try_for_each(|w| w.join().expect("a writer does not panic"))
    })?;
    assert_eq!(EmbeddingCache::open(folder.path())?.len()?, 20);
    Ok(())
}

#[test]
fn whoever_holds_the_file_is_waited_for_but_not_for_ever() -> Outcome {
    let folder = TempDir::new()?;
    let mut cache = EmbeddingCache::open(folder.path())?;
    cache.lock_timeout = Duration::from_millis(20);
    let holder = Database::create(cache.path())?;
    let error = cache.len().map_err(|e| e.to_string());
    assert!(
        error
            .as_ref()
            .is_err_and(|e| e.contains("locked by another program") && e.contains("no cache")),
        "{error:?}"
    );
    cache.lock_timeout = LOCK_TIMEOUT;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(60));
            drop(holder);
        });
        assert_eq!(cache.len().ok(), Some(0));
    });
    Ok(())
}

#[test]
fn damage_is_told_with_what_to_delete() -> Outcome {
    let folder = TempDir::new()?;
    let cache = EmbeddingCache::open(folder.path())?;
    let many: Vec<_> = (0..500)
        .map(|n| (key(&n.to_string()), vec![n as f32; 40]))
        .collect();
    cache.keep(&many)?;
    let whole = std::fs::read(cache.path())?;
    let spoilt: [(&str, Vec<u8>); 4] = [
        ("other bytes", b"no cache at all".repeat(1000)),
        ("a few bytes", b"PK".to_vec()),
        ("cut off", whole[..whole.len() / 2].to_vec()),
        ("header only", whole[..100].to_vec()),
    ];
    for (what, bytes) in spoilt {
        std::fs::write(cache.path(), bytes)?;
        let error = EmbeddingCache::open(folder.path()).map_err(|e| e.to_string());
        assert!(
            error.as_ref().is_err_and(|e| {
                e.contains("embeddings.redb") && e.contains("damaged") && e.contains("delete it")
            }),
            "{what}: {error:?}"
        );
    }
    std::fs::remove_file(cache.path())?;
    assert!(EmbeddingCache::open(folder.path())?.is_empty()?);
    Ok(())
}

#[test]
fn a_place_that_cannot_be_used_is_told() -> Outcome {
    let folder = TempDir::new()?;
    let file = folder.path().join("file");
    std::fs::write(&file, "")?;
    let error = EmbeddingCache::open(file.join("below")).map_err(|e| e.to_string());
    assert!(
        error.as_ref().is_err_and(|e| e.contains("cannot be used")),
        "{error:?}"
    );
    Ok(())
}
