//! `hub-atlas fetch` against a server that behaves like the Hub, and one that does not.

#![allow(clippy::unwrap_used, clippy::panic)]

mod dumps;
mod hub_server;

use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use atlas_import::hub_api::api_query::Scope;
use atlas_import::hub_api::patience::Patience;
use dumps::{folder, hub_atlas, import, manifest, names, rows, stderr, succeeded};
use hub_atlas::fetch::endpoint::Endpoint;
use hub_atlas::fetch::{FetchReport, FetchRequest, fetch};
use hub_atlas::progress::Silent;
use hub_server::{Answer, Asked, HubServer, invented};
use serde_json::{Value, json};

/// A request that waits a few milliseconds where a real one waits seconds.
fn request(server: &HubServer, scope: Scope, out: &Path) -> FetchRequest {
    FetchRequest {
        endpoint: Endpoint::parse(server.address()).unwrap(),
        scope,
        page_size: 100,
        out: out.to_owned(),
        replace: true,
        restart: false,
        patience: Patience {
            first: Duration::from_millis(1),
            most: Duration::from_millis(4),
            tries: 4,
            limit: Duration::from_millis(5),
            answer: Duration::from_millis(500),
            body: Duration::from_millis(500),
            ..Patience::default()
        },
    }
}

fn fetched(server: &HubServer, scope: Scope, out: &Path) -> anyhow::Result<FetchReport> {
    fetch(&request(server, scope, out), &Silent)
}

/// The file that an undisturbed fetch of these models gives.
fn unbroken(models: Vec<Value>, scope: Scope, home: &Path) -> Vec<u8> {
    let out = home.join("unbroken.parquet");
    fetched(&HubServer::well(models), scope, &out).unwrap();
    fs::read(out).unwrap()
}

fn ids(dump: &Path) -> Vec<String> {
    let (out, output) = import(dump, &["--replace"]);
    succeeded(&output);
    let rows = rows(&out);
    rows.iter()
        .map(|row| row.split(' ').next().unwrap().to_owned())
        .collect()
}

#[test]
fn the_most_downloaded_are_fetched_page_by_page_and_import_with_every_fact() {
    let home = folder("fetch-top");
    let server = HubServer::well(invented(1000));
    let out = home.join("models.parquet");
    let report = fetched(&server, Scope::Top(250), &out).unwrap();
    assert_eq!((report.models, report.pages, report.superseded), (250, 3, 0));
    assert_eq!(
        (report.effort.retries, report.effort.limit_waits, report.without_id),
        (0, 0, 0)
    );
    assert_eq!(names(&home), ["models.parquet"], "the journal is gone");

    let (snapshot, output) = import(&out, &[]);
    succeeded(&output);
    let rows = rows(&snapshot);
    assert_eq!(rows.len(), 250);
    let facts: Vec<&str> = rows[0].split(' ').collect();
    for fact in [
        "account0/model-0",
        "downloads_30d=3330",
        "downloads_all_time=33300",
        "likes=0",
        "parameters=3",
        "parameters_source=safetensors",
        "month=2022-03",
        "task=text-generation",
        "library=transformers",
        "licence=mit",
        "relation=finetune",
    ] {
        assert!(facts.contains(&fact), "{fact} is not in {facts:?}");
    }
    let name = &manifest(&snapshot).sources[0].name;
    assert_eq!(name, "models.parquet (the 250 most downloaded models)");
}

#[test]
fn all_models_are_fetched_in_an_order_that_does_not_change_meanwhile() {
    let home = folder("fetch-all");
    let server = HubServer::start(invented(730), |Asked { number, models, .. }| {
        // Downloads change with every request, and models appear: the list by age does not mind.
        for model in models.iter_mut() {
            model["downloads"] = json!((model["downloads"].as_u64().unwrap() * 7919 + number as u64) % 100_000);
        }
        let mut young = invented(1).remove(0);
        young["id"] = json!(format!("young/{number}"));
        young["createdAt"] = json!("2026-11-01T00:00:00.000Z");
        models.push(young);
        Answer::Page
    });
    let out = home.join("models.parquet");
    let report = fetched(&server, Scope::All, &out).unwrap();
    assert_eq!((report.models, report.pages, report.superseded), (731, 8, 0));
    let found = ids(&out);
    for model in invented(730) {
        assert!(found.contains(&model["id"].as_str().unwrap().to_owned()));
    }
}

