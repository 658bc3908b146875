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
