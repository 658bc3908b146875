-- The languages that people chose: a fold of the facts. Who is not in it leaves it to the configuration.
create table language (
    person text primary key,
    locale text not null check (locale in ('en', 'ko'))
) strict, without rowid;
