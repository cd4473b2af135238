//! A static file server for one folder, reachable from this machine only.

use anyhow::{Context, anyhow};
use std::fs::File;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;
use tiny_http::{Header, Method, Request, Response, Server, StatusCode};

/// A browser opens six connections to a host; one thread each keeps none waiting.
const THREADS: usize = 6;

/// A folder bound to an address.
pub struct Site {
    root: PathBuf,
    base: String,
    server: Server,
}

/// What the server answers to one request, before the bytes.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    /// Send this file.
    Send(PathBuf),
    /// The address of a folder lacks the slash at its end; this one has it.
    Redirect(String),
    /// There is nothing there.
    Missing,
}

impl Site {
    /// Listens on 127.0.0.1 at `port`, or at a free one for 0. `base` has a slash at both ends.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub fn bind(root: &Path, base: &str, port: u16) -> anyhow::Result<Self> {
        let server = Server::http((Ipv4Addr::LOCALHOST, port))
            .map_err(|error| anyhow!("port {port} cannot be used: {error}; choose another with --port"))?;
        Ok(Self {
            root: root.to_owned(),
            base: base.to_owned(),
            server,
        })
    }

    /// The address of the page.
    ///
    /// # Errors
    /// When the listener has no network address.
    pub fn address(&self) -> anyhow::Result<String> {
        let port = self
            .server
            .server_addr()
            .to_ip()
            .context("the server has no address")?
            .port();
        Ok(format!("http://127.0.0.1:{port}{}", self.base))
    }

    /// Answers requests until the process ends.
    ///
    /// # Errors
    /// When the listener fails.
    pub fn serve(&self) -> anyhow::Result<()> {
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(|| self.answer_requests())).collect();
            threads
                .into_iter()
                .try_for_each(|thread| thread.join().map_err(|_| anyhow!("a server thread ended"))?)
        })
    }

    fn answer_requests(&self) -> anyhow::Result<()> {
        loop {
            let request = self
                .server
                .recv()
                .context("the server can accept no more connections")?;
            // A reader who closed the tab is no reason to stop serving the others.
            if let Err(error) = self.answer(request) {
                eprintln!("a request was not answered: {error:#}");
            }
        }
    }

    fn answer(&self, request: Request) -> anyhow::Result<()> {
        if !matches!(request.method(), Method::Get | Method::Head) {
            return respond(request, Response::empty(405).with_header(header("Allow", "GET, HEAD")?));
        }
        match locate(&self.root, &self.base, request.url()) {
            Answer::Send(file) => send(request, &file),
            Answer::Redirect(address) => {
                respond(request, Response::empty(308).with_header(header("Location", &address)?))
            }
            Answer::Missing => respond(
                request,
                Response::from_string("There is nothing at this address.\n").with_status_code(404),
            ),
        }
    }
}

fn send(request: Request, path: &Path) -> anyhow::Result<()> {
    let file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let tag = entity_tag(&file)?;
    let known = request
        .headers()
        .iter()
        .any(|sent| sent.field.equiv("If-None-Match") && sent.value.as_str() == tag);
    let headers = [
        header("Content-Type", content_type(path))?,
        header("Cache-Control", cache_control(path))?,
        header("ETag", &tag)?,
        header("X-Content-Type-Options", "nosniff")?,
    ];
    if known {
        return respond(
            request,
            Response::new(StatusCode(304), headers.into(), std::io::empty(), Some(0), None),
        );
    }
    let bytes = usize::try_from(file.metadata()?.len()).ok();
    // A length above the threshold keeps tiny_http from sending a large file in chunks, which hides its size
    // from a reader's progress bar.
    respond(
        request,
        Response::new(StatusCode(200), headers.into(), file, bytes, None).with_chunked_threshold(usize::MAX),
    )
}

fn respond<R: std::io::Read>(request: Request, response: Response<R>) -> anyhow::Result<()> {
    match request.respond(response) {
        Err(error) if is_disconnect(&error) => Ok(()),
        other => other.context("the answer could not be sent"),
    }
}

fn is_disconnect(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset)
}

/// Finds the file behind an address. Nothing outside `root` is ever found.
fn locate(root: &Path, base: &str, url: &str) -> Answer {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    if format!("{path}/") == base {
        return Answer::Redirect(base.to_owned());
    }
    let Some(relative) = path.strip_prefix(base) else {
        return Answer::Missing;
    };
    let Some(names) = relative
        .split('/')
        .filter(|name| !name.is_empty())
        .map(decode)
        .collect::<Option<Vec<_>>>()
    else {
        return Answer::Missing;
    };
    let mut file = root.to_owned();
    file.extend(names);
    if file.is_dir() {
        if !path.ends_with('/') {
            return Answer::Redirect(format!("{path}/"));
        }
        file.push("index.html");
    }
    if file.is_file() {
        Answer::Send(file)
    } else {
        Answer::Missing
    }
}

/// One name of a path, percent signs resolved; `None` where it is no plain name.
fn decode(name: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let (high, low) = (digit(rest.next())?, digit(rest.next())?);
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    let name = String::from_utf8(bytes).ok()?;
    let plain = name != "." && name != ".." && !name.contains(['/', '\\', '\0', ':']);
    plain.then_some(name)
}

