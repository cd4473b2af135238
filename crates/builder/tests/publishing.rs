//! The ready workflow: its own commands, run week after week against a server that answers like the Hub.

#![allow(clippy::unwrap_used)]

mod dumps;
mod hub_server;

use std::fs;
use std::path::Path;
use std::process::Command;

use dumps::{folder, hub_atlas, manifest, names, succeeded};
use hub_server::{HubServer, invented};

/// The commands of a step of the workflow.
fn commands_of(step: &str) -> String {
    let workflow = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/publish/weekly.yml");
    let workflow = fs::read_to_string(workflow).unwrap();
    let (_, after) = workflow.split_once(&format!("- name: {step}\n")).unwrap();
    let (_, commands) = after.split_once("run: |\n").unwrap();
    let indent = " ".repeat(10);
    let lines = commands.lines().take_while(|line| line.starts_with(&indent));
    lines.map(|line| format!("{}\n", &line[indent.len()..])).collect()
}

/// Runs a step as the runner does, but on a given day, and with the builder that is compiled already.
fn run_step(step: &str, home: &Path, day: &str, server: &HubServer) {
    let stand_ins =
        r#"cargo() { while [ "$1" != "--" ]; do shift; done; shift; "$BUILDER" "$@"; }; date() { echo "$DAY"; }"#;
    let output = Command::new("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c"])
        .arg(format!("{stand_ins}\n{}", commands_of(step)))
        .current_dir(home)
        .envs([
            ("BUILDER", env!("CARGO_BIN_EXE_hub-atlas")),
            ("DAY", day),
            ("MODELS", "60"),
            ("HF_ENDPOINT", server.address()),
        ])
        .output()
        .unwrap();
    succeeded(&output);
}

#[test]
fn four_weeks_of_the_workflow_make_a_snapshot_each_and_downloads_by_month_from_the_third() {
    let home = folder("publishing");
    fs::create_dir(home.join("history")).unwrap();
    let server = HubServer::well(invented(200));
    let snapshot = home.join("snapshot");
    for (week, day) in ["2026-11-02", "2026-11-09", "2026-11-16", "2026-11-23"]
        .into_iter()
        .enumerate()
    {
        run_step("Ask the Hub", &home, day, &server);
        run_step("Make the snapshot", &home, day, &server);
        let manifest = manifest(&snapshot);
        assert_eq!((manifest.taken_on.as_str(), manifest.totals.rows), (day, 60));
        assert_eq!(
            manifest.sources[0].name,
            "Hugging Face Hub API (the 60 most downloaded models)"
        );
        // Each file holds a 30-day and a cumulative reading.
        let readings = manifest.history.map_or(0, |history| history.readings.len());
        assert_eq!(readings, if week < 2 { 0 } else { 2 * (week + 1) });
        succeeded(&hub_atlas(&["inspect", snapshot.to_str().unwrap()]));
    }
    assert_eq!(names(&home.join("history")).len(), 4, "no journal is left");
}
