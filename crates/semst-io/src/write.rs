//! Writes results into an `.h5ad`.

use std::collections::HashSet;
use std::fs::File;
use std::path::Path;

use ndarray::Array2;

use crate::atomic::AtomicFile;
use crate::dataset::{CountMatrix, SpatialDataset};
use crate::error::IoError;
use crate::h5;
use crate::h5ad::{drawable, edit, fresh};
use crate::obs::ObsColumn;
use crate::read_config::ReadConfig;
use crate::reader::Reader;
use crate::slots::{Slots, UnsValue};
use crate::source::Source;
use crate::space_ranger::{self, SpaceRanger};
use crate::tissue::{Scalefactors, TissueImage};

/// Writes an `.h5ad` with everything from the source of the data set, plus the slots.
///
/// - From an `.h5ad`: the file is copied and the slots are added to the copy; everything else stays
///   the same byte for byte. If the file cannot be edited in place, it is rewritten without loss.
/// - From a Space Ranger folder: a complete file with every spot under tissue, every gene, the
///   coordinates and the pictures, as scanpy's `read_visium` makes it. `sc.pl.spatial` and `sq.pl.spatial_scatter` draw it without
///   arguments: a missing `hires` picture is the enlarged `lowres` one, or white, and a missing diameter of a spot is estimated.
/// - From memory: a complete file of the data set.
///
/// Spots that reading dropped stay in the file; their rows get no category, NaN, and no edges.
/// Existing slots of the same name are replaced, and the space that they took is removed from the file: it is written anew where
/// everything else can stay as it is stored. Where it cannot, the answer is a note that says why. `out` may be the source itself. The file is written
/// next to `out` and renamed last, so that `out` is complete or unchanged.
///
/// # Errors
/// [`IoError::InvalidSlot`] and [`IoError::Length`] as [`Slots::check`]; [`IoError::Write`] when
/// the folder is not writable or the disk is full; [`IoError::CannotExtend`] for an input that can
/// neither be edited nor be rewritten without loss; reading errors when the source is missing or has
/// changed.
///
/// # Complexity
/// O(file + slots); memory about the size of the file.
pub fn write_h5ad(
    dataset: &SpatialDataset,
    out: &Path,
    slots: &Slots,
) -> Result<Option<String>, IoError> {
    let (file, note) = written(dataset, out, slots)?;
    file.commit()?;
    Ok(note)
}

/// The largest file that is copied for a trial.
const MOST_TRIED: u64 = 1 << 30;

/// Sees that [`write_h5ad`] can add results to the file of a slide, before they are computed: adds one slot of every kind to a
/// hidden copy in `folder` and removes it.
///
/// # Errors
/// As [`write_h5ad`].
///
/// # Complexity
/// O(file) for an `.h5ad` of up to 1 GiB; nothing is copied for larger files, where a copy would take as long as the result, and
/// for other sources.
pub fn check_extendable(dataset: &SpatialDataset, folder: &Path) -> Result<(), IoError> {
    let Source::H5ad { path, .. } = &dataset.source else {
        return with_obs_of(dataset, Slots::new()).check_paths();
    };
    if std::fs::metadata(path).is_ok_and(|file| file.len() > MOST_TRIED) {
        return Ok(());
    }
    let n = dataset.n_spots();
    let empty = CountMatrix::new((n, n), vec![0; n + 1], Vec::new(), Vec::new());
    let slots = Slots::new()
        .with_obs(
            "semst_domain",
            ObsColumn::from_codes(&vec![0; n], |k| k.to_string()),
        )
        .with_obsm("X_semst", Array2::zeros((n, 1)))
        .with_obsp("spatial_connectivities", empty)
        .with_uns("semst", UnsValue::from("a note"));
    let name = format!("{}.h5ad", dataset.name);
    written(dataset, &folder.join(name), &slots).map(drop)
}

/// The file next to `out`, whole but not yet in its place, and a note.
fn written(
    dataset: &SpatialDataset,
    out: &Path,
    slots: &Slots,
) -> Result<(AtomicFile, Option<String>), IoError> {
    slots.check(dataset.n_spots())?;
    let mut file = AtomicFile::beside(out)?;
    let slots = match dataset.source.rows() {
        Some((rows, n_rows)) => slots.clone().spread(rows, n_rows),
        None => slots.clone(),
    };
    let note = h5::guarded(out, || match &dataset.source {
        Source::H5ad { path, n_rows, .. } => {
            copy(path, &mut file)?;
            edit::extend(path, *n_rows, &mut file, &slots)
        }
        Source::SpaceRanger {
            folder,
            n_rows,
            library,
            scalefactors,
            ..
        } => {
            let config = ReadConfig::new().with_image(None);
            let (whole, _) = SpaceRanger.read(folder, &config)?;
            crate::dataset::check_length(
                format!("spots of {} (changed since it was read?)", folder.display()),
                *n_rows,
                whole.n_spots(),
            )?;
            let pictures = fresh::Pictures {
                library,
                scalefactors: scalefactors.unwrap_or_default(),
                images: space_ranger::all_pictures(folder)?,
            };
            let pictures = drawable::complete(pictures, &whole.spatial);
            fresh::write(&file, &whole, Some(&pictures))?;
            let slots = with_obs_of(&whole, slots.clone());
            edit::extend(folder, *n_rows, &mut file, &slots)
        }
        Source::Memory => {
            let pictures = dataset.image.as_ref().map(pictures_of);
            let pictures = pictures.map(|p| drawable::complete(p, &dataset.spatial));
            let slots = with_obs_of(dataset, slots.clone());
            slots.check_paths()?;
            fresh::write(&file, dataset, pictures.as_ref())?;
            edit::extend(out, dataset.n_spots(), &mut file, &slots)
        }
    })?;
    Ok((file, note))
}

fn copy(path: &Path, file: &mut AtomicFile) -> Result<(), IoError> {
    let mut source = File::open(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => IoError::NotFound { path: path.into() },
        _ => IoError::Read {
            path: path.into(),
            source,
        },
    })?;
    let target = file.target().to_path_buf();
    // Copies the content only: a read-only input must not make the output read-only.
    match std::io::copy(&mut source, file.file()?) {
        Ok(_) => Ok(()),
        Err(source) => Err(IoError::Write {
            path: target,
            source,
        }),
    }
}

/// The annotation of the data set, then the slots; of two with the same name the slot is kept.
fn with_obs_of(dataset: &SpatialDataset, mut slots: Slots) -> Slots {
    let ours: HashSet<&str> = slots.obs.iter().map(|(key, _)| key.as_str()).collect();
    let own: Vec<_> = dataset
        .obs
        .iter()
        .filter(|(key, _)| !ours.contains(key) && !slots.removed.contains(&format!("obs/{key}")))
        .map(|(key, column)| (key.to_owned(), column.clone()))
        .collect();
    slots.obs.splice(0..0, own);
    slots
}

fn pictures_of(image: &TissueImage) -> fresh::Pictures<'_> {
    let mut scalefactors = Scalefactors {
        spot_diameter_fullres: image.spot_diameter,
        ..Scalefactors::default()
    };
    match image.resolution {
        crate::tissue::ImageResolution::Hires => {
            scalefactors.tissue_hires_scalef = Some(image.scale);
        }
        crate::tissue::ImageResolution::Lowres => {
            scalefactors.tissue_lowres_scalef = Some(image.scale);
        }
    }
    fresh::Pictures {
        library: &image.library,
        scalefactors,
        images: vec![(image.resolution, image.pixels.clone())],
    }
}
