//! What the elements of a data set are, as far as this crate tells them apart.

use hdf5_pure::{Datatype, DatatypeByteOrder, FixedPointLayout, FloatingPointLayout};

/// What the elements of a data set are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Holds {
    Text,
    /// The enumeration of `FALSE` and `TRUE` that h5py writes for NumPy's `bool`.
    Bool,
    /// Whole numbers; those of `u64` may be too large for `i64`.
    Whole {
        unsigned: bool,
        bytes: u32,
    },
    /// Floating-point numbers.
    Float(Float),
    /// Names with a number each.
    Enumeration(String),
    /// What this crate does not read, by its name.
    Other(String),
}

/// How a floating-point number is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Float {
    /// 32 or 64 bits, as hdf5-pure decodes them.
    Wide,
    /// The 16 bits of NumPy's `float16`.
    Half { big_endian: bool },
    /// The 16 bits of `bfloat16`.
    Brain { big_endian: bool },
}

const HALF: FloatingPointLayout = FloatingPointLayout {
    bit_offset: 0,
    bit_precision: 16,
    exponent_location: 10,
    exponent_size: 5,
    mantissa_location: 0,
    mantissa_size: 10,
    exponent_bias: 15,
};

const BRAIN: FloatingPointLayout = FloatingPointLayout {
    exponent_location: 7,
    exponent_size: 8,
    mantissa_size: 7,
    exponent_bias: 127,
    ..HALF
};

impl Holds {
    /// Sorts a type of HDF5. A layout that hdf5-pure cannot decode is `Other`: its reader returns no values for it, and no error.
    pub(super) fn of(kind: &Datatype) -> Self {
        let other = || Self::Other(kind.to_string());
        match kind {
            Datatype::String { .. }
            | Datatype::VariableLength {
                is_string: true, ..
            } => Self::Text,
            Datatype::Enumeration {
                base_type, members, ..
            } => {
                if !matches!(Self::of(base_type), Self::Whole { .. }) {
                    return other();
                }
                let names: Vec<&str> = members.iter().map(|m| m.name.as_str()).collect();
                if names.len() == 2 && names.iter().all(|name| ["TRUE", "FALSE"].contains(name)) {
                    Self::Bool
                } else {
                    Self::Enumeration(format!("an enumeration of {} names", names.len()))
                }
            }
            Datatype::FixedPoint {
                size: bytes @ (1 | 2 | 4 | 8),
                byte_order: DatatypeByteOrder::LittleEndian | DatatypeByteOrder::BigEndian,
                layout:
                    FixedPointLayout {
                        signed,
                        bit_offset: 0,
                        bit_precision,
                    },
            } if u32::from(*bit_precision) == 8 * bytes => Self::Whole {
                unsigned: !signed,
                bytes: *bytes,
            },
            Datatype::FloatingPoint {
                byte_order, layout, ..
            } => {
                let big_endian = match byte_order {
                    DatatypeByteOrder::LittleEndian => false,
                    DatatypeByteOrder::BigEndian => true,
                    DatatypeByteOrder::Vax => return other(),
                };
                match *layout {
                    FloatingPointLayout::IEEE754_BINARY32
                    | FloatingPointLayout::IEEE754_BINARY64 => Self::Float(Float::Wide),
                    HALF => Self::Float(Float::Half { big_endian }),
                    BRAIN => Self::Float(Float::Brain { big_endian }),
                    _ => other(),
                }
            }
            _ => other(),
        }
    }

    /// Whether the elements can be read as numbers.
    pub(super) fn is_number(&self) -> bool {
        !matches!(self, Self::Text | Self::Other(_))
    }
}
