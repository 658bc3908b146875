//! The console's own few sentences, in each language.

use std::path::PathBuf;

use wilco_core::ids::{DeploymentId, PersonName};
use wilco_core::notice::Locale;
use wilco_core::wording::particle::topic;

use super::input::LINE_BYTES_MAX;
use super::slash::USAGES;

/// Something that the console itself says; what wilco says about deployments is worded in the core.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phrase {
    /// The first words of `wilco demo`.
    Greeting {
        speaker: PersonName,
        files: PathBuf,
        database: PathBuf,
        stay: Stay,
    },
    SlashHelp,
    SlashUsage {
        usage: &'static str,
    },
    UnknownSlash {
        word: String,
        nearest: Option<&'static str>,
    },
    /// Who speaks from now on.
    Speaker {
        name: PersonName,
        is_known: bool,
    },
    BadName {
        name: String,
    },
    NotANumber {
        text: String,
    },
    NotAnEmoji {
        text: String,
    },
    /// A reaction to a card that is not here.
    NoCard {
        deployment: DeploymentId,
    },
    /// A reaction is taken away from a card whose deployment is over.
    TakenBackTooLate {
        deployment: DeploymentId,
    },
    /// Waiting for something that is over or never was.
    NotOpen {
        deployment: DeploymentId,
    },
    /// Waiting for something that nothing but people or time will end.
    WaitsForPeople {
        deployment: DeploymentId,
    },
    /// Said of a line by its number; `None` on a terminal, where it is the one just typed.
    LineTooLong {
        line: Option<u64>,
    },
    LineNotUtf8 {
        line: Option<u64>,
        byte: usize,
    },
    LineControlCharacter {
        line: Option<u64>,
        byte: usize,
        found: char,
    },
    InputFailed {
        reason: String,
    },
    NotRecorded {
        reason: String,
    },
    KeptAside,
    Stopping,
    HowToLeave,
}

/// What becomes of the demo's files when it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stay {
    Kept,
    Temporary,
}

