//! Names and free text on record: values that can be erased one day without breaking the chain.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The one key of the JSON object that stands for a private value while a fact is being written or read.
///
/// No other value of a fact has a key like this, since names of fields have letters only.
pub(crate) const MARK: &str = "\u{1}";

/// A name or a free text in a fact: known, or erased from the record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Private<T> {
    Known(T),
    Erased,
}

impl<T> Private<T> {
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Erased => None,
        }
    }
}

impl<T: PartialEq> Private<T> {
    /// Tells whether this is certainly somebody or something else: what was erased might be anybody.
    pub fn is_not(&self, other: &T) -> bool {
        self.known().is_some_and(|value| value != other)
    }
}

impl<T> From<T> for Private<T> {
    fn from(value: T) -> Self {
        Self::Known(value)
    }
}

#[derive(Serialize, Deserialize)]
struct Marked<T> {
    #[serde(rename = "\u{1}")]
    value: Option<T>,
}

impl<T: Serialize> Serialize for Private<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Marked { value: self.known() }.serialize(serializer)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Private<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let marked = Marked::<T>::deserialize(deserializer)?;
        Ok(marked.value.map_or(Self::Erased, Self::Known))
    }
}
