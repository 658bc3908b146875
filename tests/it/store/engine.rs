//! What the engine writes: every row is a fold of the facts, once, whatever else is in the batch.

use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::path::Path;
use std::pin::pin;

use futures_core::Stream as _;
use sqlx::{Connection as _, Row as _};

use super::record::{Record, change, open_beside};
use wilco::delivery::{Accepted, Delivery};
use wilco::store::decode::stored;
use wilco::store::open::{DATABASE, read_only};
use wilco::store::rows::DeploymentRow;
use wilco_core::audit;
use wilco_core::deployment::Deployment;
use wilco_core::event::Event;
use wilco_core::fact::{Fact, What};
use wilco_core::ids::DeploymentId;
use wilco_core::notice::Locale;

#[tokio::test]
async fn every_row_is_a_fold_of_the_facts() {
    let data = tempfile::tempdir().unwrap();
    let mut record = Record::open(data.path()).await;
    record.live_through_everything().await;
    let file = record.close().await;

    let (mut deployments, mut live, mut cards) =
        (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
    let facts = facts(&file).await;
    for fact in &facts {
        let Some(id) = fact.deployment else { continue };
        if let What::CardShown { message } = &fact.what {
            cards.insert(format!("[\"console\",\"deploys\",\"{}\",{}]", message.message, id.0));
        }
        if let What::Requested(_) = &fact.what {
            deployments.insert(id, Deployment::fold([fact]).unwrap());
            continue;
        }
        let deployment: &mut Deployment = deployments.get_mut(&id).unwrap();
        let was_over = deployment.is_over();
        deployment.apply(fact);
        if !was_over && deployment.made_live() {
            live.insert((deployment.service.clone(), deployment.environment.clone()), id.0);
        }
    }
    let kinds: BTreeSet<&str> = facts.iter().map(Fact::kind).collect();
    assert!(kinds.len() >= 15, "the test lives through little: {kinds:?}");
    let states: BTreeSet<String> =
        deployments.values().map(|deployment| format!("{:?}", deployment.status)).collect();
    assert_eq!(states.len(), 8, "{states:?}");

    let deployments: Vec<String> = deployments
        .values()
        .map(|deployment| serde_json::to_string(&DeploymentRow::of(deployment)).unwrap())
        .collect();
    let columns = "json_array(id, service, environment, kind, command, status, outcome, reference, \
                   commit_sha, requester, requested_at, expires_at, started_at, ended_at, rolls_back_to)";
    assert_eq!(
        rows(&file, &format!("select {columns} from deployment order by id")).await,
        deployments
    );
    let live: Vec<String> = live
        .iter()
        .map(|((service, environment), id)| format!("[\"{service}\",\"{environment}\",{id}]"))
        .collect();
    let sql = "select json_array(service, environment, deployment) from live order by 1";
    assert_eq!(rows(&file, sql).await, live);
    assert_eq!(live.len(), 2);
    let sql = "select json_array(platform, channel, message, deployment) from card";
    assert_eq!(rows(&file, sql).await.into_iter().collect::<BTreeSet<_>>(), cards);
    let sql = "select json_array(rows, hex(chain)) from head";
    let last = "select json_array(sequence, hex(chain)) from fact order by sequence desc limit 1";
    assert_eq!(rows(&file, sql).await, rows(&file, last).await);
}

#[tokio::test]
async fn memory_after_a_start_is_what_it_was_before() {
    let data = tempfile::tempdir().unwrap();
    let mut record = Record::open(data.path()).await;
    record.live_through_everything().await;
    let before = *record.deliveries.activity().borrow();
    record.close().await;
    let record = Record::open(data.path()).await;
    let after = *record.deliveries.activity().borrow();
    assert_eq!(after, before);
    assert!(before.moving > 0 && before.unsettled > 0 && before.deadline.is_some());
    record.close().await;
}

#[tokio::test]
async fn what_people_chose_is_told_once_it_is_durable_and_after_a_start() {
    let data = tempfile::tempdir().unwrap();
    let mut record = Record::open(data.path()).await;
    let told = |record: &Record| -> Vec<_> {
        let chosen = record.deliveries.chosen();
        chosen.iter().map(|(name, locale)| (name.to_string(), *locale)).collect()
    };
    assert_eq!(told(&record), []);
    for (who, line) in [("ana", "language ko"), ("ben", "language en"), ("ben", "language ko")] {
        record.say(who, line).await;
    }
    let both = [("ana".to_owned(), Locale::Ko), ("ben".to_owned(), Locale::Ko)];
    assert_eq!(told(&record), both);
    record.say("ana", "language default").await;
    assert_eq!(told(&record), both[1..]);
    record.close().await;
    let record = Record::open(data.path()).await;
    assert_eq!(told(&record), both[1..]);
    record.close().await;
}

#[tokio::test]
async fn what_is_delivered_five_times_is_applied_once() {
    let data = tempfile::tempdir().unwrap();
    let closed = Record::prepare(data.path()).await;
    let deliveries = closed.deliveries();
    let record = closed.begin();
    let event = record.said("ana", "deploy web to staging");
    let delivery = Delivery { source: "test", id: "the same".into(), event };
    let mut accepted = Vec::new();
    let (one, two, three) = tokio::join!(
        deliveries.deliver(delivery.clone()),
        deliveries.deliver(delivery.clone()),
        deliveries.deliver(delivery.clone()),
    );
    accepted.extend([one.unwrap(), two.unwrap(), three.unwrap()]);
    accepted.push(deliveries.deliver(delivery.clone()).await.unwrap());
    drop(deliveries);
    record.close().await;
    let record = Record::open(data.path()).await;
    // Another body under the same id is the same delivery still.
    let other = Delivery { event: record.said("ben", "deploy api to prod"), ..delivery };
    accepted.push(record.deliveries.deliver(other).await.unwrap());
    let repeated = Accepted::Repeated;
    assert_eq!(accepted, [Accepted::Applied, repeated, repeated, repeated, repeated]);
    assert_eq!(record.reader.recent(9).await.unwrap().len(), 1);
    let file = record.close().await;
    let requested: Vec<_> =
        facts(&file).await.into_iter().filter(|fact| fact.kind() == "requested").collect();
    assert_eq!(requested.len(), 1);
}

#[tokio::test]
async fn what_only_the_store_knows_takes_nothing_along() {
    const DELIVERIES: usize = 300;
    const KNOWN: [usize; 3] = [3, 40, 299];
    let data = tempfile::tempdir().unwrap();
    let said = |record: &Record, number: usize| {
        let service = if number.is_multiple_of(2) { "web" } else { "api" };
        let event = record.said("ana", &format!("deploy {service} to staging"));
        Delivery { source: "test", id: format!("known/{number}"), event }
    };
    let record = Record::open(data.path()).await;
    for number in KNOWN {
        let accepted = record.deliveries.deliver(said(&record, number)).await.unwrap();
        assert_eq!(accepted, Accepted::Applied);
    }
    record.close().await;

    let closed = Record::prepare(data.path()).await;
    let deliveries = closed.deliveries();
    let all: Vec<Delivery> = (0..DELIVERIES).map(|number| said(closed.record(), number)).collect();
    let tasks: Vec<_> = all
        .into_iter()
        .map(|delivery| {
            let deliveries = deliveries.clone();
            tokio::spawn(async move { deliveries.deliver(delivery).await.unwrap() })
        })
        .collect();
    // All of them are in the queue, so that one batch is decided on another that will fail.
    tokio::task::yield_now().await;
    let record = closed.begin();
    for (number, task) in tasks.into_iter().enumerate() {
        let expected = if KNOWN.contains(&number) { Accepted::Repeated } else { Accepted::Applied };
        assert_eq!(task.await.unwrap(), expected, "{number}");
    }
    drop(deliveries);
    let before = *record.deliveries.activity().borrow();
    let file = record.close().await;
    let said = facts(&file).await.into_iter().filter(|fact| fact.kind().starts_with("request"));
    assert_eq!(said.count(), DELIVERIES);
    assert_eq!(rows(&file, "select json_array(count(*)) from aside").await, ["[0]"]);
    assert!(audit_is_whole(&file).await);
    let record = Record::open(data.path()).await;
    assert_eq!(*record.deliveries.activity().borrow(), before);
    record.close().await;
}

#[tokio::test]
async fn who_asks_after_a_delivery_is_told_what_it_left() {
    let data = tempfile::tempdir().unwrap();
    let closed = Record::prepare(data.path()).await;
    let deliveries = closed.deliveries();
    let event = closed.record().said("ana", "deploy web to staging");
    let delivery = Delivery { source: "test", id: "first".into(), event };
    let asked = tokio::spawn(async move {
        let number = DeploymentId(1);
        tokio::join!(deliveries.deliver(delivery), deliveries.is_open(number))
    });
    // Both are in the queue before the engine looks.
    tokio::task::yield_now().await;
    let record = closed.begin();
    let (accepted, is_open) = asked.await.unwrap();
    assert_eq!((accepted.unwrap(), is_open.unwrap()), (Accepted::Applied, true));
    // With nothing on its way, the answer needs no commit.
    assert!(!record.deliveries.is_open(DeploymentId(2)).await.unwrap());
    record.close().await;
}

#[tokio::test]
async fn a_delivery_that_cannot_be_stored_is_kept_aside_and_the_others_are_applied() {
    let data = tempfile::tempdir().unwrap();
    let closed = Record::prepare(data.path()).await;
    let file = data.path().join(DATABASE);
    let trigger = "create trigger refuse before insert on deployment when new.service = 'api'
                   begin select raise(abort, 'the test refuses this row'); end";
    change(&file, trigger).await.unwrap();

    let deliveries = closed.deliveries();
    let words = ["deploy web to staging", "deploy api to staging", "deploy web to prod"];
    let catalog = super::record::catalog();
    let tasks: Vec<_> = words
        .iter()
        .map(|words| {
            let (deliveries, heard) = (deliveries.clone(), catalog.grammar.hear(words));
            let account = wilco::chat::console::Console::account("ana");
            let standing = wilco_core::person::Standing::Member;
            let speaker = wilco_core::person::Speaker { account, standing };
            let (place, words) = (super::record::place(), (*words).to_owned());
            let id = words.clone();
            let event = Event::Said { speaker, place, words, heard };
            tokio::spawn(async move {
                deliveries.deliver(Delivery { source: "test", id, event }).await.unwrap()
            })
        })
        .collect();
    // All of them are in the queue before the engine looks, so they share a batch.
    tokio::task::yield_now().await;
    let record = closed.begin();
    let mut accepted = Vec::new();
    for task in tasks {
        accepted.push(task.await.unwrap());
    }
    assert_eq!(accepted, [Accepted::Applied, Accepted::KeptAside, Accepted::Applied]);
    let services: Vec<String> = record
        .reader
        .open_summaries(None, None, 9)
        .await
        .unwrap()
        .iter()
        .map(|summary| {
            format!("{} {} {}", summary.deployment, summary.service, summary.environment)
        })
        .collect();
    assert_eq!(services, ["#1 web staging", "#2 web prod"]);
    assert_eq!(record.reader.aside().await.unwrap(), 1);

    // Delivered again it is known, and what is kept says what it was and why.
    let event = record.said("ana", words[1]);
    let again = Delivery { source: "test", id: words[1].into(), event };
    assert_eq!(record.deliveries.deliver(again).await.unwrap(), Accepted::Repeated);
    drop(deliveries);
    record.close().await;
    let aside = rows(&file, "select json_array(id, event, reason) from aside").await;
    assert!(aside.len() == 1 && aside[0].contains("the test refuses this row"), "{aside:?}");
    assert!(aside[0].contains("deploy api to staging"));
    assert!(audit_is_whole(&file).await);
}

#[tokio::test]
async fn when_the_store_is_gone_nothing_is_acknowledged_and_nothing_is_lost() {
    let data = tempfile::tempdir().unwrap();
    let record = Record::open(data.path()).await;
    let file = data.path().join(DATABASE);
    change(&file, "alter table outbox rename to gone").await.unwrap();
    let event = record.said("ana", "deploy web to staging");
    let delivery = Delivery { source: "test", id: "once".into(), event };
    assert!(record.deliveries.deliver(delivery.clone()).await.is_err());
    let failure = record.failure().await.to_string();
    assert!(failure.contains("no such table: outbox"), "{failure}");
    assert!(audit_is_whole(&file).await);
    // Put right and started again, it takes what is delivered again as new.
    change(&file, "alter table gone rename to outbox").await.unwrap();
    let record = Record::open(data.path()).await;
    assert_eq!(record.deliveries.deliver(delivery).await.unwrap(), Accepted::Applied);
    assert!(record.deliveries.is_open(DeploymentId(1)).await.unwrap());
    record.close().await;
    assert!(audit_is_whole(&file).await);
}

#[tokio::test]
async fn a_flood_of_one_person_meets_the_limit_and_others_are_served() {
    const FLOOD: usize = 8000;
    let data = tempfile::tempdir().unwrap();
    let mut record = Record::open(data.path()).await;
    let event = record.said("ana", "deploy web to prod");
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..FLOOD {
        let (deliveries, event) = (record.deliveries.clone(), event.clone());
        let delivery = Delivery { source: "test", id: format!("flood/{number}"), event };
        tasks.spawn(async move { deliveries.deliver(delivery).await.unwrap() });
    }
    while let Some(accepted) = tasks.join_next().await {
        assert_eq!(accepted.unwrap(), Accepted::Applied);
    }
    record.say("mina", "deploy api to staging").await;
    let open = record.reader.open_summaries(None, None, 100).await.unwrap();
    assert_eq!(open.len(), record.catalog.limits.open_per_person + 1);
    let file = record.close().await;
    let refused = "select json_array(count(*)) from fact where kind = 'request_refused'";
    assert_eq!(rows(&file, refused).await, [format!("[{}]", FLOOD - 20)]);
}

async fn audit_is_whole(file: &Path) -> bool {
    matches!(wilco::audit::verify(file).await.unwrap(), wilco::audit::Verdict::Whole { .. })
}

async fn facts(file: &Path) -> Vec<Fact> {
    let reader = read_only(file).await.unwrap();
    let mut facts = Vec::new();
    {
        let mut rows = pin!(reader.every_fact());
        while let Some(row) = poll_fn(|context| rows.as_mut().poll_next(context)).await {
            facts.push(audit::read(&stored(&row.unwrap()).unwrap()).unwrap());
        }
    }
    reader.close().await;
    facts
}

async fn rows(file: &Path, sql: &str) -> Vec<String> {
    let mut connection = open_beside(file).await;
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}
