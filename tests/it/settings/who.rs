//! What `people.toml` says that cannot be.

use super::{Configuration, PEOPLE};

#[test]
fn people_say_what_is_wrong_with_them() {
    for (people, said) in [
        ("", "1:1: `person` is missing in this file; without people nobody can"),
        (
            "[person.cy]\nconsole = [\"ben\"]\n",
            "2:12: the account console:local/ben is claimed by `ben` and by `cy`; an account belongs to one",
        ),
        (
            "[person.cy]\nslack = [\"T1/U2\"]\n",
            "2:10: the account slack:T1/U2 is claimed by `ben` and by `cy`",
        ),
        ("[person.cy]\nslack = [\"cy\"]\n", "2:10: `cy` is not an account of slack; write the id"),
        ("[person.cy]\nslack = [\"T1/cy\"]\n", "`T1/cy` is not an account of slack"),
        ("[person.cy]\ndiscord = [\"1/cy\"]\n", "`1/cy` is not an account of discord"),
        ("[person.cy]\nconsole = [\"Cy\"]\n", "`console` cannot be `Cy`: `C` is not allowed"),
        (
            "[person.cy]\nrole = [\"deployer\"]\n",
            "2:1: unknown key `role` in person; did you mean `roles`?",
        ),
        ("[person.cy]\nroles = [\"on call\"]\n", "`roles` cannot be `on call`: ` ` is not allowed"),
        ("[person.cy]\nlocale = \"fr\"\n", "wilco does not speak `fr`; choose \"en\" or \"ko\""),
        ("[person.cy]\nlocal = \"ko\"\n", "unknown key `local` in person; did you mean `locale`?"),
        (
            "[person.cy]\ngithub = \"@cy\"\n",
            "2:10: `@cy` is not a login of GitHub; write the login",
        ),
        ("[person.cy]\nemails = [\"cy\"]\n", "2:11: `cy` is not an address; write it as it"),
        (
            "[person.cy]\ngithub = \"CY\"\n[person.dan]\ngithub = \"cy\"\n",
            "4:10: github/cy is claimed by `cy` and by `dan`; ",
        ),
        (
            "[person.cy]\nemails = [\"a@b.c\"]\n[person.dan]\nemails = [\"A@b.c\"]\n",
            "4:11: a@b.c is claimed by `cy` and by `dan`; ",
        ),
        ("[person.\"Cy \\u001b[31m\"]\n", "`C` is not allowed in a name"),
    ] {
        let people = if people.is_empty() { String::new() } else { format!("{people}{PEOPLE}") };
        let configuration = Configuration::with("config/people.toml", &people);
        configuration.has_one_fault("config/people.toml:", said);
    }
}
