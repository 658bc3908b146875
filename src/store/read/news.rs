//! Questions about things outside: what is on record of them.

use wilco_core::fact::Fact;
use wilco_core::ids::NewsId;
use wilco_core::news::thing::KEPT_MAX;

use super::Reader;
use crate::store::StoreError;
use crate::store::decode::{Recorded, recorded};

/// Every statement of this file, for the test that prepares them.
pub const STATEMENTS: &[&str] = &[NEWS_OF, KEPT_NEWS];

pub const NEWS_OF: &str = "
    select sequence, at, deployment, kind, body, private, leaf, chain
    from fact indexed by fact_of_news
    where coalesce(body ->> '$.news.thing', body ->> '$.thing') = ?
        and kind in ('news_heard', 'news_mended', 'news_shown')
    order by sequence";

// Only the names of things are read to find the newest of them, from the index alone.
pub const KEPT_NEWS: &str = "
    with newest as materialized (
        select coalesce(body ->> '$.news.thing', body ->> '$.thing') as thing
        from fact indexed by fact_of_news
        where kind in ('news_heard', 'news_mended', 'news_shown')
        group by 1 order by max(sequence) desc limit ?
    )
    select f.sequence, f.at, f.deployment, f.kind, f.body, f.private, f.leaf, f.chain
    from newest n cross join fact f indexed by fact_of_news
        on coalesce(f.body ->> '$.news.thing', f.body ->> '$.thing') = n.thing
    where f.kind in ('news_heard', 'news_mended', 'news_shown')
    order by f.sequence";

impl Reader {
    /// Returns the facts about one thing.
    pub async fn news_of(&self, thing: &NewsId) -> Result<Vec<Recorded>, StoreError> {
        let rows = sqlx::query(NEWS_OF).bind(thing.as_str()).fetch_all(&self.pool).await;
        let rows = rows.map_err(StoreError::of("read the news of one thing"))?;
        rows.iter().map(recorded).collect()
    }

    /// Returns the facts about the things that are kept: those that were touched last.
    pub async fn kept_news(&self) -> Result<Vec<Fact>, StoreError> {
        let most = i64::try_from(KEPT_MAX).unwrap_or(i64::MAX);
        let rows = sqlx::query(KEPT_NEWS).bind(most).fetch_all(&self.pool).await;
        let rows = rows.map_err(StoreError::of("read the news that are kept"))?;
        rows.iter().map(|row| recorded(row).map(|recorded| recorded.fact)).collect()
    }
}
