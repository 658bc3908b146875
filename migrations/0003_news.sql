-- The facts about one thing outside, in their order, and which thing was told of last.
create index fact_of_news on fact (coalesce(body ->> '$.news.thing', body ->> '$.thing'), sequence)
    where kind in ('news_heard', 'news_mended', 'news_shown');
