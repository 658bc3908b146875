# Every sentence that wilco says in English. A test fails while another language lacks one of them,
# or takes other variables. What is refused ends with what to do next.

## Parts of sentences

duration-seconds = { $number }s
duration-minutes = { $number }m
duration-hours = { $number }h
duration-days = { $number }d
duration-two = { $large }{ $small }

list-empty = nobody
list-plain = { $first }, { $last }
list-or = { $first } or { $last }
list-and = { $first } and { $last }
list-more = { $shown } and { $more } more

version-named = { $reference } ({ $commit })
version-default = (default version)

person-erased = somebody whose name was erased
reason-erased = the reason was erased
reason-none = no reason was given
asked-by = asked by { $requester }

kind-deploy = deploy
kind-rollback = rollback

status-resolving = looking up the version
status-waiting = waiting
status-starting = starting
status-running = running
status-succeeded = succeeded
status-failed = failed
status-rejected = rejected
status-cancelled = cancelled
status-expired = expired

stage-running = running
stage-succeeded = done
stage-failed = failed
stage-skipped = skipped

part-policy = the policy
part-pipeline = the pipeline
part-script = the pipeline's script

verdict-approve = approval
verdict-reject = rejection

slot-service = service
slot-environment = environment
slot-version = version
slot-deployment = deployment
slot-from = from
slot-to = to
slot-reason = reason
slot-moment = moment
slot-command = command
slot-request = request
slot-language = language
slot-parameters = parameters
form-dry-run = dry run

approvals = { $count ->
    [one] 1 approval
   *[other] { $count } approvals
}
approvals-more = { $count ->
    [one] 1 more approval
   *[other] { $count } more approvals
}
approvals-from = { $approvals } from { $roles } ({ $who })
approvals-from-nobody = { $approvals } from { $roles } (nobody who could still give one has that role)
approvals-from-no-role = { $approvals } that nobody can give, because the policy names no role
blocker-version = the lookup of its version
blocker-authors = a version whose authors are all known, since they may not approve it
blocker-out-of-reach = more people with { $roles } in people.toml: { $need ->
    [one] 1 approval is needed
   *[other] { $need } approvals are needed
}, and { $most ->
    [0] nobody could ever give one
    [one] only 1 could ever be given
   *[other] only { $most } could ever be given
}
blocker-checks = green checks ({ $checks })
blocker-lane = its turn behind { $by }
blocker-branch = a merge: its commit is on none of the branches that may be deployed there ({ $branches })

check-green = { $name } is green
check-running = { $name } is running
check-failed = { $name } failed
check-missing = nothing reported for { $name } so far
check-unknown = { $name } cannot be read for now

cause-succeeded = no error
cause-status = exit status { $status }
cause-signal = ended by signal { $signal }
cause-cancelled = stopped on request
cause-timed-out = timed out
cause-not-runnable = it could not begin: { $reason }
cause-lost = nobody can tell how it ended

effect-resolve = looking up the version
effect-confirm = checking the version once more before the start
effect-start-run = starting the run
effect-cancel-run = stopping the run
effect-show-card = showing the card
effect-show-news = showing news
effect-log = writing to the log under the card
effect-tell = sending a message to one person
effect-answer = answering a question
effect-recall = reading the record
effect-ask-reason = asking for the reason of a rejection
effect-show-home = showing somebody's own page
effect-read-checks = reading the checks of a commit
effect-read-reactions = reading the reactions of a card
effect-identify = finding out who somebody is

## Refusals because of who asks

