//! `wilco audit` and `wilco backup`: what is said about a record, and done with it.

use std::path::Path;
use std::process::ExitCode;

use wilco_core::erasure::Subject;
use wilco_core::ids::PersonName;

use super::{complain, tell};
use crate::audit::{self, Verdict};
use crate::store::StoreError;
use crate::store::erase::{self, Traces};
use crate::store::open::{DATABASE, read_only};

/// Verifies a record and says what came of it.
pub async fn verify(file: &Path) -> anyhow::Result<ExitCode> {
    match audit::verify(file).await? {
        Verdict::Whole { rows, erased, chain } => {
            let facts = counted(rows, "fact", "facts");
            tell(&format!("{facts} verified; the chain ends in {chain}"))?;
            if erased > 0 {
                tell(&format!("{erased} private values were erased from them"))?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Verdict::Broken(fault) => {
            tell(&format!("the record is not whole: {fault}"))?;
            Ok(ExitCode::FAILURE)
        }
        Verdict::Differs(difference) => {
            tell(&format!(
                "the facts are whole, but {difference}: the facts are right, and whoever changed \
                 the row worked around wilco; keep the file as evidence, and restore a backup"
            ))?;
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Copies the database of a wilco, running or not, and verifies the copy.
pub async fn back_up(data: &Path, to: &Path) -> anyhow::Result<ExitCode> {
    let file = data.join(DATABASE);
    let reader = read_only(&file).await?;
    reader.back_up(to).await.map_err(|error| error.of_file(&file))?;
    reader.close().await;
    let code = verify(to).await?;
    if code == ExitCode::SUCCESS {
        tell(&format!("the backup {} is complete", to.display()))?;
    } else {
        complain(&format!(
            "wilco: {} was written, though what is in it is not right, and so {} is not; \
             run wilco audit verify on that, and keep both",
            to.display(),
            file.display()
        ));
    }
    Ok(code)
}

/// Whose traces to erase, as it was typed.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
pub struct Whose {
    /// The name of the person in people.toml; their accounts are found in the record
    #[arg(long, value_name = "NAME", value_parser = person)]
    person: Option<PersonName>,
    /// An account by the platform's id of it, for somebody who is in no people.toml
    #[arg(long, value_name = "ID", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    account: Option<String>,
}

fn person(text: &str) -> Result<PersonName, String> {
    PersonName::new(text).map_err(|error| format!("{error}; type it as in people.toml"))
}

impl Whose {
    fn subject(self) -> Option<Subject> {
        self.person.map(Subject::person).or(self.account.map(Subject::account))
    }
}

/// Whether to erase, or only to say what would be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Resolve {
    Say,
    Erase,
}

/// Erases the traces of somebody, or says which there are.
pub async fn erase(data: &Path, whose: Whose, resolve: Resolve) -> anyhow::Result<ExitCode> {
    let Some(mut subject) = whose.subject() else {
        anyhow::bail!("nobody was named; add --person NAME or --account ID");
    };
    let file = data.join(DATABASE);
    let reader = read_only(&file).await?;
    let traces = erase::survey(&reader, &mut subject).await;
    reader.close().await;
    let traces = traces.map_err(|error| error.of_file(&file))?;
    if !traces.open.is_empty() {
        let open: Vec<String> = traces.open.iter().map(|id| format!("#{id}")).collect();
        complain(&format!(
            "wilco: nothing is erased, since {} is not over and names them; \
             cancel it or let it end, then run this again",
            open.join(", ")
        ));
        return Ok(ExitCode::FAILURE);
    }
    if resolve == Resolve::Say {
        say("would be erased", &traces)?;
        tell("nothing was changed; stop wilco, take a backup, and run this again with --yes")?;
        return Ok(ExitCode::SUCCESS);
    }
    let traces = match erase::erase(data, &subject).await {
        Ok(traces) => traces,
        Err(StoreError::Taken { path }) => anyhow::bail!(
            "nothing is erased while wilco runs on {}; stop it, run this again, and start it then",
            path.display()
        ),
        Err(error) => return Err(error.into()),
    };
    say("erased", &traces)?;
    tell(&format!(
        "exports, backups, {0}/history and the logs below {0}/runs may have the name too",
        data.display()
    ))?;
    verify(&file).await
}

fn say(done: &str, traces: &Traces) -> std::io::Result<()> {
    let Traces { values, facts, deployments, languages, aside, effects, fixed, open: _ } = traces;
    let values = counted(*values, "private value", "private values");
    tell(&format!("{values} {done}, in {}", counted(*facts, "fact", "facts")))?;
    let requesters = counted(*deployments, "requester", "requesters");
    let aside = counted(*aside, "delivery kept aside", "deliveries kept aside");
    let effects = counted(*effects, "message not yet said", "messages not yet said");
    tell(&format!("{requesters}, {aside} and {effects} {done}"))?;
    if *languages > 0 {
        tell(&format!("{} {done}", counted(*languages, "chosen language", "chosen languages")))?;
    }
    if *fixed > 0 {
        let facts = counted(*fixed, "fact has", "facts have");
        tell(&format!(
            "{facts} the name in what cannot be erased without breaking the chain, such as the name of a branch"
        ))?;
    }
    Ok(())
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
