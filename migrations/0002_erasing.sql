-- An erased value is null twice behind its commitment and nothing more: whatever else stood there would
-- make a row that no longer reads.
drop trigger fact_is_never_changed;

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
