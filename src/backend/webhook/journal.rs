//! The journals of runs: one file for each, with a line for each thing that is known, durable before anybody is
//! told that it was heard.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;
use wilco_core::ids::OpKey;

use super::known::{Entry, Known};

const ENDING: &str = ".jsonl";

/// `webhook/` in the data directory, which one wilco has at a time.
pub struct Journals {
    folder: PathBuf,
    /// One at a time writes.
    writing: Mutex<()>,
    written: watch::Sender<u64>,
}

impl Journals {
    pub fn open(folder: PathBuf) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        Ok(Self { folder, writing: Mutex::default(), written: watch::Sender::new(0) })
    }

    /// Returns what changes whenever anything is written.
    pub fn written(&self) -> watch::Receiver<u64> {
        self.written.subscribe()
    }

    /// Returns what is known of a run; nothing of one that has no journal.
    pub fn read(&self, op_key: &OpKey) -> io::Result<Known> {
        let (entries, _) = entries(&self.path(op_key))?;
        Ok(Known::fold(entries))
    }

    /// Looks at what is known, writes what follows from that, and returns once it is durable.
    pub fn change<T>(
        &self,
        op_key: &OpKey,
        decide: impl FnOnce(&Known) -> (T, Vec<Entry>),
    ) -> io::Result<T> {
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.path(op_key);
        let (entries, whole) = entries(&path)?;
        let (answer, news) = decide(&Known::fold(entries));
        if !news.is_empty() {
            let is_first = whole == 0;
            let file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .mode(0o600)
                .open(&path)?;
            append(file, whole, &news)?;
            if is_first {
                File::open(&self.folder)?.sync_all()?;
            }
            self.written.send_modify(|count| *count += 1);
        }
        Ok(answer)
    }

    /// Returns the keys of the runs that have a journal.
    pub fn kept(&self) -> io::Result<Vec<OpKey>> {
        let mut kept = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name();
            let key = name.to_str().and_then(|name| name.strip_suffix(ENDING));
            kept.extend(key.and_then(|key| OpKey::new(key).ok()));
        }
        Ok(kept)
    }

    pub fn remove(&self, op_key: &OpKey) -> io::Result<()> {
        match fs::remove_file(self.path(op_key)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// A key is a name, in which nothing climbs out of a folder.
    fn path(&self, op_key: &OpKey) -> PathBuf {
        self.folder.join(format!("{op_key}{ENDING}"))
    }
}

/// Writes lines after those that are whole, over what a power cut or a full disk left of another.
fn append(mut file: File, whole: u64, entries: &[Entry]) -> io::Result<()> {
    use std::io::Seek as _;
    let mut lines = Vec::new();
    for entry in entries {
        serde_json::to_writer(&mut lines, entry)?;
        lines.push(b'\n');
    }
    file.set_len(whole)?;
    file.seek(io::SeekFrom::Start(whole))?;
    file.write_all(&lines)?;
    file.sync_all()
}

/// Returns the lines that are whole, and how many bytes they take.
fn entries(path: &Path) -> io::Result<(Vec<Entry>, u64)> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Vec::new(), 0)),
        bytes => bytes?,
    };
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let lines = bytes[..whole].split_inclusive(|byte| *byte == b'\n');
    let entries = lines.map(serde_json::from_slice).collect::<Result<_, _>>()?;
    Ok((entries, u64::try_from(whole).unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use wilco_core::time::Timestamp;

    use super::*;

    #[test]
    fn what_was_written_in_part_was_never_said() {
        let home = tempfile::tempdir().unwrap();
        let journals = Journals::open(home.path().join("webhook")).unwrap();
        let op_key = OpKey::new("42-k1").unwrap();
        let write = |entry| journals.change(&op_key, |known| (known.clone(), vec![entry])).unwrap();
        assert_eq!(write(Entry::Ordered { at: Timestamp(1), secret: None }), Known::default());
        let mut file = OpenOptions::new().append(true).open(journals.path(&op_key)).unwrap();
        file.write_all(b"{\"entry\":\"taken\"}\n{\"entry\":\"stop").unwrap();
        let known = write(Entry::Sending { at: Timestamp(2) });
        assert!(known.is_taken && known.stop.is_none());
        assert_eq!(journals.read(&op_key).unwrap().sending_at, Some(Timestamp(2)));
        assert_eq!(journals.kept().unwrap(), std::slice::from_ref(&op_key));
        journals.remove(&op_key).unwrap();
        assert_eq!(journals.read(&op_key).unwrap(), Known::default());
    }
}
