//! Lets serde read an [`UnsValue`] as any type that serde wrote into it.

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, EnumAccess, Error as _, IntoDeserializer, VariantAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Error;

use super::UnsValue;

impl<'de> IntoDeserializer<'de, Error> for &'de UnsValue {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for &'de UnsValue {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            UnsValue::Str(text) => visitor.visit_borrowed_str(text),
            UnsValue::Bool(value) => visitor.visit_bool(*value),
            UnsValue::Int(value) => visitor.visit_i64(*value),
            UnsValue::UInt(value) => visitor.visit_u64(*value),
            UnsValue::Float(value) => visitor.visit_f64(*value),
            UnsValue::IntArray(values) => sequence(values.iter().copied(), visitor),
            UnsValue::UIntArray(values) => sequence(values.iter().copied(), visitor),
            UnsValue::FloatArray(values) => sequence(values.iter().copied(), visitor),
            UnsValue::StrArray(texts) => sequence(texts.iter().map(String::as_str), visitor),
            UnsValue::List(values) => sequence(values.iter(), visitor),
            UnsValue::Dict(entries) => map(entries.iter().map(|(k, v)| (k.clone(), v)), visitor),
        }
    }

    /// A list is also read as a map from position to value, because a file does not distinguish them.
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            UnsValue::List(values) => {
                let entries = values.iter().enumerate();
                map(entries.map(|(at, value)| (at.to_string(), value)), visitor)
            }
            other => other.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            UnsValue::Str(name) => visitor.visit_enum(Variant { name, value: None }),
            UnsValue::Dict(entries) => match &entries[..] {
                [(name, value)] => visitor.visit_enum(Variant {
                    name,
                    value: Some(value),
                }),
                _ => Err(Error::custom("an enum needs exactly one key")),
            },
            _ => Err(Error::custom("an enum needs a text or a dictionary")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct struct identifier ignored_any
    }
}

fn sequence<'de, T, V: Visitor<'de>>(
    values: impl Iterator<Item = T>,
    visitor: V,
) -> Result<V::Value, Error>
where
    T: IntoDeserializer<'de, Error>,
{
    let mut values = SeqDeserializer::new(values);
    let made = visitor.visit_seq(&mut values)?;
    values.end()?;
    Ok(made)
}

fn map<'de, V: Visitor<'de>>(
    entries: impl Iterator<Item = (String, &'de UnsValue)>,
    visitor: V,
) -> Result<V::Value, Error> {
    let entries = entries.map(|(key, value)| (Key(key), value));
    let mut entries = MapDeserializer::new(entries);
    let made = visitor.visit_map(&mut entries)?;
    entries.end()?;
    Ok(made)
}

/// A key of a map: text, or a number that is written as text.
struct Key(String);

impl<'de> IntoDeserializer<'de, Error> for Key {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! number_keys {
    ($($method:ident => $visit:ident),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.0.parse() {
                Ok(number) => visitor.$visit(number),
                Err(_) => visitor.visit_string(self.0),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Key {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_string(self.0)
    }

    number_keys! {
        deserialize_i8 => visit_i8, deserialize_i16 => visit_i16, deserialize_i32 => visit_i32,
        deserialize_i64 => visit_i64, deserialize_u8 => visit_u8, deserialize_u16 => visit_u16,
        deserialize_u32 => visit_u32, deserialize_u64 => visit_u64, deserialize_bool => visit_bool
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(self.0.into_deserializer())
    }

    forward_to_deserialize_any! {
        i128 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// The name of a variant of an enum, and its content.
struct Variant<'de> {
    name: &'de str,
    value: Option<&'de UnsValue>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: serde::de::DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self), Error> {
        let name: serde::de::value::StrDeserializer<'_, Error> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> Variant<'de> {
    fn value(self) -> Result<&'de UnsValue, Error> {
        let missing = || Error::custom(format!("`{}` has no content", self.name));
        self.value.ok_or_else(missing)
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<S: serde::de::DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<S::Value, Error> {
        seed.deserialize(self.value()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Error> {
        self.value()?.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.value()?.deserialize_any(visitor)
    }
}
