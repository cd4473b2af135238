//! The Hub Atlas page: what a reader sees and touches.
//!
//! `index.html` holds the frame and all text that does not change; [`app`] fills it. [`state`] keeps the reader's
//! question and the engine's answer, [`charts`] says and draws what is in the answer, [`components`] show it, and only
//! [`platform`] knows that there is a browser.

mod app;
mod charts;
mod components;
mod numbers;
mod order;
mod platform;
mod reactive;
mod state;

fn main() {
    app::start();
}
