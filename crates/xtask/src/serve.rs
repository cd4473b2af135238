//! `cargo xtask serve`: build the page and show it on this machine.

use crate::build::{self, BuildOptions};
use crate::project::Project;
use crate::server::Site;

const USUAL_PORT: u16 = 8080;

/// What to serve and where.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// What to build first.
    pub build: BuildOptions,
    /// The port; where none is given, 8080 or else a free one.
    pub port: Option<u16>,
    /// The path the page lies under, with a slash at both ends.
    pub base: String,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            build: BuildOptions::default(),
            port: None,
            base: "/".to_owned(),
        }
    }
}

/// Builds the page, serves it on 127.0.0.1, prints the address and stays until it is interrupted.
///
/// # Errors
/// When the build fails or the port is taken.
pub fn run(project: &Project, options: &ServeOptions) -> anyhow::Result<()> {
    let dist = build::page(project, &options.build)?;
    let site = match options.port {
        Some(port) => Site::bind(&dist, &options.base, port)?,
        None => Site::bind(&dist, &options.base, USUAL_PORT).or_else(|_| Site::bind(&dist, &options.base, 0))?,
    };
    println!("\nHub Atlas is at {}\nCtrl-C ends it.", site.address()?);
    site.serve()
}