refusal-not-a-person = I do not know whose account `{ $platform }:{ $entry }` is, so I cannot do that for you. Ask whoever keeps people.toml to add `{ $platform } = ["{ $entry }"]` to your entry.
refusal-bot = Bots and webhooks may not ask or vote here. Let a person say it from their own account.
refusal-guest = Guests may not ask or vote here. Ask a full member of this workspace to do it.
refusal-stranger = You belong to another workspace, so I cannot count what you say here. Ask a member of this workspace to do it.
refusal-deactivated = Your account is deactivated, so it counts no more. Ask your workspace's administrators to bring it back.
refusal-unverified = I could not check your account just now, and until I can, the answer is no. Try again in a moment.
refusal-missing-role = `{ $command }` takes the role { $roles }, which you do not have. Ask somebody who has it, or have it added to your entry in people.toml.
refusal-command-for-nobody = `{ $command }` is open to nobody, because its file names no role. Ask whoever keeps `commands/` to name one in `who`.
refusal-own-deployment = You asked for { $deployment } yourself, so someone else must approve it: { $who } can.
refusal-own-deployment-nobody = You asked for { $deployment } yourself, so someone else must approve it, and nobody else has a role that can. Have it given to somebody in people.toml.
refusal-own-commits = You wrote some of what { $deployment } ships, and its policy wants somebody who did not: { $who } can approve it.
refusal-own-commits-nobody = You wrote some of what { $deployment } ships, and its policy wants somebody who did not, but nobody else has a role that can. Have it given to somebody in people.toml.
refusal-not-an-approver = { $deployment } is approved by the role { $roles }, which you do not have. `why { $deployment }` shows who can approve it.
refusal-approval-by-nobody = Nobody can approve { $deployment }, because its policy names no role. Ask whoever keeps services.toml to name one in `from`.
refusal-no-approval-needed = { $deployment } needs no approval, so there is nothing to vote on. Say `cancel { $deployment }` if it must not run.
refusal-may-not-reject = { $deployment } is rejected by the role { $roles }, which you do not have. Tell somebody who has it what is wrong.
refusal-rejection-by-nobody = Nobody can reject { $deployment }, because its policy names no role for that. Ask the one who asked for it to say `cancel { $deployment }`.
refusal-may-not-cancel = You may not cancel { $deployment }, and no role may. Ask whoever keeps services.toml.
refusal-may-not-cancel-requester = You may not cancel { $deployment }. Ask { $requester }, who asked for it.
refusal-may-not-cancel-roles = You may not cancel { $deployment }. Ask somebody with the role { $roles }.
refusal-may-not-cancel-either = You may not cancel { $deployment }. Ask { $requester }, who asked for it, or somebody with the role { $roles }.

## Refusals because of what was named

refusal-unknown-service-nearest = There is no service `{ $service }` here; did you mean `{ $nearest }`? I deploy only what is named exactly. Known: { $known }.
refusal-unknown-service = There is no service `{ $service }` here. Name one of these exactly: { $known }.
refusal-unknown-name-nearest = There is neither a service nor an environment `{ $name }` here; did you mean `{ $nearest }`? Services: { $services }. Environments: { $environments }.
refusal-unknown-name = There is neither a service nor an environment `{ $name }` here. Name one of these. Services: { $services }. Environments: { $environments }.
refusal-no-services = There is no service `{ $service }` here, nor any other. Add it to services.toml first.
refusal-environment-of-service = Service `{ $service }` has no environment `{ $environment }`
refusal-environment-anywhere = There is no environment `{ $environment }` here
refusal-unknown-environment-nearest = { $wrong }; did you mean `{ $nearest }`? I deploy only to what is named exactly. Known: { $known }.
refusal-unknown-environment = { $wrong }. Name one of these exactly: { $known }.
refusal-no-environments = { $wrong }, nor any other. Add it to services.toml first.
refusal-unknown-command-nearest = There is no command `{ $command }`; did you mean `{ $nearest }`? `help` lists what you can say.
refusal-unknown-command = There is no command `{ $command }`. `help` lists what you can say.
refusal-unknown-parameter-nearest = There is no parameter `{ $parameter }` here; did you mean `{ $nearest }`? Known: { $known }.
refusal-unknown-parameter = There is no parameter `{ $parameter }` here. Use one of these: { $known }.
refusal-no-parameters = There is no parameter `{ $parameter }` here: this pipeline takes none. Say it again without.
refusal-missing-parameter = The parameter `{ $parameter }` is missing. Say it again with `{ $parameter }=VALUE`.
refusal-missing-parameter-choices = The parameter `{ $parameter }` is missing. Say it again with `{ $parameter }=` and one of: { $choices }.
refusal-bad-parameter = `{ $value }` cannot be the value of `{ $parameter }`. Say it again with one that is short, on a single line, and does not begin with `-`.
refusal-bad-parameter-choices = `{ $value }` cannot be the value of `{ $parameter }`. Say it again with one of: { $choices }.

## Refusals because of how things stand

