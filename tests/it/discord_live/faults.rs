//! Everything that may go wrong in Discord, one by one, beside what `hearing` and `posting` show.

mod answers;
mod connection;
mod doubt;
mod elsewhere;
mod events;
mod pace;
mod places;
