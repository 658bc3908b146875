//! Each kind of event, as the library decodes it.

use serenity::all::{Event, Interaction, ReactionType};

use super::client::{button, register, respond, row, say};
use super::modals::modal;
use super::serenity::Bot;
use super::{ANA, BEN, DEPLOYS, OTHER, guild};
use crate::sim::discord::{
    BOT_USER, GUILD, Member, Overwrite, Press, Role, Shelf, Slash, User, VIEW_CHANNEL,
};
use serde_json::json;

#[tokio::test]
async fn messages_come_from_people_bots_webhooks_and_in_private() {
    let discord = guild().await;
    let mut bot = Bot::enter(&discord).await;
    discord.mention(ANA, DEPLOYS, "deploy");
    let Event::MessageCreate(heard) = bot.next("MESSAGE_CREATE").await else { panic!("another") };
    let message = heard.message;
    assert_eq!((message.author.id.to_string().as_str(), message.author.bot), (ANA, false));
    assert_eq!(message.guild_id.unwrap().to_string(), GUILD);
    assert_eq!(message.mentions[0].id.to_string(), BOT_USER);
    assert!(message.member.is_some() && message.content.ends_with("deploy"));

    let robot = "500000000000000001";
    let mut user = User::named("robot");
    user.is_bot = true;
    discord.user(robot, user);
    discord.member(GUILD, robot, Member::default());
    discord.mention(robot, DEPLOYS, "deploy");
    let Event::MessageCreate(heard) = bot.next("MESSAGE_CREATE").await else { panic!("another") };
    assert!(heard.message.author.bot);

    discord.say_as_webhook("ana", DEPLOYS, &format!("<@{BOT_USER}> deploy"));
    let Event::MessageCreate(heard) = bot.next("MESSAGE_CREATE").await else { panic!("another") };
    assert_eq!(heard.message.author.name, "ana");
    assert!(heard.message.webhook_id.is_some() && heard.message.author.id.to_string() != ANA);

    let (channel, _) = discord.direct_message(ANA, "in private");
    let Event::MessageCreate(heard) = bot.next("MESSAGE_CREATE").await else { panic!("another") };
    assert_eq!((heard.message.content.as_str(), heard.message.guild_id), ("in private", None));
    assert_eq!(heard.message.channel_id.to_string(), channel);

    let card = say(&discord, DEPLOYS, "card").await;
    let Event::MessageCreate(own) = bot.next("MESSAGE_CREATE").await else { panic!("another") };
    assert_eq!(own.message.author.id.to_string(), BOT_USER);
    discord.reply(ANA, (DEPLOYS, &card), "yes");
    let Event::MessageCreate(heard) = bot.next("MESSAGE_CREATE").await else { panic!("another") };
    assert_eq!(heard.message.referenced_message.unwrap().id.to_string(), card);
    assert_eq!(heard.message.content, "yes", "to answer the bot is to name it");
    bot.leave().await;
}

#[tokio::test]
async fn what_is_passed_on_or_imitated_is_another_message() {
    let discord = guild().await;
    let mut bot = Bot::enter(&discord).await;
    let rows = json!([row(&json!([button("go", "Go")]))]);
    let card = json!({ "content": "card", "components": rows });
    let card = super::client::post(&discord, DEPLOYS, card).await.json()["id"].clone();
    let card = card.as_str().unwrap();
    bot.next("MESSAGE_CREATE").await;
    let forward = discord.forward(ANA, OTHER, (DEPLOYS, card));
    let Event::MessageCreate(heard) = bot.next("MESSAGE_CREATE").await else { panic!("another") };
    assert_eq!((heard.message.id.to_string(), heard.message.content.as_str()), (forward, ""));
    assert_eq!(heard.message.message_reference.unwrap().message_id.unwrap().to_string(), card);
    assert_eq!(heard.message.message_snapshots[0].content, "", "without the intent for it");
    let copy = discord.imitate(BEN, OTHER, (DEPLOYS, card));
    bot.next("MESSAGE_CREATE").await;
    let seen = discord.conversation(OTHER);
    assert_eq!(
        (seen[1].id.as_str(), seen[1].by(), seen[1].words().as_str()),
        (copy.as_str(), BEN, "card")
    );
    assert_eq!(seen[1].controls()[0].custom_id, "go");
    bot.leave().await;
}