impl Phrase {
    pub fn text(&self, locale: Locale) -> String {
        match locale {
            Locale::En => self.english(),
            Locale::Ko => self.korean(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::Greeting { speaker, files, database, stay } => {
                let going = match stay {
                    Stay::Kept => "",
                    Stay::Temporary => {
                        "\nBoth are removed when the demo ends; `wilco demo --data DIR` keeps them."
                    }
                };
                english_greeting(speaker, files, database) + going
            }
            Self::SlashHelp => "The console understands, beside what wilco does (say `help`):
  /as NAME        speaks as somebody else, also as a stranger
  /react ✅ #1    puts a reaction on the card of #1; ✅ 👍 approve, ❌ 👎 reject
  /unreact ✅ #1  takes it away again
  /wait #1        waits until #1 is over
  /quit           leaves
  /help           shows this"
                .to_owned(),
            Self::SlashUsage { usage } => format!("That command is written `{usage}`."),
            Self::UnknownSlash { word, nearest } => {
                let question =
                    nearest.map(|it| format!(" Did you mean `{it}`?")).unwrap_or_default();
                format!("The console has no `/{word}`.{question} It knows {}.", list())
            }
            Self::Speaker { name, is_known: true } => format!("You speak as {name} now."),
            Self::Speaker { name, is_known: false } => format!(
                "You speak as {name} now. people.toml does not know {name}, so this is a stranger; `/as NAME` changes back."
            ),
            Self::BadName { name } => format!(
                "`{name}` cannot be a name. Use lower-case letters, digits, `-`, `_` and `.`, such as `/as ben`."
            ),
            Self::NotANumber { text } => format!(
                "`{text}` is not the number of a deployment. Numbers look like #1; `status` shows them."
            ),
            Self::NotAnEmoji { text } => {
                format!(
                    "`{text}` is not an emoji. Use one, such as `/react ✅ #1`; `:+1:` works too."
                )
            }
            Self::NoCard { deployment } => format!(
                "There is no card of {deployment} here to react to. `status` shows what is going on."
            ),
            Self::TakenBackTooLate { deployment } => format!(
                "{deployment} is over, so taking a reaction away changes nothing any more. `show {deployment}` tells how it went."
            ),
            Self::NotOpen { deployment } => format!(
                "{deployment} is not going on: it is over, or there never was one. `show {deployment}` tells which."
            ),
            Self::WaitsForPeople { deployment } => format!(
                "{deployment} waits for people or for its time, and nothing here will end it by itself. `why {deployment}` tells for whom."
            ),
            Self::LineTooLong { line } => format!(
                "{} is longer than {LINE_BYTES_MAX} bytes and was not read. Say it in fewer words.",
                english_line(*line)
            ),
            Self::LineNotUtf8 { line, byte } => format!(
                "{} is not valid UTF-8 from byte {byte} on and was not read. Send it again as UTF-8 text.",
                english_line(*line)
            ),
            Self::LineControlCharacter { line, byte, found } => format!(
                "{} has a control character (U+{:04X}) at byte {byte} and was not read. Send it again without it.",
                english_line(*line),
                u32::from(*found)
            ),
            Self::InputFailed { reason } => format!(
                "The input cannot be read any further ({reason}). What was read until now was taken; send the rest again."
            ),
            Self::NotRecorded { reason } => format!(
                "That was not recorded and does not count ({reason}). Mend the cause, then say it again."
            ),
            Self::KeptAside => {
                "wilco could not work with that and kept it aside, and nothing was changed. \
                 Look into its log for the reason, then say it in another way."
                    .to_owned()
            }
            Self::Stopping => {
                "wilco is stopping, so that was not taken. Start it again and say it once more."
                    .to_owned()
            }
            Self::HowToLeave => "`/quit` or Ctrl-D leaves; so does another Ctrl-C.".to_owned(),
        }
    }

    fn korean(&self) -> String {
        match self {
            Self::Greeting { speaker, files, database, stay } => {
                let going = match stay {
                    Stay::Kept => "",
                    Stay::Temporary => {
                        "\n데모가 끝나면 모두 지워집니다. 남기려면 `wilco demo --data 폴더`로 시작하세요."
                    }
                };
                korean_greeting(speaker, files, database) + going
            }
            Self::SlashHelp => {
                "wilco의 명령(`도움말`로 볼 수 있습니다) 말고도 콘솔에서 쓸 수 있는 명령입니다.
  /as NAME        다른 사람으로 말합니다. 모르는 사람도 됩니다
  /react ✅ #1    #1 카드에 반응을 답니다. ✅ 👍 승인, ❌ 👎 거절
  /unreact ✅ #1  반응을 거둡니다
  /wait #1        #1이 끝날 때까지 기다립니다
  /quit           나갑니다
  /help           이 도움말을 보여 줍니다"
                    .to_owned()
            }
            Self::SlashUsage { usage } => format!("이 명령은 `{usage}`처럼 씁니다."),
            Self::UnknownSlash { word, nearest } => {
                let question = nearest
                    .map(|it| format!(" `{it}` 명령을 쓰려고 하셨나요?"))
                    .unwrap_or_default();
                format!(
                    "콘솔에는 `/{word}` 명령이 없습니다.{question} 쓸 수 있는 명령: {}.",
                    list()
                )
            }
            Self::Speaker { name, is_known: true } => format!("이제 {name} 님으로 말합니다."),
            Self::Speaker { name, is_known: false } => format!(
                "이제 {name} 님으로 말합니다. people.toml에 {name} 님이 없으므로 모르는 사람으로 다룹니다. `/as NAME`으로 되돌릴 수 있습니다."
            ),
            Self::BadName { name } => format!(
                "`{name}`{} 이름으로 쓸 수 없습니다. `/as ben`처럼 영문 소문자, 숫자, `-`, `_`, `.`만 쓰세요.",
                topic(name)
            ),
            Self::NotANumber { text } => format!(
                "`{text}`{} 배포 번호가 아닙니다. 번호는 #1처럼 쓰며, `상태`로 볼 수 있습니다.",
                topic(text)
            ),
            Self::NotAnEmoji { text } => format!(
                "`{text}`{} 이모지가 아닙니다. `/react ✅ #1`처럼 이모지를 쓰세요. `:+1:`도 됩니다.",
                topic(text)
            ),
            Self::NoCard { deployment } => format!(
                "여기에는 반응을 달 {deployment} 카드가 없습니다. `상태`로 진행 중인 배포를 확인하세요."
            ),
            Self::TakenBackTooLate { deployment } => format!(
                "{deployment} 배포는 이미 끝나서, 반응을 거두어도 바뀌는 것이 없습니다. 경과는 `보기 {deployment}`로 확인하세요."
            ),
            Self::NotOpen { deployment } => format!(
                "{deployment} 배포는 진행 중이 아닙니다. 이미 끝났거나 없는 번호입니다. `보기 {deployment}`로 확인하세요."
            ),
            Self::WaitsForPeople { deployment } => format!(
                "{deployment} 배포는 사람이나 정해진 시각을 기다리고 있어 저절로 끝나지 않습니다. `왜 {deployment}`로 누구를 기다리는지 확인하세요."
            ),
            Self::LineTooLong { line } => format!(
                "{} {LINE_BYTES_MAX}바이트보다 길어서 읽지 않았습니다. 더 짧게 말해 주세요.",
                korean_line(*line)
            ),
            Self::LineNotUtf8 { line, byte } => format!(
                "{} {byte}번째 바이트부터 올바른 UTF-8이 아니어서 읽지 않았습니다. UTF-8 텍스트로 다시 보내 주세요.",
                korean_line(*line)
            ),
            Self::LineControlCharacter { line, byte, found } => format!(
                "{} {byte}번째 바이트에 제어 문자(U+{:04X})가 있어서 읽지 않았습니다. 그 문자를 빼고 다시 보내 주세요.",
                korean_line(*line),
                u32::from(*found)
            ),
            Self::InputFailed { reason } => format!(
                "입력을 더 읽을 수 없습니다({reason}). 지금까지 읽은 것은 처리했으니 나머지를 다시 보내 주세요."
            ),
            Self::NotRecorded { reason } => format!(
                "기록하지 못했으므로 효력이 없습니다({reason}). 원인을 해결한 뒤 다시 말해 주세요."
            ),
            Self::KeptAside => "wilco가 처리하지 못해 따로 보관했으며, 바뀐 것은 없습니다. \
                 로그에서 이유를 확인한 뒤 다르게 말해 주세요."
                .to_owned(),
            Self::Stopping => {
                "wilco가 멈추는 중이라 받지 못했습니다. 다시 시작한 뒤 한 번 더 말해 주세요."
                    .to_owned()
            }
            Self::HowToLeave => {
                "나가려면 `/quit`을 입력하거나 Ctrl-D를 누르세요. Ctrl-C를 한 번 더 눌러도 됩니다."
                    .to_owned()
            }
        }
    }
}

fn english_line(line: Option<u64>) -> String {
    line.map_or_else(|| "That line".to_owned(), |number| format!("Line {number}"))
}

fn korean_line(line: Option<u64>) -> String {
    line.map_or_else(|| "입력한 줄은".to_owned(), |number| format!("{number}번째 줄은"))
}

fn list() -> String {
    let all: Vec<String> = USAGES.iter().map(|(name, _)| format!("/{name}")).collect();
    all.join(", ")
}

fn english_greeting(
    speaker: &PersonName,
    files: &std::path::Path,
    database: &std::path::Path,
) -> String {
    format!(
        "This is wilco in a terminal that behaves like a chat channel: real pipelines, a real
database, no account and no server. You speak as {speaker}. Try:

  deploy web to staging            runs at once: staging asks for no approval
  deploy api@v1.1.0 to prod        waits until somebody else approves
  /as ben                          then  /react ✅ #2  approves it
  changes api prod                 what would ship, and whose work it is
  help                             everything that you may say; /help for the console

What you may change is in {}; the record is in {}.",
        files.display(),
        database.display()
    )
}

fn korean_greeting(
    speaker: &PersonName,
    files: &std::path::Path,
    database: &std::path::Path,
) -> String {
    format!(
        "채팅 채널처럼 쓰는 터미널에서 wilco를 체험합니다. 파이프라인도 데이터베이스도 진짜이며,
계정이나 서버는 필요 없습니다. 지금은 {speaker} 님으로 말합니다. 이렇게 해 보세요.

  배포 web staging                 바로 실행됩니다. staging은 승인이 필요 없습니다
  배포 api@v1.1.0 prod             다른 사람이 승인할 때까지 기다립니다
  /as ben                          그다음  /react ✅ #2  로 승인합니다
  변경 api prod                    무엇이 나가는지, 누가 작업했는지 보여 줍니다
  도움말                           할 수 있는 말을 모두 보여 줍니다. 콘솔 명령은 /help

설정 파일은 {}, 기록은 {}에 있습니다.",
        files.display(),
        database.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_names_every_command() {
        for locale in [Locale::En, Locale::Ko] {
            let help = Phrase::SlashHelp.text(locale);
            for (_, usage) in USAGES {
                assert!(help.contains(usage), "{usage} is not in {help}");
            }
        }
    }

    #[test]
    fn an_unknown_command_is_answered_with_all_that_there_are() {
        let phrase = Phrase::UnknownSlash { word: "raect".into(), nearest: Some("/react ✅ #1") };
        assert_eq!(
            phrase.text(Locale::En),
            "The console has no `/raect`. Did you mean `/react ✅ #1`? \
             It knows /as, /react, /unreact, /wait, /quit, /help."
        );
        assert!(phrase.text(Locale::Ko).contains("`/react ✅ #1` 명령을 쓰려고 하셨나요?"));
    }
}