refusal-no-such-deployment = There is no deployment { $deployment }. `status` shows what is going on, and `history SERVICE ENVIRONMENT` what was.
refusal-not-yet = The version of { $deployment } is still being looked up, so there is nothing to vote on yet. Vote when the card shows the commit.
refusal-already-started = { $deployment } has started already, so votes change nothing any more. Say `cancel { $deployment }` to have it stopped.
refusal-over-succeeded = { $deployment } is over: it succeeded. Say `rollback { $service } { $environment }` to go back to the version before.
refusal-over-command-succeeded = { $deployment } is over: it succeeded. Say the command again to run it once more.
refusal-over-command = { $deployment } is over and did not succeed. Say the command again to run it once more.
refusal-over-failed = { $deployment } is over: it failed. Say `retry { $deployment }` to ask for the same again.
refusal-over-rejected = { $deployment } is over: it was rejected. Say `retry { $deployment }` to ask for the same again.
refusal-over-cancelled = { $deployment } is over: it was cancelled. Say `retry { $deployment }` to ask for the same again.
refusal-over-expired = { $deployment } is over: it expired. Say `retry { $deployment }` to ask for the same again.
refusal-not-over = { $deployment } is not over yet. `why { $deployment }` shows what it waits for, and `cancel { $deployment }` stops it.
refusal-nothing-live = Nothing is live yet for service `{ $service }` in { $environment }. Begin with `deploy { $service } to { $environment }`.
refusal-nothing-before = No other version was live for service `{ $service }` in { $environment } before this one. Name what you want with `deploy { $service }@VERSION to { $environment }`.
refusal-never-live-there = { $deployment } was never live for service `{ $service }` in { $environment }, so there is no way back to it. `history { $service } { $environment }` shows what was.
refusal-gone-from-configuration = Service `{ $service }` in { $environment } is not in the configuration any more. Ask whoever keeps services.toml to put it back.
refusal-command-not-retried = { $deployment } was a command, and only deployments are retried. Say the command again.
refusal-too-many-open = { $by } has { $open ->
    [one] 1 deployment
   *[other] { $open } deployments
} that { $open ->
    [one] is
   *[other] are
} not over, and { $most } is the most. Wait for one to end or cancel one; `status` lists them.
refusal-lane-full = There are { $most } deployments for service `{ $service }` in { $environment } that are not over, which is the most. Wait for one to end or cancel one; `status { $service }` lists them.
refusal-approvals-out-of-reach = Service `{ $service }` in { $environment } needs { $need ->
    [one] 1 approval
   *[other] { $need } approvals
} from { $roles }, and { $most ->
    [0] nobody could give one to a request of yours.
    [one] only 1 could be given to a request of yours.
   *[other] only { $most } could be given to a request of yours.
} Let somebody else ask for it, or have the role given to more people in people.toml.
refusal-same-environment = { $environment } is where it would come from. Name another environment to promote `{ $service }` to; `status { $service }` lists them.
refusal-old-card = That card of { $deployment } is out of date: what it showed has moved since, so nothing was counted. Look at the newest card and vote there, or say `approve { $deployment }`.
refusal-replaced = { $deployment } is not what is live in { $environment } any more: { $by } is. Say `rollback { $service } { $environment }` to go back from that.
refusal-moment-unclear = I cannot tell which moment that is. Say a time that has passed, such as `14:05`, `yesterday 09:00` or `2026-11-19 14:05`.
refusal-too-fast = That was more in a short time than I take from one account, so nothing came of the last one, and nothing will of more that comes too soon. Wait { $seconds ->
    [one] 1 second
   *[other] { $seconds } seconds
}, then do it again.

## What was not understood

