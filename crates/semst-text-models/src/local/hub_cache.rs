//! Models that a Hugging Face library has fetched: `models--ORG--NAME/snapshots/REVISION`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::TextModelError;

/// The folders in which Hugging Face's libraries keep repositories; the first that has a repository is used.
pub(crate) struct HubCache {
    folders: Vec<PathBuf>,
}

impl HubCache {
    /// The cache folders of this machine, as `huggingface_hub` finds them.
    pub(crate) fn of_environment() -> Self {
        Self::from_variables(|name| std::env::var_os(name))
    }

    fn from_variables(read: impl Fn(&str) -> Option<OsString>) -> Self {
        let place = |name: &str, below: &str| {
            read(name)
                .filter(|value| !value.is_empty())
                .map(|value| PathBuf::from(value).join(below))
        };
        let folders = [
            place("HF_HUB_CACHE", ""),
            place("HUGGINGFACE_HUB_CACHE", ""),
            place("HF_HOME", "hub"),
            place("XDG_CACHE_HOME", "huggingface/hub"),
            place("HOME", ".cache/huggingface/hub"),
            place("USERPROFILE", ".cache/huggingface/hub"),
        ];
        Self {
            folders: folders.into_iter().flatten().collect(),
        }
    }

    /// The snapshot of `ORG/NAME`, at a branch, a tag or a commit if one is given. Nothing is downloaded.
    pub(crate) fn find(
        &self,
        repository: &str,
        revision: Option<&str>,
    ) -> Result<PathBuf, TextModelError> {
        let kept = format!("models--{}", repository.replace('/', "--"));
        let found = self
            .folders
            .iter()
            .find_map(|folder| snapshot(&folder.join(&kept), revision));
        found.ok_or_else(|| {
            let looked: Vec<String> = self
                .folders
                .iter()
                .map(|f| f.display().to_string())
                .collect();
            let at = revision.map_or(String::new(), |r| format!("@{r}"));
            let revision = revision.map_or(String::new(), |r| format!(" --revision {r}"));
            TextModelError::model(
                format!("hf:{repository}{at}"),
                format!(
                    "is not in the Hugging Face cache (looked in {}), and semst fetches nothing: run `hf download \
                     {repository}{revision}` once, or give the model's folder",
                    looked.join(", ")
                ),
            )
        })
    }
}

/// The folder of a revision in a repository of a cache. The default is that of `refs/main`, else the only existing one.
pub(super) fn snapshot(repository: &Path, revision: Option<&str>) -> Option<PathBuf> {
    let snapshots = repository.join("snapshots");
    let kept = |commit: &str| Some(snapshots.join(commit)).filter(|folder| folder.is_dir());
    let named = revision.unwrap_or("main");
    if let Ok(commit) = std::fs::read_to_string(repository.join("refs").join(named)) {
        return kept(commit.trim());
    }
    if let Some(commit) = revision {
        return kept(commit);
    }
    let mut folders = std::fs::read_dir(&snapshots).ok()?.flatten();
    match (folders.next(), folders.next()) {
        (Some(only), None) => Some(only.path()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caches_are_where_huggingface_hub_has_them() {
        let cache = HubCache::from_variables(|name| match name {
            "HF_HOME" => Some("/hf".into()),
            "HOME" => Some("/me".into()),
            "XDG_CACHE_HOME" => Some("".into()),
            _ => None,
        });
        let expected = ["/hf/hub", "/me/.cache/huggingface/hub"].map(PathBuf::from);
        assert_eq!(cache.folders, expected);
    }

    #[test]
    fn a_revision_is_a_branch_a_commit_or_the_only_one() -> Result<(), Box<dyn std::error::Error>> {
        let place = tempfile::tempdir()?;
        let repository = place.path().join("models--org--name");
        let cache = HubCache {
            folders: vec![place.path().join("none"), place.path().to_owned()],
        };
        let lost = cache
            .find("org/name", None)
            .err()
            .ok_or("found")?
            .to_string();
        assert!(lost.contains("hf download org/name`"), "{lost}");

        std::fs::create_dir_all(repository.join("snapshots/abc"))?;
        let at = |revision: Option<&str>| {
            let found = cache.find("org/name", revision);
            found.map(|p| p.file_name().map(OsString::from))
        };
        assert_eq!(at(None)?, Some("abc".into()));
        std::fs::create_dir_all(repository.join("snapshots/def"))?;
        assert!(at(None).is_err());
        std::fs::create_dir_all(repository.join("refs"))?;
        std::fs::write(repository.join("refs/main"), "def\n")?;
        assert_eq!(at(None)?, Some("def".into()));
        assert_eq!(at(Some("abc"))?, Some("abc".into()));
        assert!(at(Some("v2")).is_err());
        Ok(())
    }
}
