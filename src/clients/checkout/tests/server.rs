//! A git server over HTTP: git's own program for it, and faults on request.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// As many bytes of an answer are sent before it is cut.
const CUT_AFTER: usize = 20_000;

/// Serves one repository until the tests end.
pub(super) struct Server {
    port: u16,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    /// Objects were asked for so often.
    fetches: AtomicUsize,
    /// So many answers with objects are still to be cut.
    cuts: AtomicUsize,
    /// Whether answers with objects stop half way and do not go on.
    stalls: AtomicBool,
    /// So many answers have stopped.
    stalled: AtomicUsize,
}

impl Server {
    pub(super) fn start(repository: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (counts, repository) = (Arc::new(Counts::default()), repository.join(".git"));
        let of_thread = Arc::clone(&counts);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (counts, repository) = (Arc::clone(&of_thread), repository.clone());
                // A client may go away at any moment.
                std::thread::spawn(move || drop(serve(stream, &repository, &counts)));
            }
        });
        Self { port, counts }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/repository", self.port)
    }

    pub(super) fn fetches(&self) -> usize {
        self.counts.fetches.load(Ordering::SeqCst)
    }

    /// Lets answers with objects stop half way, or no longer.
    pub(super) fn stall(&self, is_to: bool) {
        self.counts.stalls.store(is_to, Ordering::SeqCst);
    }

    /// Waits until an answer has stopped.
    pub(super) fn wait_for_stall(&self) {
        while self.counts.stalled.load(Ordering::SeqCst) == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    pub(super) fn cut(&self, answers: usize) {
        self.counts.cuts.store(answers, Ordering::SeqCst);
    }
}

fn serve(mut stream: TcpStream, repository: &Path, counts: &Counts) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split(' ').map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (mut length, mut content_type, mut protocol) = (0, String::new(), String::new());
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim().split_once(": ") else { break };
        match name.to_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap_or(0),
            "content-type" => content_type = value.to_owned(),
            "git-protocol" => protocol = value.to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let Some(path) = target.strip_prefix("/repository") else {
        return stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    };
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let is_fetch = body.windows(13).any(|window| window == b"command=fetch");
    let mut backend = Command::new("git")
        .arg("http-backend")
        .envs([("GIT_HTTP_EXPORT_ALL", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null"), ("REQUEST_METHOD", &method)])
        .envs([("QUERY_STRING", query), ("CONTENT_TYPE", &content_type), ("GIT_PROTOCOL", &protocol)])
        .envs([("GIT_PROJECT_ROOT", repository.to_str().unwrap_or_default()), ("PATH_INFO", path)])
        .envs([("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "uploadpack.allowAnySHA1InWant")])
        .envs([("GIT_CONFIG_VALUE_0", "true"), ("CONTENT_LENGTH", &length.to_string())])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut stdin) = backend.stdin.take() {
        stdin.write_all(&body)?;
    }
    let answer = backend.wait_with_output()?.stdout;
    if is_fetch {
        counts.fetches.fetch_add(1, Ordering::SeqCst);
    }
    let is_cut = is_fetch && answer.len() > CUT_AFTER && counts.cuts.load(Ordering::SeqCst) > 0;
    let length = answer.windows(4).position(|window| window == b"\r\n\r\n").map_or(0, |at| answer.len() - at - 4);
    let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n");
    stream.write_all(head.as_bytes())?;
    if is_fetch && answer.len() > CUT_AFTER && counts.stalls.load(Ordering::SeqCst) {
        stream.write_all(&answer[..CUT_AFTER])?;
        counts.stalled.fetch_add(1, Ordering::SeqCst);
        // Until the client goes away.
        return reader.read_exact(&mut [0]);
    }
    if is_cut {
        counts.cuts.fetch_sub(1, Ordering::SeqCst);
        return stream.write_all(&answer[..CUT_AFTER]);
    }
    stream.write_all(&answer)
}