syntax-empty = Yes? `help` lists what you can say.
syntax-too-long = That line has { $characters } characters, and { $most } is the most. Say it in fewer words.
syntax-unknown-command-nearest = I do not know `{ $word }`; did you mean `{ $nearest }`? `help` lists what you can say.
syntax-unknown-command = I do not know `{ $word }`. `help` lists what you can say.
syntax-unexpected = I do not know what `{ $word }` means in `{ $command }`, so I did nothing. `help { $command }` shows examples.
syntax-words-missing = `{ $command }` lacks some words, so I did nothing. `help { $command }` shows examples.
syntax-slot = `{ $text }` cannot stand for <{ $slot }> in `{ $command }`, so I did nothing. `help { $command }` shows examples.
syntax-slot-moment = `{ $text }` is no <{ $slot }> that `{ $command }` can take, so I did nothing. Say it as `14:05`, `yesterday 09:00`, `2026-11-20 14:05`, or `2026-11-20` for the end of that day.
syntax-slot-language = I do not speak `{ $text }`, so I did nothing. Say `language en` for English, `language ko` for 한국어, or `language default` to leave it to the configuration.
syntax-usage = You can say:
syntax-parameter = I cannot take `{ $text }` in `{ $command }`: it is there twice, or the command takes no parameters. `help { $command }` shows its forms.
syntax-hidden = There is a hidden character in `{ $word }` ({ $kind }, { $code }), so I did nothing. Type the word again instead of pasting it.
syntax-open-quote = The quote that begins at `{ $text }` is never closed, so I did nothing. Close it or leave it out, and say it again.
hidden-soft-hyphen = a soft hyphen
hidden-zero-width = a character without width
hidden-direction = a mark that turns the direction of writing
hidden-variation = a variation selector
hidden-other = a character that cannot be seen

## The log under a card

log-approved = { $by } approved { $deployment }: { $have } of { $need } { $need ->
    [one] approval
   *[other] approvals
}.
log-vote-withdrawn = { $by } took the approval of { $deployment } back: { $have } of { $need } { $need ->
    [one] approval
   *[other] approvals
}.
log-votes-voided = Since { $deployment } was asked for, { $parts } changed. { $voided ->
    [0] There was no approval yet, so nobody has to vote again.
    [one] The 1 approval that was given is void: please look again and vote again.
   *[other] The { $voided } approvals that were given are void: please look again and vote again.
}
log-gates-opened = { $deployment } starts, approved by { $approvers }.
log-gates-opened-alone = { $deployment } starts; its policy asks for no approval.
log-rejected = { $by } rejected { $deployment }.
log-rejected-because = { $by } rejected { $deployment }: { $reason }.
log-cancelled = { $by } cancelled { $deployment } before anything ran.
log-cancel-asked = { $by } asked for { $deployment } to be stopped.
log-expired = { $deployment } expired before it could start. Say `retry { $deployment }` to ask for the same again.
log-unresolved = No version was found for { $deployment }: { $reason }. Check the name of the version and ask again.
log-not-started = { $deployment } was not started, and nothing runs: { $reason }. Say `retry { $deployment }` once that is mended.
log-commit-gone = { $deployment } was not started: its commit is no longer in the repository. Ask again for a version that is there.
log-branch-not-allowed = { $deployment } was not started: its commit is on none of the branches that may be deployed there ({ $branches }). Merge it first, then ask again.
log-not-configured = { $deployment } was not started: what it was to run was taken out of the configuration. Have it put back, or let it be.
log-start-unknown = Nobody can tell whether { $deployment } runs: { $reason }. Nothing else starts there until that is known; look at the pipeline itself, and say `cancel { $deployment }` to have it stopped.
log-wrong-commit = ALARM: { $deployment } works on { $reported } instead of { $sealed }. I am stopping it; find out what runs there now.
log-run-succeeded = The run of { $deployment } succeeded.
log-run-cancelled = The run of { $deployment } was stopped on request.
log-run-lost = The run of { $deployment } is over, and nobody can tell how it ended. Find out what runs there now, then say `retry { $deployment }` or roll back.
log-run-failed = { $deployment } failed ({ $cause }). Say `retry { $deployment }` to ask for the same again.
log-run-failed-in = { $deployment } failed in { $stage } ({ $cause }). Say `retry { $deployment }` to ask for the same again.
log-gave-up = I gave up on this: { $what }. The reason: { $reason }. Ask whoever runs wilco to look at its log.
log-gave-up-deployment = I gave up on this for { $deployment }: { $what }. The reason: { $reason }. Ask whoever runs wilco to look at its log.

## Answers

help-nothing = There is nothing here that you may do yet. `whoami` shows why.
help-all = You can say:
help-more = `help { $command }` says more about one of them, with examples.
help-command = { $command }: { $summary }
help-examples = For example:

