//! Whose votes count in Discord.

use super::Scene;
use crate::rehearsal::discord_room::{CHANNEL, user};
use crate::sim::discord::{BOT_USER, Fault, GUILD, Member, Times, User};

#[tokio::test]
async fn a_bot_a_webhook_and_somebody_of_another_guild_count_for_nothing_in_discord() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    let card = scene.card(1).id;
    let ben = user("ben");
    scene.discord.user(&ben, User { is_bot: true, ..User::named("ben") });
    scene.room().expect(2);
    scene.discord.react(&ben, (CHANNEL, &card), "✅");
    scene.discord.mention(&ben, CHANNEL, "approve #1");
    scene.stage.settle().await;
    scene.room().expect(1);
    scene.discord.say_as_webhook("mina", CHANNEL, &format!("<@{BOT_USER}> approve #1"));
    scene.stage.settle().await;
    let elsewhere = ("700000000000000009", "200000000000000009");
    scene.discord.guild(elsewhere.0, "elsewhere");
    scene.discord.member(elsewhere.0, &user("mina"), Member::default());
    scene.discord.channel(elsewhere.0, elsewhere.1, "deploys");
    scene.room().expect(1);
    scene.discord.mention(&user("mina"), elsewhere.1, "approve #1");
    scene.stage.settle().await;
    let record = scene.record(1).await;
    assert!(!record.contains("approved by"), "{record}");
    scene.say("mina", "/react ✅ #1").await;
    assert!(scene.record(1).await.contains("gates opened (mina)"));
}

#[tokio::test]
async fn an_emoji_of_the_guild_that_is_called_like_a_tick_counts_for_nothing() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    scene.discord.emoji(GUILD, "600000000000000001", "white_check_mark");
    let card = scene.card(1).id;
    scene.room().expect(1);
    scene.discord.react(&user("ben"), (CHANNEL, &card), "white_check_mark:600000000000000001");
    scene.stage.settle().await;
    assert!(!scene.record(1).await.contains("approved by"));
}

#[tokio::test]
async fn who_talks_to_wilco_alone_is_looked_up_in_the_guild() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    scene.discord.leave(GUILD, &user("ben"));
    scene.room().expect(1);
    scene.discord.direct_message(&user("ben"), "approve #1");
    scene.stage.settle().await;
    assert!(!scene.record(1).await.contains("approved by"));
    scene.room().expect(1);
    scene.discord.direct_message(&user("mina"), "approve #1");
    scene.stage.settle().await;
    assert!(scene.record(1).await.contains("gates opened (mina)"));
}

#[tokio::test]
async fn who_cannot_be_looked_up_is_refused() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    let broken = Fault::Error { status: 500, code: 0, message: "broken" };
    scene.discord.fail("get_guild_member", broken, Times::Always);
    scene.room().expect(1);
    scene.discord.direct_message(&user("ben"), "approve #1");
    scene.stage.settle().await;
    assert!(!scene.record(1).await.contains("approved by"));
}

#[tokio::test]
async fn a_reaction_on_another_message_is_no_vote_and_a_reply_is_no_command() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    let card = scene.card(1);
    let copy = scene.discord.say(&user("carl"), CHANNEL, &card.content);
    scene.room().expect(3);
    scene.discord.react(&user("ben"), (CHANNEL, &copy), "✅");
    scene.discord.reply(&user("ben"), (CHANNEL, &card.id), "approve #1");
    scene.stage.settle().await;
    assert!(!scene.record(1).await.contains("approved by"));
}

/// Reacts with this, and returns once that is decided on.
async fn react(scene: &Scene, who: &str, message: &str, emoji: &str) {
    scene.room().expect(1);
    scene.discord.react(who, (CHANNEL, message), emoji);
    scene.stage.settle().await;
}

