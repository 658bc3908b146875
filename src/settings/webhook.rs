//! What pipelines say of webhooks. Secrets are never written here: see [`crate::secrets`].

use std::collections::BTreeSet;

use wilco_core::catalog::{Asked, Recipe};
use wilco_core::ids::secret::SecretName;

use crate::settings::fault::{Reported, listed, nearest, quote};
use crate::settings::reader::{Table, Value};
use crate::settings::slack::is_safe_for_secrets;

const URL_EXAMPLE: &str = "https://ci.example.com/deploy";
const REPORT_EXAMPLE: &str = "https://wilco.example.com/hooks/pipeline";
const URL_LENGTH_MAX: usize = 2_000;
/// Secrets are longer than this.
const SECRET_NAME_LENGTH_MAX: usize = 24;
const UNDERSTANDS: &[&str] = &["status", "cancel"];

/// Reads where requests go, and what the other side can be asked.
pub fn recipe(table: Table<'_>) -> Result<Recipe, Reported> {
    let why = "say where requests go: `url = \"https://ci.example.com/deploy\"`";
    let url = table.required("url", why).and_then(|value| address(value, URL_EXAMPLE));
    let report_to = table.optional("report_to").map(|value| address(value, REPORT_EXAMPLE));
    let secret = table.optional("secret").map(secret);
    let understands = table
        .optional("understands")
        .map_or(Ok(Vec::new()), |value| value.each("[\"status\", \"cancel\"]", asked));
    Ok(Recipe::Webhook {
        url: url?,
        report_to: report_to.transpose()?,
        secret: secret.transpose()?,
        understands: BTreeSet::from_iter(understands?),
    })
}

/// Reads a name. What is none may be the secret itself, so it is not shown.
fn secret(value: Value<'_>) -> Result<SecretName, Reported> {
    let text = value.text("ci")?;
    let name = SecretName::new(text).ok().filter(|_| text.len() <= SECRET_NAME_LENGTH_MAX);
    name.ok_or_else(|| {
        let next_step = "write the end of its variable: \"ci\" for WILCO_WEBHOOK_SECRET_CI, and put the secret \
                         there";
        value.fault("`secret` takes the name of a secret", Some(next_step.to_owned()))
    })
}

/// What is sent there is approved, and must not be read or changed on its way.
fn address(value: Value<'_>, example: &str) -> Result<String, Reported> {
    let text = value.line(example, URL_LENGTH_MAX)?;
    let next_step = || Some(format!("write an address that begins with https://: \"{example}\""));
    if !is_safe_for_secrets(&text) {
        let message = format!(
            "{} is no address that nobody on the way can read, without a name or password in it",
            quote(&text)
        );
        return Err(value.fault(&message, next_step()));
    }
    if !text.chars().all(|c| c.is_ascii_graphic()) || text.contains('#') {
        let message = format!("{} has characters that no address has", quote(&text));
        return Err(value.fault(&message, next_step()));
    }
    Ok(text)
}

fn asked(item: Value<'_>) -> Result<Asked, Reported> {
    let text = item.text("status")?;
    match text {
        "status" => return Ok(Asked::Status),
        "cancel" => return Ok(Asked::Cancel),
        _ => {}
    }
    let next_step = match nearest(text, UNDERSTANDS.iter().copied()) {
        Some(nearest) => format!("did you mean \"{nearest}\"?"),
        None => format!("besides a start it can be asked: {}", listed(UNDERSTANDS)),
    };
    Err(item.fault(&format!("{} is nothing to understand", quote(text)), Some(next_step)))
}
