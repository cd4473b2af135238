//! A server on this machine that answers like the Hub's list of models, well or badly, as a test wants it.

#![allow(dead_code, reason = "each test file uses some of it")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Map, Value, json};

/// What a request is answered with.
#[derive(Clone)]
pub enum Answer {
    /// The page asked for.
    Page,
    /// The page, with these headers as well.
    PageWith(&'static [(&'static str, &'static str)]),
    /// The page after a while.
    Slow(Duration),
    /// The page, cut in the middle of its body.
    Cut,
    /// Nothing: the connection is closed.
    Closed,
    /// A body that is not the list, with status 200.
    Body(&'static str, &'static str),
    /// A refusal, with headers and a body.
    Status(u16, &'static [(&'static str, &'static str)], &'static str),
}

/// A request, as a test decides about it.
pub struct Asked<'a> {
    /// Requests before it.
    pub number: usize,
    /// Its query.
    pub query: &'a str,
    /// The models there are, to be changed as they change on the Hub.
    pub models: &'a mut Vec<Value>,
}

type Decide = Box<dyn FnMut(Asked<'_>) -> Answer + Send>;

/// The server; it ends when dropped.
pub struct HubServer {
    address: String,
    stop: Arc<AtomicBool>,
    heads: Arc<Mutex<Vec<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl HubServer {
    pub fn start(models: Vec<Value>, decide: impl FnMut(Asked<'_>) -> Answer + Send + 'static) -> HubServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let stop = Arc::new(AtomicBool::new(false));
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (stopped, seen) = (stop.clone(), heads.clone());
        let thread = std::thread::spawn(move || {
            let mut hub = Hub {
                models,
                decide: Box::new(decide),
                heads: seen,
            };
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                // A client that was killed is no failure of the server.
                let _ = stream.and_then(|stream| hub.serve(stream));
            }
        });
        HubServer {
            address,
            stop,
            heads,
            thread: Some(thread),
        }
    }

    /// A server that always answers well.
    pub fn well(models: Vec<Value>) -> HubServer {
        HubServer::start(models, |_| Answer::Page)
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// Request line and headers of every request so far.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

impl Drop for HubServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address.trim_start_matches("http://"));
        let _ = self.thread.take().unwrap().join();
    }
}

struct Hub {
    models: Vec<Value>,
    decide: Decide,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Hub {
    fn serve(&mut self, mut stream: TcpStream) -> std::io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        let mut head = String::new();
        let mut reader = BufReader::new(stream.try_clone()?);
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head)? == 0 {
                return Ok(());
            }
        }
        let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let query = target.strip_prefix("/api/models?").map(str::to_owned);
        let number = {
            let mut heads = self.heads.lock().unwrap();
            heads.push(head);
            heads.len() - 1
        };
        let Some(query) = query else {
            return write_answer(&mut stream, 404, &[], "{\"error\":\"Not found\"}", usize::MAX);
        };
        let asked = Asked {
            number,
            query: &query,
            models: &mut self.models,
        };
        let html = [("Content-Type", "text/html")];
        match (self.decide)(asked) {
            Answer::Page => self.page(&mut stream, &query, &[], false),
            Answer::PageWith(headers) => self.page(&mut stream, &query, headers, false),
            Answer::Slow(time) => {
                std::thread::sleep(time);
                self.page(&mut stream, &query, &[], false)
            }
            Answer::Cut => self.page(&mut stream, &query, &[], true),
            Answer::Closed => stream.shutdown(Shutdown::Both),
            Answer::Body("text/html", body) => write_answer(&mut stream, 200, &html, body, usize::MAX),
            Answer::Body(_, body) => write_answer(&mut stream, 200, &[], body, usize::MAX),
            Answer::Status(status, headers, body) => write_answer(&mut stream, status, headers, body, usize::MAX),
        }
    }

    /// As the Hub does it, the cursor holds the place of the last model, and the page begins after that place in the order
    /// of this moment.
    fn page(&self, stream: &mut TcpStream, query: &str, headers: &[(&str, &str)], cut: bool) -> std::io::Result<()> {
        let parameters: Vec<(&str, &str)> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        let parameter = |name: &str| {
            parameters
                .iter()
                .find(|(found, _)| *found == name)
                .map(|(_, value)| *value)
        };
        assert_eq!(parameter("direction"), Some("-1"));
        let sort = parameter("sort").unwrap();
        let place = |model: &Value| {
            let key = match &model[sort] {
                Value::String(text) => text.clone(),
                number => format!("{:020}", number.as_u64().unwrap()),
            };
            (key, model["id"].as_str().unwrap().to_owned())
        };
        let mut sorted: Vec<&Value> = self.models.iter().collect();
        sorted.sort_by_key(|model| std::cmp::Reverse(place(model)));
        let after = parameter("cursor").map(|cursor| {
            decode(cursor)
                .split_once('|')
                .map(|(a, b)| (a.to_owned(), b.to_owned()))
                .unwrap()
        });
        let rest = sorted
            .into_iter()
            .filter(|model| after.as_ref().is_none_or(|after| place(model) < *after));
        let limit: usize = parameter("limit").unwrap().parse().unwrap();
        let fields: BTreeSet<&str> = parameters
            .iter()
            .filter(|(name, _)| *name == "expand%5B%5D")
            .map(|(_, value)| *value)
            .collect();
        let rest: Vec<&Value> = rest.collect();
        let page: Vec<Value> = rest.iter().take(limit).map(|model| reduced(model, &fields)).collect();
        let mut all: Vec<(&str, String)> = headers
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        if rest.len() > limit {
            let (key, id) = place(rest[limit - 1]);
            let carried: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("cursor=")).collect();
            let carried = carried.join("&").replace("%5B%5D", "[]");
            // Another host stands in the header than the one that was asked; nobody may go there.
            all.push((
                "Link",
                format!(
                    "<https://hub.invalid/api/models?{carried}&cursor={}>; rel=\"next\"",
                    encode(&format!("{key}|{id}"))
                ),
            ));
        }
        let all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let body = serde_json::to_string(&page).unwrap();
        let sent = if cut { body.len() / 2 } else { usize::MAX };
        write_answer(stream, 200, &all, &body, sent)
    }
}