#[tokio::test]
async fn messages_change_and_go() {
    let discord = guild().await;
    let mut bot = Bot::enter(&discord).await;
    let id = discord.mention(ANA, DEPLOYS, "deploy");
    bot.next("MESSAGE_CREATE").await;
    discord.edit_message((DEPLOYS, &id), &format!("<@{BOT_USER}> rollback"));
    let Event::MessageUpdate(edit) = bot.next("MESSAGE_UPDATE").await else { panic!("another") };
    assert_eq!(edit.id.to_string(), id);
    assert!(edit.edited_timestamp.is_some() && edit.content.unwrap().ends_with("rollback"));
    discord.delete_messages(DEPLOYS, &[&id]);
    let Event::MessageDelete(gone) = bot.next("MESSAGE_DELETE").await else { panic!("another") };
    assert_eq!(gone.message_id.to_string(), id);
    let (a, b) = (discord.say(ANA, DEPLOYS, "a"), discord.say(ANA, DEPLOYS, "b"));
    discord.delete_messages(DEPLOYS, &[&a, &b]);
    let Event::MessageDeleteBulk(gone) = bot.next("MESSAGE_DELETE_BULK").await else {
        panic!("another")
    };
    assert_eq!(gone.ids.len(), 2);
    bot.leave().await;
}

#[tokio::test]
async fn reactions_come_and_go_with_and_without_who() {
    let discord = guild().await;
    let mut bot = Bot::enter(&discord).await;
    let id = say(&discord, DEPLOYS, "card").await;
    let at = (DEPLOYS, id.as_str());
    discord.react(ANA, at, "👍🏽");
    let Event::ReactionAdd(added) = bot.next("MESSAGE_REACTION_ADD").await else {
        panic!("another")
    };
    let reaction = added.reaction;
    assert_eq!(reaction.user_id.unwrap().to_string(), ANA);
    assert_eq!(reaction.emoji, ReactionType::Unicode("👍🏽".into()));
    assert_eq!(reaction.message_author_id.unwrap().to_string(), BOT_USER);
    assert!(reaction.member.is_some());
    discord.unreact(ANA, at, "👍🏽");
    let Event::ReactionRemove(gone) = bot.next("MESSAGE_REACTION_REMOVE").await else {
        panic!("another")
    };
    assert!(gone.reaction.member.is_none() && gone.reaction.user_id.is_some());
    discord.emoji(GUILD, "600000000000000001", "white_check_mark");
    discord.react(ANA, at, "white_check_mark:600000000000000001");
    let Event::ReactionAdd(added) = bot.next("MESSAGE_REACTION_ADD").await else {
        panic!("another")
    };
    assert!(matches!(added.reaction.emoji, ReactionType::Custom { .. }));
    discord.clear_reactions(at, None);
    bot.next("MESSAGE_REACTION_REMOVE_ALL").await;
    assert!(discord.messages(DEPLOYS)[0].reactions.is_empty());
    let (private, hello) = discord.direct_message(ANA, "hello");
    discord.react(ANA, (&private, &hello), "✅");
    let Event::ReactionAdd(added) = bot.next("MESSAGE_REACTION_ADD").await else {
        panic!("another")
    };
    assert!(added.reaction.guild_id.is_none() && added.reaction.member.is_none());
    bot.leave().await;
}

#[tokio::test]
async fn interactions_of_every_kind_are_decoded() {
    let discord = guild().await;
    let mut bot = Bot::enter(&discord).await;
    let option = json!({
        "type": 3, "name": "service", "description": "Which", "required": true, "autocomplete": true,
    });
    let whom = json!({ "type": 6, "name": "who", "description": "Whom" });
    let start = json!({
        "type": 1, "name": "start", "description": "Start", "options": [option, whom],
    });
    let command = json!({ "name": "release", "description": "Release", "options": [start] });
    assert_eq!(register(&discord, json!([command])).await.status, 200);
    let options = [("service", "api"), ("who", BEN)];
    let slash = Slash { user: ANA, channel: DEPLOYS, command: "release start", options: &options };
    let id = discord.slash(slash);
    let Event::InteractionCreate(heard) = bot.next("INTERACTION_CREATE").await else {
        panic!("another")
    };
    let Interaction::Command(command) = heard.interaction else { panic!("no command") };
    assert_eq!((command.id.to_string(), command.locale.as_str()), (id, "ko"));
    assert_eq!(command.data.name, "release");
    assert_eq!(command.user.id.to_string(), ANA);
    let inner = &command.data.options()[0];
    assert_eq!(inner.name, "start");
    assert_eq!(command.data.resolved.users.len(), 1);
    assert_eq!(command.guild_id.unwrap().to_string(), GUILD);

    discord.type_into(slash, "service");
    let Event::InteractionCreate(heard) = bot.next("INTERACTION_CREATE").await else {
        panic!("another")
    };
    let Interaction::Autocomplete(typed) = heard.interaction else { panic!("no completion") };
    assert_eq!(typed.data.autocomplete().unwrap().value, "api");

    let id = say(&discord, DEPLOYS, "card").await;
    let rows = json!([row(&json!([button("approve:42", "Approve")]))]);
    let body = json!({ "components": rows, "allowed_mentions": { "parse": [] } });
    let path = format!("/channels/{DEPLOYS}/messages/{id}");
    assert_eq!(super::client::ask(&discord, "PATCH", &path, body).await.status, 200);
    discord.press(Press { user: BEN, channel: DEPLOYS, message: &id, custom_id: "approve:42" });
    let Event::InteractionCreate(heard) = bot.next("INTERACTION_CREATE").await else {
        panic!("another")
    };
    let Interaction::Component(pressed) = heard.interaction else { panic!("no button") };
    assert_eq!(
        (pressed.data.custom_id.as_str(), pressed.message.id.to_string()),
        ("approve:42", id)
    );
    assert_eq!(pressed.user.id.to_string(), BEN);
    bot.leave().await;
}

