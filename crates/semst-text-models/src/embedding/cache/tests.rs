//! Tests: stored vectors are found again, also by several processes at once, and damage never changes a vector.

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
    assert_eq!(cache.find(&[key("a")])?.vectors, [None]);
    cache.keep(&[(key("a"), vec![1.0, -2.5]), (key("b"), vec![0.0])])?;
    let again = EmbeddingCache::open(&place)?;
    assert_eq!(again.len()?, 2);
    assert_eq!(
        again.find(&[key("b"), key("c"), key("a")])?.vectors,
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

/// A cache of 300 vectors in a folder, and its bytes.
fn filled(folder: &TempDir) -> Result<(Vec<CacheKey>, Vec<u8>), Box<dyn std::error::Error>> {
    let cache = EmbeddingCache::open(folder.path())?;
    let many: Vec<_> = (0..300)
        .map(|n| (key(&n.to_string()), vec![n as f32; 40]))
        .collect();
    for part in many.chunks(100) {
        cache.keep(part)?;
    }
    let bytes = std::fs::read(cache.path())?;
    Ok((many.into_iter().map(|(key, _)| key).collect(), bytes))
}

#[test]
fn a_file_that_is_no_cache_is_set_aside() -> Outcome {
    let folder = TempDir::new()?;
    let (_, whole) = filled(&folder)?;
    let path = folder.path().join(FILE);
    let spoilt: [(&str, Vec<u8>); 4] = [
        ("other bytes", b"no cache at all".repeat(1000)),
        ("a few bytes", b"PK".to_vec()),
        ("cut off", whole[..whole.len() / 2].to_vec()),
        ("header only", whole[..100].to_vec()),
    ];
    for (what, bytes) in spoilt {
        std::fs::write(&path, &bytes)?;
        let cache = EmbeddingCache::open(folder.path())?;
        assert!(cache.was_damaged() && cache.is_empty()?, "{what}");
        assert!(folder.path().join(SET_ASIDE).exists(), "{what}");
        cache.keep(&[(key("a"), vec![1.0])])?;
        assert_eq!(cache.find(&[key("a")])?.vectors, [Some(vec![1.0])]);
    }
    Ok(())
}

/// Bytes are changed in every region of the file, before it is opened and while it is in use: a vector is right or missing.
#[test]
fn no_damage_gives_another_vector() -> Outcome {
    let folder = TempDir::new()?;
    let (keys, whole) = filled(&folder)?;
    let path = folder.path().join(FILE);
    // Every byte of the header, and one in each stretch of the rest.
    let stretch = whole.len().div_ceil(220);
    let places = (0..320)
        .step_by(3)
        .chain((320..whole.len()).step_by(stretch));
    let (mut tried, mut kept, mut remade) = (0, 0, 0);
    let mut state = 1_u64;
    for start in places {
        // A linear congruence is random enough to pick a byte and a bit.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let random = (state >> 33) as usize;
        let at = if start < 320 {
            start
        } else {
            start + random % stretch
        };
        let mut bytes = whole.clone();
        let Some(byte) = bytes.get_mut(at) else {
            continue;
        };
        *byte ^= if random.is_multiple_of(2) {
            0xff
        } else {
            1 << (random % 8)
        };
        std::fs::write(&path, &bytes)?;
        let opened = match tried % 2 {
            0 => EmbeddingCache::open(folder.path())?,
            _ => EmbeddingCache {
                path: path.clone(),
                lock_timeout: LOCK_TIMEOUT,
                was_damaged: Arc::default(),
            },
        };
        let found = opened.find(&keys)?;
        for (n, vector) in found.vectors.iter().enumerate() {
            match vector {
                Some(vector) => assert_eq!(*vector, vec![n as f32; 40], "byte {at}"),
                None => remade += 1,
            }
        }
        kept += usize::from(!opened.was_damaged() && found.damaged == 0);
        opened.keep(&[(keys[0], vec![0.0; 40])])?;
        assert_eq!(
            opened.find(&keys[..1])?.vectors,
            [Some(vec![0.0; 40])],
            "byte {at}"
        );
        tried += 1;
    }
    // Some damage lies where nothing is stored, some is found.
    assert!(
        tried > 300 && kept > 0 && remade > 0,
        "{tried}: {kept} kept, {remade} vectors missing"
    );
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
