//! `try fuzzy` in a terminal.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use super::{in_git, run};

/// How long a screen may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A pseudo-terminal with a program in it, and all that the program wrote to it.
struct Terminal {
    keys: File,
    output: std::sync::mpsc::Receiver<Vec<u8>>,
    seen: String,
}

impl Terminal {
    fn of(mut command: Command) -> (Self, std::process::Child) {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("there are pseudo-terminals");
        grantpt(&controller).and_then(|()| unlockpt(&controller)).expect("it is ours");
        let size = Winsize { ws_row: 24, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&controller, size).expect("it has a size");
        let name = ptsname(&controller, Vec::new()).expect("it has a name");
        let open = || File::options().read(true).write(true).open(name.to_str().expect("it is text"));
        let side = || Stdio::from(open().expect("it can be opened"));
        command.env("TERM", "xterm").stdin(side()).stdout(side()).stderr(side());
        let child = command.spawn().expect("the program can be run");
        let (mut screen, keys) =
            (File::from(controller.try_clone().expect("it can be shared")), File::from(controller));
        let (sender, output) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // A terminal that nobody holds open any more ends with an error.
            while let Ok(count) = screen.read(&mut buffer) {
                if count == 0 || sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        (Self { keys, output, seen: String::new() }, child)
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("it takes keys");
    }

    /// Waits until a text is written.
    fn shows(&mut self, text: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.seen.contains(text) {
            let left = until.saturating_duration_since(Instant::now());
            let more = self.output.recv_timeout(left);
            let more = more.unwrap_or_else(|_| panic!("`{text}` is not shown:\n{}", self.seen));
            self.seen.push_str(&String::from_utf8_lossy(&more));
        }
        self.seen.clear();
    }
}

#[test]
fn tasks_are_searched_chosen_and_pushed() {
    let (tree, shared) = in_git();
    let (mut terminal, mut child) = Terminal::of(run(&tree, &["fuzzy"]).command());
    terminal.shows("3 of 3 found, 0 chosen");
    terminal.press("tst");
    terminal.shows("2 of 3 found");
    terminal.press("\t");
    terminal.shows("1 chosen");
    terminal.press("\u{15}^hello-b");
    terminal.shows("1 of 3 found, 1 chosen");
    terminal.press("\t");
    terminal.shows("2 chosen");
    terminal.press("\r");
    terminal.shows("Pushed ");
    assert!(child.wait().expect("it ends").success());
    let message = shared.git(&["log", "-n1", "--format=%B", "try"]);
    assert!(message.ends_with("\n\nTry-Labels: hello-build, hello-test-1"), "{message}");
}

#[test]
fn nothing_is_pushed_by_whoever_gives_up() {
    let (tree, shared) = in_git();
    let (mut terminal, mut child) = Terminal::of(run(&tree, &["fuzzy"]).command());
    terminal.shows("3 of 3 found");
    terminal.press("\u{3}");
    assert!(child.wait().expect("it ends").success());
    assert_eq!(shared.git(&["for-each-ref"]), "");
}
