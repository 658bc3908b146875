//! The whole wilco, with checks that turn green and red while a deployment waits for them.

use std::fs;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wilco::app::{App, Options};
use wilco::chat::console::Console;
use wilco::clock::Clock;
use wilco::connect::outside::Routes;
use wilco::courier::{Chats, Patience};
use wilco::delivery::Delivery;
use wilco::http::Server;
use wilco::http::github::PATH;
use wilco::http::signed::Key;
use wilco::settings::{self, http::Http};
use wilco::witness::Witness;
use wilco_core::checks::CheckState::{self, Failed, Green, Missing, Running};
use wilco_core::deployment::{Deployment, Outcome, Status};
use wilco_core::event::Event;
use wilco_core::ids::DeploymentId;
use wilco_core::person::{Speaker, Standing};

use super::{Scene, repository};
use crate::sim::github::{Change, Forgery};
use crate::wait::{seen_within, until_seen};

const SECRET: &str = "of the webhook";

/// Sooner than wilco looks by itself, which is every 15 s.
const SOON: Duration = Duration::from_secs(12);

const FILES: [(&str, &str); 3] = [
    ("config/wilco.toml", "[channel.deploys]\nconsole = \"deploys\"\n"),
    (
        "config/people.toml",
        "[person.ana]\nconsole = [\"ana\"]\nroles = [\"deployer\"]\n\
         [person.ben]\nconsole = [\"ben\"]\nroles = [\"approver\"]\n",
    ),
    (
        "config/services.toml",
        "[service.api]\nrepository = \"acme/api\"\nchannel = \"deploys\"\n\
         [service.api.environment.prod]\n\
         pipeline = { backend = \"github\", workflow = \"deploy.yml\" }\n\
         policy = { approvals = 1, from = [\"approver\"], checks = [\"build\"] }\n",
    ),
];