whoami = You are { $person } ({ $account }), with these roles: { $roles }.
whoami-without-roles = You are { $person } ({ $account }), without any role. Whoever keeps people.toml can give you one.
whoami-nobody = I do not know whose account `{ $platform }:{ $entry }` is. Ask whoever keeps people.toml to add `{ $platform } = ["{ $entry }"]` to your entry.

language-en = English
language-ko = 한국어
language-used = I speak { $language } with you ({ $because }). Say `language en` for English, `language ko` for 한국어, or `language default` to leave it to the configuration.
language-used-here = I speak { $language } here ({ $because }).
language-nobody = I do not know whose account `{ $platform }:{ $entry }` is, so you cannot choose yet. Ask whoever keeps people.toml to add `{ $platform } = ["{ $entry }"]` to your entry, then say `language ko` or `language en`.
language-chosen = From now on I speak { $language } with you. `language default` leaves it to the configuration again.
language-configured = I leave it to the configuration again and speak { $language } with you ({ $because }).
because-chosen = you chose it
because-person = people.toml says so of you
because-channel = the language of this channel
because-default = the language of wilco.toml

can = Yes, you can say `{ $command }`.
can-at-once = Yes, you can say `{ $command }`. It takes no approval.
can-after = Yes, you can say `{ $command }`. It then takes { $what } within { $expires }.
can-not = No, you cannot say `{ $command }`. { $refusal }

answer-noted = I took that down for { $deployment }; its card shows the rest.
answer-still-approved = Your approval of { $deployment } still counts, because you also gave it elsewhere: in the other chat, with another account, or in words. Take that back too, or say `reject { $deployment }`.
answer-reason-not-asked = I could not ask you why in time, so { $deployment } is not rejected. Press the button again, or say `reject { $deployment }` with your reason after it.
answer-lookup-failed = I could not look that up: { $reason }. Check the names and try again in a moment.

status-live = Live:
status-no-board = Nothing is deployed here yet.
status-nothing-yet = nothing yet
status-since = since { $at }
status-open = { $count ->
    [one] 1 deployment is going on:
   *[other] { $count } deployments are going on:
}
status-nothing-open = Nothing is going on.
status-waits-for = waits for { $what }
status-more = { $count ->
    [one] 1 more is not shown; `status SERVICE` shows fewer services.
   *[other] { $count } more are not shown; `status SERVICE` shows fewer services.
}

live-now = { $service } { $version } is live in { $environment } since { $since } ({ $deployment }, asked by { $requester }).
live-then = At { $at }, { $service } { $version } was live in { $environment }, since { $since } ({ $deployment }, asked by { $requester }).
live-nothing = Nothing is live for { $service } in { $environment } yet. Begin with `deploy { $service } to { $environment }`.
live-nothing-then = At { $at }, nothing was live for { $service } in { $environment }. `history { $service } { $environment }` shows what came later.

changes = { $service } { $version } → { $environment }:
commits = { $count ->
    [one] 1 commit since { $from }, which is live:
   *[other] { $count } commits since { $from }, which is live:
}
commits-since-live = { $count ->
    [0] No commit beyond what is live.
    [one] 1 commit since what is live:
   *[other] { $count } commits since what is live:
}
commits-none = No commit beyond { $from }, which is live.
commits-same = That is what is live already.
commits-first = Nothing is live there to compare with.
commit = { $commit } { $subject } ({ $author })
commits-more = and { $count } more

history = { $service } in { $environment }, newest first:
history-empty = Nothing was ever deployed for { $service } in { $environment }. Begin with `deploy { $service } to { $environment }`.
history-more = There are older ones; `show { $deployment }` shows one of these in full.

why-resolving = { $deployment } waits until its version is found; nobody has to do anything.
why-ready = { $deployment } has all that it needs and is about to start.
why-waiting = { $deployment } waits for:
why-expires = It expires at { $at }.
why-starting = { $deployment } waits for nothing: it is starting.
why-running = { $deployment } waits for nothing: it is running.
why-over = { $deployment } waits for nothing: it is over ({ $status }). `show { $deployment }` shows how it went.

