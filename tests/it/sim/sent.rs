//! Keeps what was sent to a simulated platform in the folder that `WILCO_SENT` names, for a look with other eyes.

use std::env;
use std::fs::{File, OpenOptions, create_dir_all};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Map, Value, json};

static OPENED: AtomicUsize = AtomicUsize::new(0);

/// One request, without what authorises it.
pub struct Sent<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub query: Map<String, Value>,
    pub content_type: Option<&'a str>,
    pub body: Value,
}

/// A file of requests, one a line; nothing at all when nobody asked for it.
pub struct Record {
    platform: &'static str,
    file: Option<File>,
}

impl Record {
    /// Keeps nothing.
    pub fn none(platform: &'static str) -> Record {
        Record { platform, file: None }
    }

    pub fn open(platform: &'static str) -> Record {
        let folder = env::var_os("WILCO_SENT").map(PathBuf::from);
        folder.map_or_else(|| Record::none(platform), |folder| Record::within(platform, &folder))
    }

    pub fn within(platform: &'static str, folder: &Path) -> Record {
        create_dir_all(folder).unwrap();
        let number = OPENED.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("{platform}-{}-{number}.jsonl", process::id()));
        let file = OpenOptions::new().create(true).append(true).open(path).unwrap();
        Record { platform, file: Some(file) }
    }

    pub fn keep(&mut self, sent: Sent<'_>) {
        let Some(file) = &mut self.file else { return };
        let line = json!({
            "platform": self.platform,
            "method": sent.method,
            "path": sent.path,
            "query": without_token(sent.query.into()),
            "headers": sent.content_type.map_or(json!({}), |kind| json!({ "content-type": kind })),
            "body": without_token(sent.body),
        });
        writeln!(file, "{line}").unwrap();
    }
}

fn without_token(mut value: Value) -> Value {
    if let Value::Object(fields) = &mut value {
        fields.remove("token");
    }
    value
}
