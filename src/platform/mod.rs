//! The browser. Nothing outside this folder names `web_sys`.

pub mod address;
pub mod canvas;
pub mod files;
pub mod given;
#[cfg(target_arch = "wasm32")]
pub mod intl;
pub mod nodes;
pub mod page;
#[cfg(target_arch = "wasm32")]
pub mod ruler;
pub mod theme;
pub mod turns;
pub mod worker;