audit = On record about { $deployment } (number, time, hash, what, who, details):
audit-verify = `wilco audit verify FILE`, run on its database, proves that nothing in it was changed.
audit-empty = There is nothing on record about { $deployment }. `status` shows what is going on.
timeline = What happened to { $deployment }, without names:

fact-founded = record begun
fact-catalog-loaded = configuration loaded
fact-requested = requested
fact-request-refused = request refused
fact-sealed = version sealed
fact-obstructed = not started
fact-resealed = sealed anew
fact-approved = approved
fact-rejected = rejected
fact-vote-withdrawn = vote withdrawn
fact-vote-refused = vote refused
fact-gates-opened = gates opened
fact-run-started = run started
fact-start-unknown = start unknown
fact-checks-read = checks read
fact-stage-changed = stage changed
fact-wrong-commit = wrong commit
fact-cancel-asked = cancel asked
fact-run-ended = run ended
fact-cancelled = cancelled
fact-expired = expired
fact-card-shown = card shown
fact-language-chosen = language chosen
fact-news-heard = news heard
fact-news-mended = works again
fact-news-shown = news shown
fact-given-up = given up

refused-not-a-person = account of nobody
refused-not-a-member = not a member here
refused-missing-role = role missing
refused-own-deployment = own deployment
refused-own-commits = own commits
refused-not-an-approver = not an approver
refused-no-approval-needed = no approval needed
refused-may-not-reject = may not reject
refused-may-not-cancel = may not cancel
refused-unknown-service = unknown service
refused-unknown-environment = unknown environment
refused-unknown-name = unknown name
refused-unknown-command = unknown command
refused-unknown-parameter = unknown parameter
refused-missing-parameter = parameter missing
refused-bad-parameter = value not allowed
refused-no-such-deployment = no such deployment
refused-not-yet = version not known yet
refused-already-started = already started
refused-over = already over
refused-not-over = not over yet
refused-nothing-live = nothing live there
refused-nothing-before = no version before
refused-never-live-there = never live there
refused-gone-from-configuration = gone from the configuration
refused-command-not-retried = commands are not retried
refused-too-many-open = too many open
refused-lane-full = too many open there
refused-approvals-out-of-reach = too few who may approve
refused-same-environment = promotion to where it came from
refused-old-card = card out of date
refused-replaced = something newer is live
refused-moment-unclear = moment unclear
refused-too-fast = too fast

obstacle-unresolved = no version found
obstacle-not-started = not started
obstacle-commit-gone = commit gone
obstacle-branch-not-allowed = branch not allowed
obstacle-not-configured = not in the configuration

end-succeeded = succeeded
end-failed = failed
end-killed = ended by a signal
end-cancelled = stopped on request
end-timed-out = timed out
end-not-runnable = could not begin
end-lost = nobody can tell how

tried-approve = approve
tried-reject = reject
tried-vote = vote

detail-refused = { $tried }: { $reason }
detail-sealed = { $commit }, seal { $seal }, policy { $policy }
detail-resealed = { $parts } changed, { $voided ->
    [0] no approval void
    [one] 1 approval void
   *[other] { $voided } approvals void
}, seal { $seal }
detail-moved = { $parts } changed
detail-seal = seal { $seal }
detail-seal-because = seal { $seal }: { $reason }
detail-opened = seal { $seal }, approved by { $approvers }, key { $key }
detail-opened-alone = seal { $seal }, no approval needed, key { $key }
detail-approvals = { $count ->
    [0] no approval needed
    [one] 1 approval
   *[other] { $count } approvals
}
detail-stage = { $stage }: { $state }

dry-run = Dry run, nothing was changed: { $service } { $version } → { $environment }.
dry-run-policy = It takes { $what } within { $expires }.
dry-run-no-policy = It takes no approval.
dry-run-open = It would start at once.
dry-run-shut = It would wait for:
dry-run-next = Say the same without `dry run` to ask for it.

## A deployment's card

card-subject-deploy = { $deployment } { $service } { $version } → { $environment }
card-subject-rollback = { $deployment } rollback of { $service } to { $version } → { $environment }
card-subject-command = { $deployment } { $command } for { $service } { $version } → { $environment }
card-headline-deploy = { $service } { $version } → { $environment } · { $deployment }
card-headline-rollback = Rollback: { $service } { $version } → { $environment } · { $deployment }
card-headline-command = { $command }: { $service } { $version } → { $environment } · { $deployment }