fn content_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt" | "md") => "text/plain; charset=utf-8",
        Some("parquet") => "application/vnd.apache.parquet",
        _ => "application/octet-stream",
    }
}

/// A file whose name or folder holds a content hash never changes; any other is asked for again each time.
fn cache_control(path: &Path) -> &'static str {
    let folder = path.parent().and_then(Path::file_name);
    let named_by_content = [path.file_name(), folder]
        .into_iter()
        .flatten()
        .any(|name| holds_hash(&name.to_string_lossy()));
    if named_by_content {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}

fn holds_hash(name: &str) -> bool {
    name.split(['-', '.', '_'])
        .skip(1)
        .any(|word| word.len() == 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn entity_tag(file: &File) -> anyhow::Result<String> {
    let about = file.metadata()?;
    let changed = about.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(format!("\"{:x}-{:x}\"", about.len(), changed.as_nanos()))
}

fn header(name: &str, value: &str) -> anyhow::Result<Header> {
    Header::from_bytes(name, value).map_err(|()| anyhow!("{name}: {value:?} is no header"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::Scratch;
    use std::io::{Read, Write};
    use std::net::TcpStream;

    fn site_folder(name: &str) -> Scratch {
        let scratch = Scratch::new(name).unwrap();
        std::fs::create_dir_all(scratch.path().join("site/snapshot")).unwrap();
        std::fs::write(scratch.path().join("site/index.html"), "<p>page").unwrap();
        std::fs::write(scratch.path().join("site/snapshot/manifest.json"), "{}").unwrap();
        std::fs::write(scratch.path().join("site/app-0123456789abcdef_bg.wasm"), "wasm").unwrap();
        std::fs::write(scratch.path().join("secret"), "secret").unwrap();
        scratch
    }

    #[test]
    fn addresses_lead_to_files_below_the_base_only() {
        let scratch = site_folder("locate");
        let root = scratch.path().join("site");
        let find = |url| locate(&root, "/atlas/", url);
        assert_eq!(find("/atlas/?region=china"), Answer::Send(root.join("index.html")));
        assert_eq!(
            find("/atlas/snapshot/manifest.json"),
            Answer::Send(root.join("snapshot/manifest.json"))
        );
        assert_eq!(find("/atlas"), Answer::Redirect("/atlas/".to_owned()));
        assert_eq!(find("/atlas/snapshot"), Answer::Redirect("/atlas/snapshot/".to_owned()));
        assert_eq!(find("/index.html"), Answer::Missing);
        assert_eq!(find("/atlas/nothing"), Answer::Missing);
    }

    #[test]
    fn no_address_leaves_the_folder() {
        let scratch = site_folder("escape");
        let root = scratch.path().join("site");
        for url in [
            "/../secret",
            "/%2e%2e/secret",
            "/..%2fsecret",
            "/%2fsecret",
            "/..\\secret",
            "//secret",
            "/%zz",
            "/%",
        ] {
            assert_eq!(locate(&root, "/", url), Answer::Missing, "{url}");
        }
    }

    #[test]
    fn only_names_with_a_hash_are_kept_for_ever() {
        for kept in [
            "app-0123456789abcdef.js",
            "app-0123456789abcdef_bg.wasm",
            "worker-0123456789abcdef/loader.js",
        ] {
            assert!(cache_control(Path::new(kept)).contains("immutable"), "{kept}");
        }
        for asked in [
            "index.html",
            "snapshot/manifest.json",
            "0123456789abcdef",
            "app-0123456789abcde.js",
        ] {
            assert_eq!(cache_control(Path::new(asked)), "no-cache", "{asked}");
        }
    }

    fn request(port: u16, head: &str) -> String {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        write!(stream, "{head}\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn a_file_comes_with_type_length_and_tag_and_is_not_sent_twice() {
        let scratch = site_folder("http");
        let site = Site::bind(&scratch.path().join("site"), "/", 0).unwrap();
        let port = site.server.server_addr().to_ip().unwrap().port();
        std::thread::spawn(move || site.serve());
        let answer = request(port, "GET /app-0123456789abcdef_bg.wasm HTTP/1.1");
        assert!(
            answer.starts_with("HTTP/1.1 200") && answer.ends_with("wasm"),
            "{answer}"
        );
        assert!(
            answer.contains("Content-Type: application/wasm") && answer.contains("Content-Length: 4"),
            "{answer}"
        );
        let tag = answer.lines().find_map(|line| line.strip_prefix("ETag: ")).unwrap();
        let again = request(
            port,
            &format!("GET /app-0123456789abcdef_bg.wasm HTTP/1.1\r\nIf-None-Match: {tag}"),
        );
        assert!(again.starts_with("HTTP/1.1 304") && !again.ends_with("wasm"), "{again}");
        assert!(request(port, "HEAD /index.html HTTP/1.1").ends_with("\r\n\r\n"));
        assert!(request(port, "GET /missing HTTP/1.1").starts_with("HTTP/1.1 404"));
        assert!(request(port, "POST / HTTP/1.1").starts_with("HTTP/1.1 405"));
    }
}
