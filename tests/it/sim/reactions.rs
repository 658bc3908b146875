//! Emojis on a message, with who stands behind them, in the order in which they came.

pub type Reactions = Vec<(String, Vec<String>)>;

/// Returns whether it is new.
pub fn add(reactions: &mut Reactions, emoji: &str, user: &str) -> bool {
    let at = reactions.iter().position(|(known, _)| known == emoji);
    let Some(at) = at else {
        reactions.push((emoji.to_owned(), vec![user.to_owned()]));
        return true;
    };
    let users = &mut reactions[at].1;
    let is_new = !users.iter().any(|known| known == user);
    if is_new {
        users.push(user.to_owned());
    }
    is_new
}

/// Returns whether it was there.
pub fn remove(reactions: &mut Reactions, emoji: &str, user: &str) -> bool {
    let Some(at) = reactions.iter().position(|(known, _)| known == emoji) else {
        return false;
    };
    let users = &mut reactions[at].1;
    let before = users.len();
    users.retain(|known| known != user);
    let was_there = users.len() < before;
    if users.is_empty() {
        reactions.remove(at);
    }
    was_there
}
