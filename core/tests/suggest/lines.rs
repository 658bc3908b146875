//! The line that a filled form says.

use wilco_core::grammar::fields::FieldName::{self, *};
use wilco_core::grammar::fields::Need;
use wilco_core::request::Heard;

use crate::{CATALOG, filled, misheard};

fn line(command: &str, values: &[(FieldName, &str)]) -> String {
    CATALOG.grammar.line(&CATALOG.commands[command], &filled(values))
}

#[test]
fn a_line_is_as_plain_as_it_can_be() {
    for (command, values, expected) in [
        ("deploy", &[(Service, "web"), (Environment, "prod")][..], "deploy web prod"),
        (
            "deploy",
            &[(Service, "web"), (Environment, "prod"), (Version, "v1"), (DryRun, "yes")],
            "deploy dry run web@v1 prod",
        ),
        (
            "deploy",
            &[(Service, "web"), (Environment, "prod"), (Parameters, "note=\"two words\"")],
            "deploy web prod note=\"two words\"",
        ),
        ("reject", &[(Deployment, "#7"), (Reason, "too late")], "reject #7 too late"),
        (
            "live",
            &[(Service, "web"), (Environment, "prod"), (Moment, "14:05")],
            "live web prod at 14:05",
        ),
        ("status", &[], "status"),
        ("status", &[(Environment, "prod")], "status prod"),
        ("warm", &[(Service, "web"), (Environment, "prod")], "web prod 예열"),
    ] {
        assert_eq!(line(command, values), expected);
        let exact = filled(values).into_iter().filter(|(field, _)| *field != Parameters).collect();
        assert_eq!(misheard(&CATALOG, &CATALOG.commands[command], &exact), [""; 0], "{expected}");
    }
}

#[test]
fn a_name_that_would_be_heard_as_another_is_said_so_that_it_is_not() {
    for (command, values, expected) in [
        // There is a service of that name, too.
        ("status", &[(Environment, "lab")][..], "status on lab"),
        (
            "deploy",
            &[(Service, "web"), (Environment, "prod"), (Version, "v1로그인")],
            "deploy \"web@v1로그인\" prod",
        ),
    ] {
        assert_eq!(line(command, values), expected);
        let heard = misheard(&CATALOG, &CATALOG.commands[command], &filled(values));
        assert_eq!(heard, [""; 0], "{expected}");
    }
}

#[test]
fn a_value_with_spaces_says_nothing_about_another_field() {
    for (service, environment) in [
        ("web", "prod dry run"),
        ("web staging", "prod"),
        ("web", "prod note=x"),
        ("dry run web", "prod"),
    ] {
        let said = line("deploy", &[(Service, service), (Environment, environment)]);
        let heard = CATALOG.grammar.hear(&said);
        assert!(matches!(heard, Heard::NotUnderstood(_)), "{said}: {heard:?}");
    }
}

#[test]
fn whatever_is_needed_and_filled_in_is_heard() {
    let value = |field| match field {
        Service => "web",
        Environment | From => "staging",
        To => "prod",
        Version => "v1.4.2",
        Deployment => "#7",
        Reason => "too late",
        Moment => "yesterday 09:00",
        Command => "deploy",
        Request => "deploy web to prod",
        Language => "ko",
        DryRun => "true",
        Parameters => "",
    };
    for manifest in CATALOG.commands.values().filter(|manifest| manifest.name.as_str() != "can") {
        let fields = CATALOG.grammar.fields(manifest);
        let fields: Vec<_> = fields.into_iter().filter(|field| field.name != Parameters).collect();
        let needed = fields.iter().filter(|field| field.need == Need::Required);
        let needed: Vec<_> = needed.map(|field| (field.name, value(field.name))).collect();
        let optional = fields.iter().filter(|field| field.need == Need::Optional);
        let mut forms = vec![needed.clone()];
        forms.extend(
            optional.map(|field| [needed.as_slice(), &[(field.name, value(field.name))]].concat()),
        );
        for form in forms {
            let heard = misheard(&CATALOG, manifest, &filled(&form));
            assert_eq!(heard, [""; 0], "{} {form:?}", manifest.name);
        }
    }
    let heard = CATALOG.grammar.hear(&line("can", &[(Request, value(Request))]));
    assert!(matches!(heard, Heard::Understood { .. }), "{heard:?}");
}