async fn open(scene: &Scene) -> App {
    let home = scene.home.path();
    for (name, text) in FILES {
        let path = home.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let own = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("commands");
    fs::create_dir_all(home.join("commands")).unwrap();
    for name in ["deploy.toml", "approve.toml"] {
        fs::copy(own.join(name), home.join("commands").join(name)).unwrap();
    }
    let console = Console::plain("deploys", std::io::sink());
    let (first, longest) = (Duration::from_millis(20), Duration::from_millis(200));
    let options = Options {
        data: home.join("data"),
        catalog: settings::load(&home.join("config")).unwrap().catalog,
        chats: Chats { console: Some(Arc::new(console)), ..Chats::default() },
        backends: scene.backends(),
        clock: Clock::System,
        patience: Patience { first, longest, tries: 8, call: Duration::from_secs(20) },
        witness: Witness::default(),
    };
    App::start(options).await.unwrap()
}

async fn say(app: &App, who: &str, words: &str) {
    let event = Event::Said {
        speaker: Speaker { account: Console::account(who), standing: Standing::Member },
        place: Console::plain("deploys", std::io::sink()).place(),
        words: words.to_owned(),
        heard: app.catalog.borrow().grammar.hear(words),
    };
    let delivery = Delivery { source: "test", id: format!("{who}: {words}"), event };
    app.deliveries.deliver(delivery).await.unwrap();
}

/// Waits until the deployment is so. GitHub tells again and again that checks may stand otherwise.
async fn until(
    (app, scene): (&App, &Scene),
    what: &str,
    is_so: impl Fn(&Deployment) -> bool,
) -> Deployment {
    until_seen(what, async || {
        scene.adapter.hurry().look_at_checks(&repository(), &scene.first);
        seen(app, &is_so).await
    })
    .await
}

async fn seen(app: &App, is_so: impl Fn(&Deployment) -> bool) -> Option<Deployment> {
    app.reader.deployment(DeploymentId(1)).await.unwrap().filter(|found| is_so(found))
}

/// Has webhooks reach the app, by the route that the program has for them.
fn listening(scene: &Scene, app: &App) -> Server {
    let mut routes = Routes::default();
    let hurry = Some(scene.adapter.hurry());
    routes.add_github(Key::new(SECRET).unwrap(), app, hurry, Clock::System);
    let anywhere = Http { listen: (Ipv4Addr::LOCALHOST, 0).into() };
    let server = routes.serve(app, Some(anywhere)).unwrap().unwrap();
    scene.github.hook(&format!("http://{}{PATH}", server.address()), SECRET);
    server
}

fn stands(state: CheckState) -> impl Fn(&Deployment) -> bool {
    move |found| found.checks.iter().map(|check| check.state).eq([state])
}

#[tokio::test]
async fn a_deployment_waits_for_its_checks_and_starts_once_they_are_green() {
    let scene = Scene::open().await;
    let app = open(&scene).await;
    let both = (&app, &scene);
    let (at, sha) = (scene.at(), scene.first.as_str());
    say(&app, "ana", "deploy api to prod").await;
    until(both, "nothing is reported", stands(Missing)).await;
    at.check(sha, "build", None);
    until(both, "it runs", stands(Running)).await;
    say(&app, "ben", "approve #1").await;
    at.check(sha, "build", Some("failure"));
    let failed = until(both, "it failed", stands(Failed)).await;
    assert_eq!((failed.status, failed.approvers().len()), (Status::Waiting, 1));
    assert_eq!(scene.github.dispatches(), 0);
    at.check(sha, "build", Some("success"));
    let ended = until(both, "it is over", Deployment::is_over).await;
    assert_eq!(ended.status, Status::Ended(Outcome::Succeeded));
    assert_eq!((scene.github.dispatches(), scene.github.refused_requests()), (1, 0));
    app.stop().await;
}

#[tokio::test]
async fn a_check_that_turned_red_since_the_vote_starts_nothing_also_after_a_restart() {
    let scene = Scene::open().await;
    let app = open(&scene).await;
    scene.at().check(scene.first.as_str(), "build", Some("success"));
    say(&app, "ana", "deploy api to prod").await;
    until((&app, &scene), "it is green", stands(Green)).await;
    // Nobody is told: wilco sees it at its last look.
    scene.at().check(scene.first.as_str(), "build", Some("failure"));
    say(&app, "ben", "approve #1").await;
    until((&app, &scene), "it is red", stands(Failed)).await;
    app.stop().await;
    assert_eq!(scene.github.dispatches(), 0);
    let app = open(&scene).await;
    scene.at().check(scene.first.as_str(), "build", Some("success"));
    let ended = until((&app, &scene), "it is over", Deployment::is_over).await;
    assert_eq!(ended.status, Status::Ended(Outcome::Succeeded));
    assert_eq!(scene.github.dispatches(), 1);
    app.stop().await;
}

/// Waits until the deployment is so, sooner than by asking again and again.
async fn soon(app: &App, what: &str, is_so: impl Fn(&Deployment) -> bool) -> Deployment {
    let found = seen_within(SOON, async || seen(app, &is_so).await).await;
    found.unwrap_or_else(|| panic!("GitHub said so, and nobody looked: {what}"))
}

#[tokio::test]
async fn a_webhook_opens_the_gate_long_before_it_is_time_to_look_again() {
    for of_status in [false, true] {
        let scene = Scene::open().await;
        let app = open(&scene).await;
        let server = listening(&scene, &app);
        let (at, sha) = (scene.at(), scene.first.as_str());
        say(&app, "ana", "deploy api to prod").await;
        soon(&app, "nothing is reported", stands(Missing)).await;
        say(&app, "ben", "approve #1").await;
        let report = |state: &str| {
            if of_status {
                at.status(sha, "build", state);
            } else {
                at.check(sha, "build", Some(state).filter(|state| *state != "pending"));
            }
        };
        report("pending");
        soon(&app, "it runs", stands(Running)).await;
        report("success");
        soon(&app, "it is green", stands(Green)).await;
        let ended = until_seen("it is over", async || seen(&app, Deployment::is_over).await).await;
        assert_eq!(ended.status, Status::Ended(Outcome::Succeeded));
        assert_eq!((scene.github.dispatches(), scene.github.refused_requests()), (1, 0));
        server.stop().await;
        app.stop().await;
    }
}

#[tokio::test]
async fn a_webhook_that_is_forged_repeated_or_of_something_else_costs_no_look_and_many_cost_few() {
    let scene = Scene::open().await;
    let app = open(&scene).await;
    let server = listening(&scene, &app);
    let (at, sha) = (scene.at(), scene.first.as_str());
    say(&app, "ana", "deploy api to prod").await;
    soon(&app, "nothing is reported", stands(Missing)).await;
    at.check(sha, "build", None);
    soon(&app, "it runs", stands(Running)).await;
    scene.github.await_deliveries().await;
    let told = scene.github.deliveries().pop().unwrap();
    assert_eq!((told.event, &told.answers[..]), ("check_run", &[Some(202)][..]));
    let looks = || scene.github.calls("repos/get-combined-status-for-ref").len();
    let (before, begun) = (looks(), Instant::now());
    for forgery in [Forgery::Unsigned, Forgery::OtherSecret, Forgery::AnotherBody] {
        assert_eq!(scene.github.forge(&told.id, forgery).await, Some(401));
    }
    for _ in 0..10 {
        assert_eq!(scene.github.redeliver(&told.id).await, Some(202));
    }
    let other = at.commit("feature", Change::by("eve", "Something else"));
    at.check(&other, "build", Some("success"));
    scene.github.await_deliveries().await;
    // What they led to, if anything, came before what these lead to.
    for number in 0..100 {
        at.status(sha, &format!("ci/{number}"), "success");
    }
    scene.github.await_deliveries().await;
    at.check(sha, "build", Some("failure"));
    soon(&app, "it failed", stands(Failed)).await;
    let (looks, seconds) = (looks() - before, begun.elapsed().as_secs());
    assert!(u64::try_from(looks).unwrap() <= seconds + 2, "{looks} looks in {seconds} s");
    server.stop().await;
    app.stop().await;
}