#[tokio::test]
async fn places_come_change_and_go() {
    let discord = guild().await;
    let mut bot = Bot::enter(&discord).await;
    let new = "200000000000000009";
    discord.channel(GUILD, new, "new");
    bot.next("CHANNEL_CREATE").await;
    discord.overwrite(new, BOT_USER, Overwrite::deny(VIEW_CHANNEL));
    bot.next("CHANNEL_UPDATE").await;
    discord.say(ANA, new, "nobody hears that");
    discord.delete_channel(new);
    bot.next("CHANNEL_DELETE").await;
    let role = "800000000000000001";
    for name in ["GUILD_ROLE_CREATE", "GUILD_ROLE_UPDATE"] {
        discord.role(GUILD, role, Role { name: "approvers".to_owned(), permissions: 0 });
        bot.next(name).await;
    }
    let another = "700000000000000009";
    discord.guild(another, "Another");
    let Event::GuildCreate(arrived) = bot.next("GUILD_CREATE").await else { panic!("another") };
    assert_eq!(arrived.guild.id.to_string(), another);

    let card = say(&discord, OTHER, "card").await;
    let path = format!("/channels/{OTHER}/messages/{card}/threads");
    let made = super::client::ask(&discord, "POST", &path, json!({ "name": "log" })).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let Event::ThreadCreate(made) = bot.next("THREAD_CREATE").await else { panic!("another") };
    assert_eq!((made.thread.id.to_string(), made.thread.name.as_str()), (card.clone(), "log"));
    discord.shelve(&card, Shelf::Archived);
    let Event::ThreadUpdate(put) = bot.next("THREAD_UPDATE").await else { panic!("another") };
    assert!(put.thread.thread_metadata.unwrap().archived);
    discord.delete_channel(&card);
    bot.next("THREAD_DELETE").await;
    bot.leave().await;
}

#[tokio::test]
async fn answers_are_decoded_and_so_is_what_is_asked_in_private() {
    let discord = guild().await;
    let mut bot = Bot::enter(&discord).await;
    let everywhere = format!("/applications/{}/commands", crate::sim::discord::APP);
    let command = json!([{ "name": "status", "description": "x" }]);
    assert_eq!(super::client::ask(&discord, "PUT", &everywhere, command).await.status, 200);
    let rows = json!([row(&json!([button("why", "Why?")]))]);
    let said =
        json!({ "content": "fine", "components": rows, "allowed_mentions": { "parse": [] } });

    let (private, _) = discord.direct_message(ANA, "hello");
    bot.next("MESSAGE_CREATE").await;
    let slash = Slash { user: ANA, channel: &private, command: "status", options: &[] };
    let asked = discord.slash(slash);
    let Event::InteractionCreate(heard) = bot.next("INTERACTION_CREATE").await else {
        panic!("another")
    };
    let Interaction::Command(command) = heard.interaction else { panic!("no command") };
    assert_eq!((command.user.id.to_string().as_str(), command.guild_id), (ANA, None));
    assert_eq!(respond(&discord, &asked, 4, said.clone()).await.status, 204);
    let Event::MessageCreate(answer) = bot.next("MESSAGE_CREATE").await else { panic!("another") };
    assert!(answer.message.interaction_metadata.is_some());

    let message = answer.message.id.to_string();
    let press = Press { user: ANA, channel: &private, message: &message, custom_id: "why" };
    let pressed = discord.press(press);
    assert_eq!(respond(&discord, &pressed, 4, said.clone()).await.status, 204);
    bot.next("MESSAGE_CREATE").await;
    let pressed = discord.press(press);
    assert_eq!(respond(&discord, &pressed, 9, modal()).await.status, 204);
    let sent = discord.submit(&pressed, &[("reason", "because")]);
    for _ in 0..2 {
        bot.next("INTERACTION_CREATE").await;
    }
    let Event::InteractionCreate(heard) = bot.next("INTERACTION_CREATE").await else {
        panic!("another")
    };
    assert!(matches!(heard.interaction, Interaction::Component(_) | Interaction::Modal(_)));
    assert_eq!(respond(&discord, &sent, 4, said).await.status, 204);
    bot.next("MESSAGE_CREATE").await;
    bot.leave().await;
}