async fn says_in_the_end(scene: &Scene, who: &str) {
    let record = scene.record(1).await;
    assert!(!record.contains("approved by") && !record.contains("run started"), "{record}");
    // The same by somebody who may, so that it is not something else that keeps it from counting.
    react(scene, &user(who), &scene.card(1).id, "✅").await;
    assert!(scene.record(1).await.contains(&format!("gates opened ({who})")));
}

#[tokio::test]
async fn wilcos_own_signs_are_no_votes_heard_or_read() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    let signs = scene.card(1).reactions;
    assert!(signs.iter().all(|(_, users)| users.iter().any(|user| user == BOT_USER)), "{signs:?}");
    scene.go_away().await;
    scene.come_back().await;
    says_in_the_end(&scene, "ben").await;
}

#[tokio::test]
async fn a_name_copied_from_an_approver_counts_for_nothing_in_discord() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    let card = scene.card(1).id;
    let names = ["ben", "b\u{435}n", "ben\u{200b}", "\u{202e}neb"];
    for (id, name) in (500_000_000_000_000_001_u64..).zip(names) {
        let id = id.to_string();
        let shown = User { shown_name: Some(name.into()), ..User::named(&format!("copy{id}")) };
        scene.discord.user(&id, shown);
        let member = Member { nick: Some(name.into()), ..Member::default() };
        scene.discord.member(GUILD, &id, member);
        react(&scene, &id, &card, "✅").await;
        scene.room().expect(1);
        scene.discord.mention(&id, CHANNEL, "approve #1");
        scene.stage.settle().await;
    }
    says_in_the_end(&scene, "ben").await;
}

#[tokio::test]
async fn an_emoji_that_looks_like_a_tick_counts_for_nothing_in_discord() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    let card = scene.card(1).id;
    for emoji in ["☑️", "✔️", "🆗", "🟢"] {
        react(&scene, &user("ben"), &card, emoji).await;
    }
    says_in_the_end(&scene, "ben").await;
}

#[tokio::test]
async fn a_sign_a_skin_tone_a_button_and_words_are_one_vote_in_discord() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    let card = scene.card(1);
    for emoji in ["✅", "👍", "👍🏽", "👍🏿"] {
        react(&scene, &user("ben"), &card.id, emoji).await;
    }
    scene.press("ben", &card, "wilco.approve").await;
    scene.say("ben", "approve #1").await;
    let record = scene.record(1).await;
    assert!(record.contains("approved by ben") && !record.contains("gates opened"), "{record}");
    assert!(scene.card(1).content.contains("1 more approval"), "{}", scene.card(1).content);
}

#[tokio::test]
async fn a_forward_a_look_alike_of_another_bot_and_an_older_card_take_no_votes() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    let card = scene.card(1).id;
    let other = "500000000000000009";
    scene.discord.user(other, User { is_bot: true, ..User::named("wilco2") });
    scene.discord.member(GUILD, other, Member::default());
    scene.room().expect(2);
    let forward = scene.discord.forward(&user("carl"), CHANNEL, (CHANNEL, &card));
    let imitation = scene.discord.imitate(other, CHANNEL, (CHANNEL, &card));
    for message in [forward, imitation] {
        for name in ["ben", "mina"] {
            react(&scene, &user(name), &message, "✅").await;
        }
    }
    let policy = r#"{ approvals = 1, from = ["approver"], expires = "23h" }"#;
    scene.stage.policy("web", "prod", policy).unwrap();
    scene.stage.reload().await.unwrap();
    scene.stage.settle().await;
    assert_eq!(scene.cards(1).len(), 2);
    for name in ["ben", "mina"] {
        react(&scene, &user(name), &card, "✅").await;
    }
    says_in_the_end(&scene, "ben").await;
}

#[tokio::test]
async fn an_approval_taken_back_unheard_is_noticed_right_before_the_start_in_discord() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    scene.say("ben", "/react ✅ #1").await;
    scene.discord.lose_next(1);
    scene.discord.unreact(&user("ben"), (CHANNEL, &scene.card(1).id), "✅");
    scene.say("mina", "/react ✅ #1").await;
    let record = scene.record(1).await;
    assert!(record.ends_with("approved by mina · vote withdrawn by ben"), "{record}");
}