#[test]
fn nothing_is_sent_but_the_question_and_only_to_the_endpoint() {
    let home = folder("fetch-head");
    let server = HubServer::well(invented(30));
    let output = Command::new(env!("CARGO_BIN_EXE_hub-atlas"))
        .args(["fetch", "--top", "25", "--page-size", "10", "--out"])
        .arg(home.join("models.parquet"))
        .env("HF_ENDPOINT", server.address())
        .env("HF_TOKEN", "hf_secret")
        .env("http_proxy", "http://127.0.0.1:1")
        .output()
        .unwrap();
    succeeded(&output);
    let heads = server.heads();
    assert_eq!(heads.len(), 3);
    for head in heads {
        let names: Vec<String> = head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .map(|(name, _)| name.to_ascii_lowercase())
            .collect();
        let allowed = ["host", "user-agent", "accept", "accept-encoding"];
        assert!(names.iter().all(|name| allowed.contains(&name.as_str())), "{names:?}");
        assert!(!head.contains("hf_secret"), "{head}");
    }
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains("25 models (the 25 most downloaded models)") && said.contains("hub-atlas import"),
        "{said}"
    );
}

#[test]
fn limits_errors_and_cut_connections_change_nothing_in_the_file() {
    let home = folder("fetch-troubles");
    let expected = unbroken(invented(950), Scope::Top(900), &home);
    let server = HubServer::start(invented(950), |asked| match asked.number {
        0 => Answer::Status(
            429,
            &[("RateLimit", "\"api\";r=0;t=1"), ("Retry-After", "0")],
            "{\"error\":\"slow down\"}",
        ),
        2 => Answer::Status(500, &[], "{\"error\":\"internal\"}"),
        3 => Answer::Status(503, &[("Retry-After", "0")], "<html>busy</html>"),
        5 => Answer::Cut,
        6 => Answer::Closed,
        8 => Answer::Body("application/json", "[{\"id\":\"a/b\",\"downl"),
        9 => Answer::Body("text/html", "<html><title>Down</title>"),
        10 => Answer::Slow(Duration::from_millis(700)),
        12 => Answer::PageWith(&[("RateLimit", "\"api\";r=0;t=1")]),
        14 => Answer::Status(429, &[], ""),
        _ => Answer::Page,
    });
    let out = home.join("models.parquet");
    let started = Instant::now();
    let report = fetched(&server, Scope::Top(900), &out).unwrap();
    assert_eq!(fs::read(&out).unwrap(), expected);
    assert_eq!((report.effort.retries, report.effort.limit_waits), (7, 3));
    assert!(
        started.elapsed() >= Duration::from_secs(2),
        "the limit asked for two waits of a second"
    );
}

#[test]
fn of_a_model_that_is_met_again_the_newest_reading_stays() {
    let home = folder("fetch-shift");
    let server = HubServer::start(invented(300), |Asked { number, models, .. }| {
        if number == 1 {
            // After the first page its first model falls behind, to the second page.
            models[0]["downloads"] = json!(601);
            models[0]["likes"] = json!(99);
        }
        Answer::Page
    });
    let out = home.join("models.parquet");
    let report = fetched(&server, Scope::Top(250), &out).unwrap();
    assert_eq!((report.models, report.superseded), (250, 1));
    let (snapshot, output) = import(&out, &[]);
    succeeded(&output);
    let rows = rows(&snapshot);
    assert_eq!(rows.len(), 250);
    let row = rows.iter().find(|row| row.starts_with("account0/model-0 ")).unwrap();
    assert!(row.contains("downloads_30d=601") && row.contains("likes=99"), "{row}");
}

