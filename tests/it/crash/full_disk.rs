//! A disk that takes no more: nothing is acknowledged that is not on record, and it goes on once there is room.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use tokio::runtime::Runtime;

use super::ending::Ending;
use super::premises::{Premises, commit};
use super::program::Program;
use crate::wait::until;

/// The room that is left, in bytes: a few deployments' worth.
const ROOM: u64 = 300 * 1024;

const DEPLOYMENTS: u64 = 8;

#[test]
fn a_full_disk_is_complained_about_and_the_next_start_is_whole() {
    let premises = Premises::new("0.01");
    let mut program = fill(&premises);
    until("it complains", || {
        let complaints = program.complaints();
        complaints.contains("a delivery could not be recorded and was not acknowledged")
            && complaints.contains("cannot write to the database")
    });
    let shown = shown(&program.output());
    program.kill();
    let ending = finish(&premises, &mut start(&premises, "roomy"));
    let known: Vec<u64> = ending.told.iter().map(|(id, _)| *id).collect();
    assert!(shown.iter().all(|id| known.contains(id)), "{shown:?} were shown, {known:?} are known");
}

#[test]
fn it_goes_on_by_itself_once_there_is_room() {
    let premises = Premises::new("0.01");
    let mut program = fill(&premises);
    until("it complains", || program.complaints().contains("could not be recorded"));
    limit(&program, None);
    let ending = finish(&premises, &mut program);
    assert!(ending.ordered >= 2, "nothing went on");
}

#[test]
fn it_is_not_ready_while_the_disk_is_full_and_is_again_once_there_is_room() {
    let premises = Premises::new("0.01");
    let address = premises.listen();
    let mut program = fill(&premises);
    until("it says why it is not ready", || {
        let said = get(address, "/readyz");
        said.starts_with("HTTP/1.1 503 ") && said.contains("the store refused the last delivery")
    });
    assert!(get(address, "/healthz").starts_with("HTTP/1.1 200 "));
    limit(&program, None);
    program.say(&format!("deploy api@{} to staging\n", commit(DEPLOYMENTS + 2)));
    until("it is ready again", || get(address, "/readyz").starts_with("HTTP/1.1 200 "));
    finish(&premises, &mut program);
}

/// Asks as those do who watch.
fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let get = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(get.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Starts the program, and waits until it listens.
fn start(premises: &Premises, name: &str) -> Program {
    let program = Program::start(premises, name);
    until("it is ready", || program.complaints().contains("ready"));
    program
}

/// Asks a program with little room for more than fits.
fn fill(premises: &Premises) -> Program {
    let mut program = start(premises, "full");
    let log = premises.data().join("wilco.db-wal");
    limit(&program, Some(fs::metadata(log).unwrap().len() + ROOM));
    for number in 1..=DEPLOYMENTS {
        program.say(&format!("deploy api@{} to staging\n", commit(number)));
    }
    program
}

/// Asks for one more deployment, and returns how everything ended, which is whole.
fn finish(premises: &Premises, program: &mut Program) -> Ending {
    program.say(&format!("deploy api@{} to staging\n/quit\n", commit(DEPLOYMENTS + 1)));
    premises.wait_until_left();
    premises.wait_for_runners();
    let ending = Runtime::new().unwrap().block_on(Ending::of(premises, &[]));
    assert_eq!(ending.faults, Vec::<String>::new());
    ending
}

/// Bounds the size of every file that the program writes.
fn limit(program: &Program, most: Option<u64>) {
    let pid = Pid::from_raw(program.id());
    prlimit(pid, Resource::Fsize, Rlimit { current: most, maximum: None }).unwrap();
}

/// Returns the numbers of deployments whose card was shown.
fn shown(output: &str) -> Vec<u64> {
    let number = |line: &str| line.strip_prefix('#')?.split(' ').next()?.parse().ok();
    output.lines().filter_map(number).collect()
}