#[tokio::test]
async fn an_approver_who_lost_the_role_since_starts_nothing_in_discord() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    scene.say("ben", "/react ✅ #1").await;
    scene.stage.role("ben", "deployer").unwrap();
    scene.stage.reload().await.unwrap();
    scene.say("mina", "/react ✅ #1").await;
    let record = scene.record(1).await;
    assert!(record.ends_with("approved by mina"), "{record}");
    scene.say("dana", "/react ✅ #1").await;
    assert!(scene.record(1).await.contains("gates opened (mina, dana)"));
}

#[tokio::test]
async fn who_has_not_agreed_to_the_rules_of_the_guild_counts_for_nothing() {
    let scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    let pending = Member { is_pending: true, ..Member::default() };
    scene.discord.member(GUILD, &user("ben"), pending);
    react(&scene, &user("ben"), &scene.card(1).id, "✅").await;
    scene.say("ben", "approve #1").await;
    says_in_the_end(&scene, "mina").await;
}

#[tokio::test]
async fn an_approver_who_left_the_guild_while_wilco_was_away_is_none_afterwards() {
    let mut scene = Scene::open().await;
    scene.say("ana", "deploy api to prod").await;
    scene.say("ben", "/react ✅ #1").await;
    scene.stage.stop().await;
    scene.discord.leave(GUILD, &user("ben"));
    scene.stage.start().await.unwrap();
    scene.stage.settle().await;
    scene.say("mina", "/react ✅ #1").await;
    let record = scene.record(1).await;
    assert!(record.contains("vote withdrawn by ben"), "{record}");
    assert!(record.contains("approved by mina") && !record.contains("run started"), "{record}");
}

#[tokio::test]
async fn whose_sign_was_put_there_unheard_and_cannot_be_looked_up_waits_for_the_next_look() {
    let mut scene = Scene::open().await;
    scene.say("ana", "deploy web to prod").await;
    scene.stage.stop().await;
    scene.discord.react(&user("ben"), (CHANNEL, &scene.card(1).id), "✅");
    let broken = Fault::Error { status: 500, code: 0, message: "broken" };
    scene.discord.fail("get_guild_member", broken, Times::Always);
    scene.stage.start().await.unwrap();
    scene.stage.settle().await;
    let record = scene.record(1).await;
    assert!(!record.contains("approved by") && !record.contains("run started"), "{record}");
    scene.discord.heal("get_guild_member");
    scene.go_away().await;
    scene.come_back().await;
    assert!(scene.record(1).await.contains("gates opened (ben)"));
}

#[tokio::test]
async fn nothing_that_wilco_sends_wakes_anybody_but_whom_it_answers() {
    let scene = Scene::open().await;
    scene.stage.say("ana", "deploy web@@everyone to prod").await;
    scene.say("ana", "deploy web to prod").await;
    scene.slash("ben", "whoami", &[]).await;
    let id = user("ben");
    scene.say("ben", &format!("reject #1 because <@{id}> @everyone <@&{GUILD}> @here")).await;
    let mut sent = 0;
    for operation in
        ["create_message", "update_message", "update_original_webhook_message", "execute_webhook"]
    {
        for call in scene.discord.calls(operation) {
            sent += 1;
            let allowed = &call["body"]["allowed_mentions"];
            assert_eq!(allowed["parse"], serde_json::json!([]), "{operation}: {call:#}");
        }
    }
    assert!(sent > 3, "{sent} messages");
    let mut said = scene.discord.messages(CHANNEL);
    said.retain(|message| !message.waked.is_empty());
    assert!(said.iter().all(|message| message.reply_to.is_some()), "{said:#?}");
}
