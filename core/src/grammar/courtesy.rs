//! What people add to a line out of courtesy or in haste. It says nothing, so it may be left out.

use super::Grammar;
use super::words::Token;

/// What a line may end with: `deploy web to staging please`, `배포 web staging 해줘`.
const CLOSERS: [&[&str]; 24] = [
    &["please"],
    &["pls"],
    &["plz"],
    &["thanks"],
    &["thx"],
    &["thank", "you"],
    &["좀"],
    &["해"],
    &["해줘"],
    &["해줘요"],
    &["해주세요"],
    &["해주십시오"],
    &["해", "줘"],
    &["해", "줘요"],
    &["해", "주세요"],
    &["해", "주십시오"],
    &["부탁"],
    &["부탁해"],
    &["부탁해요"],
    &["부탁합니다"],
    &["부탁드려요"],
    &["부탁드립니다"],
    &["부탁", "드려요"],
    &["부탁", "드립니다"],
];

/// No ref ends like this, and a name does only when one is known that does.
const FULL_STOPS: [char; 5] = ['?', '.', '~', '…', '。'];

impl Grammar {
    /// Returns the words without what ends a sentence, save for `!`. A lone `?` is a word.
    pub(super) fn without_full_stop(&self, mut tokens: Vec<Token>) -> Vec<Token> {
        let alone = tokens.len() == 1;
        let Some(last) = tokens.last_mut() else { return tokens };
        let kept = last.text.trim_end_matches(FULL_STOPS).len();
        if last.parameter.is_some() || self.is_known(&last.word) || (alone && kept == 0) {
            return tokens;
        }
        shorten(last, kept);
        if kept == 0 {
            tokens.pop();
        }
        tokens
    }

    /// Returns the words without courtesy at either end; a verb with a `!` of its own keeps it.
    pub(super) fn without_courtesy(&self, tokens: &[Token]) -> Vec<Token> {
        let mut kept = tokens.to_vec();
        loop {
            let before = kept.clone();
            self.drop_mark(&mut kept);
            if let Some(start) = self.closer(&kept).filter(|start| *start > 0) {
                kept.truncate(start);
            }
            if kept == before {
                break;
            }
        }
        let verb = |tokens: &[Token]| self.first_verbs.at_the_beginning(tokens).is_some();
        let opens = |token: &&Token| token.flaw.is_none() && self.openers.contains(&token.word);
        let opened = kept.iter().take_while(opens).count();
        if verb(&kept[opened..]) && !verb(&kept) {
            kept.drain(..opened);
        }
        kept
    }

    /// Returns the index at which the courtesy begins that a line ends with.
    pub(super) fn closer(&self, tokens: &[Token]) -> Option<usize> {
        let start = |closer: &&[&str]| {
            let start = tokens.len().checked_sub(closer.len())?;
            let said = &tokens[start..];
            let meant =
                said.iter().all(|token| token.flaw.is_none() && !self.is_known(&token.word));
            let read = said.iter().map(|token| token.word.as_str()).eq(closer.iter().copied());
            (meant && read).then_some(start)
        };
        CLOSERS.iter().filter_map(start).min()
    }

    /// Drops the `!` that a line ends with, unless it stands right at a verb that acts.
    ///
    /// Whoever shouts a verb may mean more than the verb alone, and that is not for us to guess.
    fn drop_mark(&self, tokens: &mut Vec<Token>) {
        let Some(last) = tokens.last().filter(|last| last.parameter.is_none()) else { return };
        let ends = |c: char| c == '!' || FULL_STOPS.contains(&c);
        let kept = last.text.trim_end_matches(ends).len();
        if kept == last.text.len() || self.is_known(&last.word) || (tokens.len() == 1 && kept == 0)
        {
            return;
        }
        let shouted = last.text[kept..].contains('!');
        let mut calm = tokens.clone();
        match calm.last_mut() {
            Some(last) if kept > 0 => shorten(last, kept),
            Some(_) | None => drop(calm.pop()),
        }
        if !(shouted && self.ends_with_an_act(&calm)) {
            *tokens = calm;
        }
    }

    fn ends_with_an_act(&self, tokens: &[Token]) -> bool {
        let owners = [self.first_verbs.at_the_end(tokens), self.last_verbs.at_the_end(tokens)];
        let mut commands = owners.into_iter().flatten().filter_map(|name| self.commands.get(name));
        commands.any(|command| command.action.takes_parameters())
    }

    fn is_known(&self, word: &str) -> bool {
        self.known.services.contains(word) || self.known.environments.contains(word)
    }
}

fn shorten(token: &mut Token, length: usize) {
    token.text.truncate(length);
    token.word = token.text.to_lowercase();
}