card-retired = { $headline }: this card is out of date, since what it showed has moved. The newest card says what it is now; votes here are not counted.
card-retired-state = out of date
card-resolving = { $subject }: looking up the commit.
card-waiting-votes = { $subject } waits for { $what }: react ✅ or ❌.
card-waiting = { $subject } waits for { $what }.
card-ready = { $subject } has all that it needs and is about to start.
card-void = Earlier votes are void because this changed: { $parts }.
card-starting = { $subject } is starting.
card-unknown = { $subject }: nobody can tell whether it runs ({ $reason }). Nothing else starts in { $environment } until that is known: look at the pipeline itself, and say `cancel { $deployment }` to have it stopped.
card-running = { $subject } is running.
card-running-stage = { $subject } is running: { $stage } ({ $number } of { $total }).
card-running-between = { $subject } is running: { $done } of { $total } stages done.
card-stopping = { $subject } is being stopped; { $by } asked for that.
card-wrong-commit = ALARM: { $subject } works on { $reported } instead of { $sealed }. I am stopping it; find out what runs in { $environment } now.
card-wrong-commit-ended = ALARM: { $subject } worked on { $reported } instead of { $sealed }. Find out what runs in { $environment } now, then roll back or retry.
card-live = { $deployment } { $service } { $version } is live in { $environment } after { $took }; { $credit }.
card-live-again = { $deployment } { $service } is back on { $version } in { $environment } after { $took }, a rollback; { $credit }.
card-was-live = { $deployment } { $service } { $version } went live in { $environment } at { $at }; { $credit }. { $other } has replaced it since.
card-was-live-again = { $deployment } { $service } went back to { $version } in { $environment } at { $at }, a rollback; { $credit }. { $other } has replaced it since.
card-command-done = { $deployment } { $command } for { $service } { $version } in { $environment } is done after { $took }; { $credit }.
card-asked = asked by { $requester }
card-asked-and-approved = asked by { $requester }, approved by { $approvers }
card-failed = { $subject } failed ({ $cause }) after { $took }.
card-failed-in = { $subject } failed in { $stage } ({ $cause }) after { $took }.
card-unresolved = { $subject } failed, no version was found: { $reason }.
card-not-started = { $subject } was not started, and nothing runs: { $reason }.
card-commit-gone = { $subject } was not started: its commit is no longer in the repository.
card-branch-not-allowed = { $subject } was not started: its commit is on none of the branches that may be deployed there ({ $branches }).
card-not-configured = { $subject } was not started: it was taken out of the configuration.
card-rejected = { $subject } was rejected by { $by }.
card-rejected-because = { $subject } was rejected by { $by }: { $reason }.
card-cancelled = { $subject } was cancelled by { $by } before anything ran.
card-stopped = { $subject } was stopped after { $took }; { $by } asked for that.
card-stopped-alone = { $subject } was stopped after { $took }.
card-expired = { $subject } expired before it could start.
card-over = { $subject } is over: { $status }.

card-state-unknown = unknown whether it runs
card-state-wrong-commit = wrong commit
card-state-stopping = stopping
card-state-live = live
card-state-replaced = replaced

card-line-asked = Asked by { $requester } at { $at }.
card-line-expires = Asked by { $requester } at { $at }, expires at { $expires }.
card-line-approved = Approvals: { $have } of { $need }, by { $approvers }.
card-line-unapproved = Approvals: { $have } of { $need }.
card-line-no-approval = The policy asks for no approval.
card-line-waits = Waits for { $what }.
card-line-parameters = Parameters: { $parameters }.
card-line-risky = Look twice: it changes { $paths }.
card-line-risky-more = Look twice: it changes { $paths } and { $count ->
    [one] one more such path
   *[other] { $count } more such paths
}.
card-line-risky-unknown = Look yourself: not every changed path could be read, and the policy marks some as risky.
card-line-remaining = About { $remaining } left.
card-line-ended = Asked by { $requester } at { $at }, over at { $ended }.
card-footer = audit { $audit }
card-footer-policy = audit { $audit } · policy { $policy }

button-approve = Approve
button-reject = Reject
button-abort = Abort
button-roll-back = Roll back
button-deploy = Deploy { $version } to { $environment }
button-retry = Retry

