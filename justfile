# Short names for what one types all day. `just` alone lists them.

default:
    @just --list

# What must pass on every commit
check:
    cargo fmt --check
    cargo clippy --workspace --all-targets --locked -- -D warnings
    cargo test --workspace --locked

# The same, the demo and a proof of its record: what the build machine runs
ci:
    .ci/run

# A conversation in this terminal
demo *arguments:
    cargo run -- demo {{arguments}}

# Writes the agreed wording anew; read the difference before you commit it
bless:
    WILCO_BLESS=1 cargo test --workspace --locked

# Licences, advisories, bans and sources of the dependencies
deny:
    cargo deny check
