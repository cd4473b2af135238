//! Debian's packages: which are installed, which can be, and installing them.

use crate::command;
use anyhow::Context;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

static LISTS_ARE_FRESH: AtomicBool = AtomicBool::new(false);

/// Whether this machine is Debian and this process may install packages.
pub fn can_install() -> bool {
    is_debian() && is_root()
}

/// Whether this machine is Debian.
pub fn is_debian() -> bool {
    std::fs::read_to_string("/etc/os-release").is_ok_and(|text| names_debian(&text))
}

fn names_debian(os_release: &str) -> bool {
    os_release
        .lines()
        .any(|line| matches!(line.trim(), "ID=debian" | "ID=\"debian\""))
}

fn is_root() -> bool {
    command::capture(Command::new("id").arg("-u")).is_ok_and(|user| user == "0")
}

/// Whether the package is installed, whole.
pub fn is_installed(package: &str) -> bool {
    command::capture(Command::new("dpkg-query").args(["--show", "--showformat", "${db:Status-Status}", package]))
        .is_ok_and(|status| status == "installed")
}

/// Refreshes the package lists, once in this process, and installs the packages.
///
/// # Errors
/// When apt-get fails; what it said stands above.
pub fn install(packages: &[&str]) -> anyhow::Result<()> {
    if !LISTS_ARE_FRESH.load(Ordering::Relaxed) {
        command::run(Command::new("apt-get").args(["update", "-qq"]))
            .context("the package lists could not be refreshed")?;
        LISTS_ARE_FRESH.store(true, Ordering::Relaxed);
    }
    command::run(
        Command::new("apt-get")
            .args(["install", "-y", "-qq", "--no-install-recommends"])
            .args(packages)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
    .context("Debian's packages could not be installed")
}

#[cfg(test)]
mod tests {
    use super::names_debian;

    #[test]
    fn only_debian_itself_counts_as_debian() {
        assert!(names_debian(
            "NAME=\"Debian GNU/Linux\"\nID=debian\nVERSION_ID=\"12\"\n"
        ));
        assert!(!names_debian("NAME=\"Ubuntu\"\nID=ubuntu\nID_LIKE=debian\n"));
    }
}