confirm-abort = Abort { $deployment }, { $service } in { $environment }? What it has done by then stays done.
confirm-roll-back = Ask for { $service } in { $environment } to go back to what was live before { $deployment }? It takes the approvals that the policy asks for.
confirm-no = Leave it

## Fields of a command, and what is offered in them

field-service = The service
field-environment = The environment
field-version = A branch, a tag or a commit
field-deployment = The number of a deployment, such as #42
field-from = The environment in which it is live
field-to = The environment to which it goes
field-reason = Why
field-moment = When: 14:05, yesterday 09:00 or 2026-11-19 14:05
field-command = The command
field-request = What you would say, such as deploy api to prod
field-language = The language: en, ko, or default for what the configuration says
field-dry-run = Only show what would happen
field-parameters = Values for the pipeline, as key=value

offer-deployment = { $deployment } { $kind } { $service } in { $environment }: { $status }
offer-deployment-version = { $deployment } { $kind } { $service } in { $environment }, { $version }: { $status }
offer-version = { $version }: { $deployment }, { $service } in { $environment }
offer-version-live = { $version }: live, { $service } in { $environment }
offer-commit-named = { $commit } ({ $reference })
offer-language-configured = Whatever the configuration says

## Forms, pages and limits of a chat

form-reason-title = Reject { $deployment }
form-reason-question = Why?
form-reason-hint = The card and the record show it; you may leave it empty.
form-reason-submit = Reject
form-reason-close = Back

text-heard = Heard: { $words }
text-left-alone = Nothing was changed.
sure-abort = Abort { $deployment }? What it has done by then stays done.
sure-roll-back = Ask to go back to what was live before { $deployment }? It takes the approvals that the policy asks for.

text-cut-short = The rest does not fit here. Ask for less: `status` takes a service and an environment. For the whole record, ask whoever runs wilco for what `wilco audit export` writes.

home-language = The language that I speak with you:
home-waits-for-you = Waits for you
home-waits-for-you-none = Nothing waits for you.
home-running = Running
home-running-none = Nothing is running.
home-waiting = Waits for others
home-waiting-none = Nothing waits for anybody else.
home-board = Live
home-board-live = { $service } in { $environment }: { $version } since { $at } ({ $deployment }).
home-board-nothing = { $service } in { $environment }: nothing yet.
home-board-goes-on = { $line } Going on: { $deployments }.
home-more = { $more ->
    [one] 1 more is not shown; `status` lists what is going on.
   *[other] { $more } more are not shown; `status` lists what is going on.
}

## News

news-waiting = { $name } waits to begin for { $thing }.
news-running = { $name } is running for { $thing }.
news-succeeded = { $name } succeeded for { $thing }.
news-cancelled = { $name } was cancelled for { $thing }.
news-failed = { $name } failed for { $thing }.
news-deploy-waiting = The deployment of { $thing } to { $environment } waits to begin.
news-deploy-running = { $thing } is being deployed to { $environment }.
news-deploy-succeeded = { $thing } is live in { $environment }.
news-deploy-cancelled = The deployment of { $thing } to { $environment } was cancelled.
news-deploy-failed = The deployment of { $thing } to { $environment } failed.
news-released = { $repository } has released { $tag }.
news-released-as = { $repository } has released { $tag }: { $title }.
news-withdrawn = { $repository } has withdrawn { $tag }.
news-offer = Say `{ $words }` to deploy it.
news-name-build = The build
news-name-checks = The check suite
news-name-attempt = { $name } (attempt { $attempt })
news-state-mended = works again
news-state-released = released
news-state-withdrawn = withdrawn
log-news-again = Attempt { $attempt } begins.
log-news-failed = { $attempt ->
    [one] It failed.
   *[other] Attempt { $attempt } failed.
}
log-news-mended = It works again.
log-news-mended-by = It works again with { $commit }.
log-news-withdrawn = The release was withdrawn.
answer-offer-over = Nothing can be deployed from this message any more. Say what you want deployed instead: `help deploy` shows how.
answer-offer-taken = { $deployment } deploys exactly that already. `show { $deployment }` tells how it stands.
answer-offer-live = That is live there already, since { $deployment }. `show { $deployment }` tells how it went.
