//! How often anybody may ask, and what costs nothing.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::{Says, ask_as, get, read, told};
use super::{API, opened};
use crate::sim::github::{Change, Fault, Times};
use crate::sim::plain_http::Response;

const PATH: &str = "/repos/acme/api/commits/main";

fn left(answer: &Response) -> &str {
    answer.header("x-ratelimit-remaining").unwrap()
}

#[tokio::test]
async fn what_has_not_changed_costs_nothing() {
    let (github, _) = opened().await;
    let first = get(&github, PATH).await;
    let tag = first.header("etag").unwrap();
    assert_eq!((left(&first), github.used()), ("4999", 1));
    let headers = [("user-agent", "wilco"), ("if-none-match", tag)];
    let conditional = Says { headers: &headers, ..Says::USUAL };
    let again = ask_as(&github, conditional, ("GET", PATH), Value::Null).await;
    assert_eq!((again.status, again.body.as_str(), left(&again)), (304, "", "4999"));
    assert_eq!(again.header("etag"), Some(tag));
    github.at(API).commit("main", Change::by("ana", "More"));
    let changed = ask_as(&github, conditional, ("GET", PATH), Value::Null).await;
    assert_eq!((changed.status, left(&changed)), (200, "4998"));
    assert_ne!(changed.header("etag"), Some(tag));
    for (name, value) in
        [("x-ratelimit-limit", "5000"), ("x-ratelimit-used", "2"), ("x-ratelimit-resource", "core")]
    {
        assert_eq!(changed.header(name), Some(value));
    }
    assert!(changed.header("x-github-request-id").is_some());
}

#[tokio::test]
async fn who_asked_too_often_waits_for_the_hour_to_end() {
    let (github, _) = opened().await;
    github.requests_an_hour(2);
    get(&github, PATH).await;
    assert_eq!(left(&get(&github, PATH).await), "0");
    let refused = get(&github, PATH).await;
    assert_eq!((refused.status, left(&refused)), (403, "0"));
    assert!(told(&refused).1.starts_with("API rate limit exceeded for user ID "));
    let reset: i64 = refused.header("x-ratelimit-reset").unwrap().parse().unwrap();
    assert!(reset > chrono::Utc::now().timestamp() + 3_500);
    let shown = read(&github, "/rate_limit").await;
    assert_eq!(
        (&shown["rate"]["remaining"], &shown["resources"]["core"]["limit"]),
        (&json!(0), &json!(2))
    );
    github.skip(Duration::from_hours(1));
    assert_eq!(get(&github, PATH).await.status, 200);
}

#[tokio::test]
async fn limits_come_on_order() {
    let (github, _) = opened().await;
    let retry_after = Duration::from_millis(2_500);
    for status in [403, 429] {
        let fault = Fault::SecondaryLimit { status, retry_after };
        github.fail_next("repos/get-commit", fault);
        let answer = get(&github, PATH).await;
        assert_eq!((answer.status, answer.header("retry-after")), (status, Some("3")));
        assert!(told(&answer).1.starts_with("You have exceeded a secondary rate limit."));
        assert_ne!(left(&answer), "0");
    }
    github.limit("repos/get-commit", 1);
    assert_eq!(get(&github, PATH).await.status, 200);
    assert_eq!(get(&github, PATH).await.header("retry-after"), Some("60"));
    github.heal("repos/get-commit");
    github.fail("repos/get-commit", Fault::PrimaryLimit { status: 429 }, Times::Next(1));
    let answer = get(&github, PATH).await;
    assert_eq!((answer.status, left(&answer), answer.header("retry-after")), (429, "0", None));
    assert_eq!(get(&github, PATH).await.status, 403);
    assert_eq!(github.refused_requests(), 5);
}