/// Starts the command line, and kills it so long after it has sent so many requests, unless it is done by then.
fn run_and_kill(server: &HubServer, out: &Path, requests: usize, after: Duration) -> Option<Output> {
    let before = server.heads().len();
    let mut child = Command::new(env!("CARGO_BIN_EXE_hub-atlas"))
        .args(["fetch", "--top", "1900", "--page-size", "100", "--replace", "--out"])
        .arg(out)
        .args(["--endpoint", server.address()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while server.heads().len() < before + requests {
        if child.try_wait().unwrap().is_some() {
            return Some(child.wait_with_output().unwrap());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
    None
}

#[test]
fn killed_at_random_points_and_resumed_it_gives_the_file_of_an_unbroken_run() {
    let home = folder("fetch-kill");
    let expected = unbroken(invented(2000), Scope::Top(1900), &home);
    let mut kills = 0;
    for round in 0..2 {
        let server = HubServer::start(invented(2000), |_| Answer::Slow(Duration::from_millis(4)));
        let out = home.join(format!("models-{round}.parquet"));
        let mut random = RandomState::new().build_hasher().finish();
        let mut attempts = 0;
        loop {
            attempts += 1;
            assert!(attempts < 100, "it never comes to its end");
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            // From before the first request to several pages on, and anywhere within the work on a page.
            let (requests, after) = (random >> 33 & 7, Duration::from_micros(random >> 40 & 0x3fff));
            match run_and_kill(&server, &out, requests as usize, after) {
                Some(output) => {
                    succeeded(&output);
                    break;
                }
                None => kills += 1,
            }
            if attempts % 3 == 2 {
                break_off_the_last_line(&home.join(format!("models-{round}.parquet.journal")));
            }
        }
        assert_eq!(fs::read(&out).unwrap(), expected, "round {round}");
        // 19 pages; a kill costs the page in hand, a line broken off one more.
        let asked = server.heads().len();
        assert!(
            asked <= 19 + 2 * attempts,
            "{asked} requests in {attempts} runs: it begins anew rather than going on"
        );
    }
    assert!(kills >= 4, "only {kills} runs were killed");
    let left: Vec<String> = names(&home)
        .into_iter()
        .filter(|name| !name.ends_with(".parquet"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

/// What a power cut in the middle of a write leaves.
fn break_off_the_last_line(journal: &Path) {
    if let Ok(bytes) = fs::read(journal) {
        let end = bytes.len() - bytes.len().min(37);
        fs::write(journal, &bytes[..end]).unwrap();
    }
}

/// Fails, says all of these words, and leaves no file but the journal with so many pages.
fn fails(
    name: &str,
    scope: Scope,
    pages: usize,
    words: &[&str],
    decide: impl FnMut(Asked<'_>) -> Answer + Send + 'static,
) -> (PathBuf, HubServer) {
    let home = folder(name);
    let out = home.join("models.parquet");
    let server = HubServer::start(invented(950), decide);
    let message = format!("{:#}", fetched(&server, scope, &out).unwrap_err());
    for word in words {
        assert!(message.contains(word), "{word} is not in: {message}");
    }
    assert_eq!(names(&home), ["models.parquet.journal"]);
    let journal = fs::read_to_string(home.join("models.parquet.journal")).unwrap();
    assert_eq!(journal.lines().count(), pages + 1);
    (out, server)
}

#[test]
fn what_does_not_pass_is_said_and_the_pages_so_far_are_kept() {
    let after = |pages: usize, answer: Answer| {
        move |asked: Asked<'_>| {
            if asked.number < pages {
                Answer::Page
            } else {
                answer.clone()
            }
        }
    };
    let internal = Answer::Status(500, &[], "{\"error\":\"internal\"}");
    let words = [
        "3 pages are kept",
        "models.parquet.journal",
        "the same command",
        "500",
        "internal",
        "4 times in a row",
    ];
    let (out, server) = fails("fetch-500", Scope::Top(900), 3, &words, move |asked| {
        match asked.number {
            3..7 => internal.clone(),
            _ => Answer::Page,
        }
    });
    // Once the server is well again, the same request goes on, and asks only for what is missing.
    let report = fetched(&server, Scope::Top(900), &out).unwrap();
    assert_eq!(
        (report.pages, report.pages_from_journal, server.heads().len()),
        (9, 3, 7 + 6)
    );
    let expected = unbroken(invented(950), Scope::Top(900), &folder("fetch-500-unbroken"));
    assert_eq!(fs::read(&out).unwrap(), expected);

    let login = Answer::Body("text/html", "<!doctype html><html><title>Sign in</title></html>");
    let words = [
        "1 pages are kept",
        "web page (“Sign in”), not JSON",
        "--endpoint",
        "3 times in a row",
    ];
    fails("fetch-html", Scope::Top(900), 1, &words, after(1, login));
    let cut = Answer::Body("application/json", "[{\"id\":\"a");
    fails(
        "fetch-json",
        Scope::All,
        2,
        &["9 bytes is no whole JSON", "column 9", "[{\\\"id"],
        after(2, cut),
    );
    let error = Answer::Body("application/json", "{\"error\":\"maintenance\"}");
    fails(
        "fetch-object",
        Scope::All,
        2,
        &["no list of models", "maintenance"],
        after(2, error),
    );
    fails(
        "fetch-403",
        Scope::All,
        0,
        &["nothing was fetched", "403", "no token is ever sent"],
        after(0, Answer::Status(403, &[], "")),
    );
    let elsewhere = Answer::Status(308, &[("Location", "https://elsewhere.example/api/models")], "");
    fails(
        "fetch-308",
        Scope::All,
        0,
        &["308", "https://elsewhere.example", "not followed"],
        after(0, elsewhere),
    );
    let bad_question = Answer::Status(400, &[], "{\"error\":\"Invalid sort\"}");
    fails(
        "fetch-400",
        Scope::All,
        0,
        &["400", "Invalid sort"],
        after(0, bad_question),
    );
    let for_ever = Answer::Status(429, &[("Retry-After", "7200")], "");
    fails(
        "fetch-429",
        Scope::All,
        2,
        &["2 pages are kept", "7200 s"],
        after(2, for_ever),
    );
    fails(
        "fetch-closed",
        Scope::All,
        2,
        &["the connection to http://127.0.0.1"],
        after(2, Answer::Closed),
    );
}

#[test]
fn a_server_that_goes_in_circles_is_left() {
    let again = Answer::PageWith(&[(
        "Link",
        "</api/models?sort=createdAt&direction=-1&limit=100>; rel=\"next\"",
    )]);
    fails("fetch-circle", Scope::All, 51, &["in circles"], move |asked| {
        // The page before knows nothing of the one that follows; two addresses name each other in turn.
        if asked.number % 2 == 0 {
            again.clone()
        } else {
            Answer::PageWith(&[(
                "Link",
                "</api/models?limit=100&sort=createdAt&direction=-1>; rel=\"next\"",
            )])
        }
    });
}

#[test]
fn a_cursor_grown_too_old_is_read_anew_from_the_beginning_and_the_newest_stays() {
    let decide = |asked: Asked<'_>| match asked.number {
        4..8 => Answer::Status(503, &[], ""),
        8 => Answer::Status(400, &[], "{\"error\":\"Invalid cursor\"}"),
        9 => {
            asked.models[3]["likes"] = json!(77);
            Answer::Page
        }
        _ => Answer::Page,
    };
    let (out, server) = fails("fetch-stale", Scope::Top(900), 4, &["4 pages are kept"], decide);
    let report = fetched(&server, Scope::Top(900), &out).unwrap();
    assert_eq!((report.models, report.superseded), (900, 400));
    let mut models = invented(950);
    models[3]["likes"] = json!(77);
    let expected = unbroken(models, Scope::Top(900), &folder("fetch-stale-unbroken"));
    assert_eq!(fs::read(&out).unwrap(), expected);
}

#[test]
fn what_stands_in_the_way_is_named_with_what_to_do() {
    let home = folder("fetch-arguments");
    let server = HubServer::well(invented(30));
    let run = |more: &[&str]| stderr(&hub_atlas(&[&["fetch", "--endpoint", server.address()], more].concat()));
    let out = home.join("models.parquet");
    let out = out.to_str().unwrap();
    assert!(run(&["--out", out]).contains("--top N, or --all"));
    assert!(run(&["--top", "0", "--out", out]).contains("at least 1"));
    assert!(run(&["--top", "5", "--out", home.to_str().unwrap()]).contains("is no file"));
    let message = stderr(&hub_atlas(&[
        "fetch",
        "--top",
        "5",
        "--out",
        out,
        "--endpoint",
        "http://huggingface.co",
    ]));
    assert!(
        message.contains("neither https") && !Path::new(out).exists(),
        "{message}"
    );
    fs::write(out, "mine").unwrap();
    let message = run(&["--top", "5", "--out", out]);
    assert!(
        message.contains("is there already") && message.contains("--replace"),
        "{message}"
    );
    assert_eq!(fs::read(out).unwrap(), b"mine");
    assert!(
        server.heads().is_empty(),
        "nothing is asked before the answer has a place"
    );
}

#[test]
fn a_disk_that_fills_up_costs_nothing_that_was_fetched() {
    let home = folder("fetch-full");
    let out = home.join("models.parquet");
    let server = HubServer::well(invented(2000));
    let run = |blocks: &str| {
        // A limit on the size of any file written stands for the full disk: writing beyond it fails in the same place.
        let script = format!(r#"trap '' XFSZ; ulimit -f {blocks}; exec "$0" "$@""#);
        Command::new("bash")
            .args([
                "-c",
                &script,
                env!("CARGO_BIN_EXE_hub-atlas"),
                "fetch",
                "--top",
                "1900",
                "--page-size",
                "100",
            ])
            .args(["--endpoint", server.address(), "--out"])
            .arg(&out)
            .output()
            .unwrap()
    };
    let output = run("200");
    let message = stderr(&output);
    assert!(!output.status.success());
    for word in [
        "models.parquet.journal",
        "disk is full",
        "Free some space",
        "the same command",
    ] {
        assert!(message.contains(word), "{word} is not in: {message}");
    }
    let asked = server.heads().len();
    assert!((2..15).contains(&asked), "{asked}");
    succeeded(&run("unlimited"));
    assert_eq!(
        server.heads().len(),
        20,
        "each page but the one that did not fit was asked for once"
    );
    assert_eq!(
        fs::read(&out).unwrap(),
        unbroken(invented(2000), Scope::Top(1900), &home)
    );
}

#[test]
fn the_saved_pages_of_the_hub_come_out_as_they_went_in() {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/hub/api");
    if !pages.exists() {
        println!("skipped: ../shared/data/hub/api is not here");
        return;
    }
    let mut models: Vec<Value> = Vec::new();
    for page in ["models-page-1.json", "models-page-2.json"] {
        models.extend(serde_json::from_slice::<Vec<Value>>(&fs::read(pages.join(page)).unwrap()).unwrap());
    }
    let home = folder("fetch-saved");
    let (out, report) = (home.join("models.parquet"), home.join("report.json"));
    let server = HubServer::well(models.clone());
    let arguments = [
        "--page-size",
        "300",
        "--endpoint",
        server.address(),
        "--out",
        out.to_str().unwrap(),
    ];
    let top = ["fetch", "--top", "800", "--report", report.to_str().unwrap()];
    succeeded(&hub_atlas(&[&top[..], &arguments[..]].concat()));
    let report: Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
    assert_eq!(
        (&report["models"], &report["unreadable"], &report["pages"]),
        (&json!(800), &json!(0), &json!(3))
    );
    let (snapshot, output) = import(&out, &[]);
    succeeded(&output);
    models.sort_by_key(|model| std::cmp::Reverse(model["downloads"].as_u64().unwrap()));
    let downloads: u64 = models[..800]
        .iter()
        .map(|model| model["downloads"].as_u64().unwrap())
        .sum();
    let likes: u64 = models[..800].iter().map(|model| model["likes"].as_u64().unwrap()).sum();
    let totals = manifest(&snapshot).totals;
    assert_eq!(
        (totals.rows, totals.downloads_30d, totals.likes),
        (800, downloads, Some(likes))
    );
    let first = &rows(&snapshot)[0];
    assert!(
        first.starts_with("sentence-transformers/all-MiniLM-L6-v2 downloads_30d=257229302"),
        "{first}"
    );
}
