//! Whether something comes from our own workspace and through our own app.

use super::Us;

/// What a payload says of where it comes from; each kind of payload says it elsewhere.
#[derive(Debug, Default)]
pub(super) struct Origin<'a> {
    pub app: Option<&'a str>,
    /// Workspaces of the payload, of what occurred, and of whoever did it.
    pub teams: [Option<&'a str>; 4],
    pub is_shared: bool,
}

impl Origin<'_> {
    /// Returns why this is none of our business, if it is not.
    ///
    /// An app that a whole organisation installed is told `null` for a workspace in some fields. One
    /// field that names ours is enough, one that names another is too many, and none is not enough.
    pub fn is_foreign(&self, us: &Us) -> Option<&'static str> {
        if let (Some(app), Some(ours)) = (self.app, &us.app)
            && app != ours
        {
            return Some("sent to another app");
        }
        if self.is_shared {
            return Some("in a channel that is shared with another organisation");
        }
        let mut named = self.teams.iter().flatten().peekable();
        if named.peek().is_none() {
            return Some("from a workspace that is not named");
        }
        let are_ours = !us.team.is_empty() && named.all(|team| *team == us.team);
        (!are_ours).then_some("from another workspace")
    }
}
