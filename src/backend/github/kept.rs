//! Answers that GitHub tells by a tag whether they still hold: asking again then costs nothing of the limit.
//! <https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate>

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use http::HeaderValue;

/// As many answers are kept, and none that is larger than this.
const KEPT_MAX: usize = 256;
const BYTES_MAX: usize = 64 * 1024;

#[derive(Clone)]
pub struct Tagged {
    pub tag: HeaderValue,
    pub body: Arc<[u8]>,
}

#[derive(Default)]
struct Answers {
    by_path: BTreeMap<String, Tagged>,
    /// The oldest first.
    order: VecDeque<String>,
}

/// The newest answers.
#[derive(Default)]
pub struct Kept(Mutex<Answers>);

impl Kept {
    pub fn get(&self, path: &str) -> Option<Tagged> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).by_path.get(path).cloned()
    }

    pub fn keep(&self, path: String, tag: HeaderValue, body: Arc<[u8]>) {
        if body.len() > BYTES_MAX {
            return;
        }
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.by_path.insert(path.clone(), Tagged { tag, body }).is_none() {
            answers.order.push_back(path);
        }
        while answers.order.len() > KEPT_MAX
            && let Some(oldest) = answers.order.pop_front()
        {
            answers.by_path.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_answers_are_kept_and_no_more() {
        let kept = Kept::default();
        let keep = |path: usize, length: usize| {
            let tag = HeaderValue::from_static("\"a\"");
            kept.keep(path.to_string(), tag, vec![0; length].into());
        };
        for path in 0..=KEPT_MAX {
            keep(path, 1);
            keep(path, 2);
        }
        assert!(kept.get("0").is_none());
        assert_eq!(kept.get("1").unwrap().body.len(), 2);
        keep(1_000, BYTES_MAX + 1);
        assert!(kept.get("1000").is_none() && kept.get("1").is_some());
    }
}
