-- The record and what is folded from it. Times are Unix milliseconds; forward only, never edited once merged.

-- Every fact, append-only and chained; `core/src/audit.rs` says how the hashes are made.
create table fact (
    sequence   integer primary key check (sequence > 0),
    at         integer not null,
    deployment integer,
    kind       text not null,
    -- JSON.
    body       text not null,
    -- Commitments with salts and values, which alone can be erased.
    private    text not null,
    leaf       blob not null check (length(leaf) = 32),
    chain      blob not null check (length(chain) = 32)
) strict;

create index fact_of_deployment on fact (deployment, sequence) where deployment is not null;

-- `insert or replace` deletes without firing the delete trigger, so the number itself must be the next one.
create trigger fact_only_appends before insert on fact
when new.sequence is not (select coalesce(max(sequence), 0) + 1 from fact)
begin
    select raise(abort, 'facts are only appended, under the next number');
end;

create trigger fact_is_never_deleted before delete on fact
begin
    select raise(abort, 'facts are never deleted');
end;

-- The one change allowed: an erased value is null twice behind its commitment and nothing more.
create trigger fact_is_never_changed before update on fact
when new.sequence is not old.sequence
    or new.at is not old.at
    or new.deployment is not old.deployment
    or new.kind is not old.kind
    or new.body is not old.body
    or new.leaf is not old.leaf
    or new.chain is not old.chain
    or json_type(new.private) is not 'array'
    or json_array_length(new.private) is not json_array_length(old.private)
    or exists (
        select 1
        from json_each(old.private) as before join json_each(new.private) as after using (key)
        where after.value is not before.value
            and after.value is not json_array(before.value ->> 0, null, null)
    )
begin
    select raise(abort, 'facts are never changed, only private values are erased');
end;

-- Where the record ends, so that rows missing at its end are noticed. One row.
create table head (
    one      integer primary key check (one = 1),
    rows     integer not null,
    chain    blob not null check (length(chain) = 32),
    -- The highest number that an effect of the outbox ever had.
    outbox   integer not null,
    -- The configuration that was last put on record.
    catalog  text
) strict;

insert into head (one, rows, chain, outbox) values (1, 0, zeroblob(32), 0);

-- What was delivered, so that nothing is applied twice.
create table delivery (
    id text primary key,
    at integer not null
) strict, without rowid;

-- One row a deployment: a fold of its facts.
create table deployment (
    id            integer primary key,
    service       text not null,
    environment   text not null,
    kind          text not null check (kind in ('deploy', 'rollback', 'command')),
    command       text,
    status        text not null check (status in ('resolving', 'waiting', 'starting', 'running', 'ended')),
    outcome       text check (outcome in ('succeeded', 'failed', 'rejected', 'cancelled', 'expired')),
    reference     text,
    commit_sha    text,
    requester     text,
    requested_at  integer not null,
    expires_at    integer not null,
    started_at    integer,
    ended_at      integer,
    rolls_back_to integer,
    check ((status = 'ended') = (outcome is not null)),
    check ((status = 'ended') = (ended_at is not null))
) strict;

create index deployment_of_lane on deployment (service, environment, id);
create index deployment_open on deployment (id) where status <> 'ended';
create index deployment_made_live on deployment (service, environment, ended_at)
    where outcome = 'succeeded' and kind <> 'command';

-- What is live where: the newest row of deployment_made_live of each lane.
create table live (
    service     text not null,
    environment text not null,
    deployment  integer not null references deployment (id),
    primary key (service, environment)
) strict, without rowid;

-- A batch is written by triggers, and there SQLite looks for children of every new deployment.
create index live_of_deployment on live (deployment);

-- Which message is or was the card of which deployment.
create table card (
    platform   text not null,
    channel    text not null,
    message    text not null,
    deployment integer not null references deployment (id),
    primary key (platform, channel, message)
) strict, without rowid;

create index card_of_deployment on card (deployment);

-- Effects that have not been carried out. A row that is `attempting` may have been.
create table outbox (
    sequence    integer primary key,
    destination text not null,
    state       text not null check (state in ('pending', 'attempting')),
    effect      text not null,
    at          integer not null
) strict;

create index outbox_of_destination on outbox (destination, sequence);

-- Deliveries that could not be applied, for people to look at.
create table aside (
    id     text primary key,
    at     integer not null,
    event  text not null,
    reason text not null
) strict, without rowid;