/// The fields asked for and those that come with every answer.
fn reduced(model: &Value, fields: &BTreeSet<&str>) -> Value {
    let kept = model
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| *name == "id" || fields.contains(name.as_str()));
    let mut kept: Map<String, Value> = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
    kept.insert("_id".to_owned(), json!("64"));
    kept.insert("modelId".to_owned(), model["id"].clone());
    Value::Object(kept)
}

/// Writes an answer, of whose body only the first `sent` bytes leave.
fn write_answer(
    stream: &mut TcpStream,
    status: u16,
    headers: &[(&str, &str)],
    body: &str,
    sent: usize,
) -> std::io::Result<()> {
    let mut head = format!(
        "HTTP/1.1 {status} Said\r\nContent-Length: {}\r\nConnection: close\r\n",
        body.len()
    );
    if !headers.iter().any(|(name, _)| *name == "Content-Type") {
        head.push_str("Content-Type: application/json; charset=utf-8\r\n");
    }
    for (name, value) in headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(&body.as_bytes()[..body.len().min(sent)])?;
    stream.flush()?;
    stream.shutdown(Shutdown::Write)
}

fn encode(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn decode(text: &str) -> String {
    let bytes = (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap());
    String::from_utf8(bytes.collect()).unwrap()
}

/// Invented models as the Hub lists them. Several have as many downloads as others, and some lack facts.
pub fn invented(count: u64) -> Vec<Value> {
    (0..count)
        .map(|number| {
            let mut model = json!({
                "id": format!("account{}/model-{number}", number % 7),
                "author": format!("account{}", number % 7),
                "createdAt": format!("202{}-0{}-11T10:00:{:02}.000Z", 2 + number % 4, 1 + number % 9, number % 60),
                "lastModified": "2026-06-01T06:29:13.000Z",
                "downloads": (count - number) / 3 * 10,
                "downloadsAllTime": (count - number) / 3 * 100,
                "likes": number % 11,
                "trendingScore": number % 3,
                "gated": if number % 5 == 0 { json!("auto") } else { json!(false) },
                "private": false,
                "tags": ["transformers", "license:mit", format!("n{number}")],
            });
            let fields = model.as_object_mut().unwrap();
            if number % 2 == 0 {
                fields.insert("pipeline_tag".to_owned(), json!("text-generation"));
                fields.insert(
                    "safetensors".to_owned(),
                    json!({"parameters": {"BF16": number + 1, "F32": 2}, "total": number + 3}),
                );
            }
            if number % 3 == 0 {
                fields.insert("library_name".to_owned(), json!("transformers"));
                fields.insert(
                    "gguf".to_owned(),
                    json!({"total": number + 9, "architecture": "llama", "chat_template": "…"}),
                );
                let base = json!({"relation": "finetune", "models": [{"_id": "1", "id": "account1/model-1"}]});
                fields.insert("baseModels".to_owned(), base);
            }
            model
        })
        .collect()
}
