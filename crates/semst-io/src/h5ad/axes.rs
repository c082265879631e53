//! Which columns hold x and which y, by their names.

/// Columns that hold x and y, in the order they are tried: those of Xenium, CosMx, MERSCOPE and Space Ranger among them. Array
/// positions are the last, because they are places in a lattice.
pub(crate) const PAIRS: [[&str; 2]; 9] = [
    ["x", "y"],
    ["X", "Y"],
    ["x_centroid", "y_centroid"],
    ["X_centroid", "Y_centroid"],
    ["CenterX_global_px", "CenterY_global_px"],
    ["center_x", "center_y"],
    ["pxl_col_in_fullres", "pxl_row_in_fullres"],
    ["imagecol", "imagerow"],
    ARRAY,
];

/// The columns of array positions.
pub(crate) const ARRAY: [&str; 2] = ["array_col", "array_row"];

/// An axis of space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Axis {
    X,
    Y,
    Z,
}

/// The columns of x and y: a known pair, else the only ones whose names say so, else the first of two whose names say nothing.
pub(crate) fn x_and_y(names: &[String]) -> Option<[&str; 2]> {
    let has = |name: &&str| names.iter().any(|other| other == name);
    if let Some(pair) = PAIRS.into_iter().find(|pair| pair.iter().all(has)) {
        return Some(pair);
    }
    let named = |axis| {
        let mut found = names.iter().filter(|name| axis_of(name) == Some(axis));
        found.next().filter(|_| found.next().is_none())
    };
    match (named(Axis::X), named(Axis::Y), names) {
        (Some(x), Some(y), _) => Some([x, y]),
        (None, None, [x, y]) => Some([x, y]),
        _ => None,
    }
}

/// The column of a third axis.
pub(crate) fn z(names: &[String]) -> Option<&str> {
    let found = names.iter().find(|name| axis_of(name) == Some(Axis::Z));
    found.map(String::as_str)
}

fn axis_of(name: &str) -> Option<Axis> {
    let lower = name.to_lowercase();
    lower
        .split(|c: char| !c.is_alphanumeric())
        .find_map(|word| match word {
            "x" | "col" | "column" | "centerx" | "imagecol" => Some(Axis::X),
            "y" | "row" | "centery" | "imagerow" => Some(Axis::Y),
            "z" | "centerz" => Some(Axis::Z),
            _ => None,
        })
}

#[cfg(test)]
mod tests {
    use super::x_and_y;

    #[track_caller]
    fn check(names: &[&str], expected: Option<[&str; 2]>) {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        assert_eq!(x_and_y(&names), expected, "{names:?}");
    }

    #[test]
    fn names_say_which_axis_they_are() {
        check(&["y", "x"], Some(["x", "y"]));
        check(
            &["pxl_row_in_fullres", "pxl_col_in_fullres"],
            Some(["pxl_col_in_fullres", "pxl_row_in_fullres"]),
        );
        check(&["row", "col"], Some(["col", "row"]));
        check(&["Y_um", "X_um", "Z_um"], Some(["X_um", "Y_um"]));
        check(&["x", "y", "x_centroid", "y_centroid"], Some(["x", "y"]));
        check(
            &["array_row", "array_col", "pxl_row", "pxl_col"],
            Some(["array_col", "array_row"]),
        );
        check(&["spatial1", "spatial2"], Some(["spatial1", "spatial2"]));
        check(&["a", "b", "c"], None);
        check(&["row", "b"], None);
        check(&["row", "x1", "x2"], None);
        check(&[], None);
    }
}
