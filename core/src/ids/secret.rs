//! Names of secrets; never the secrets themselves.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{NameError, check_name};

text_type!(
    /// Tells secrets of one kind apart.
    SecretName,
    check_name
);
