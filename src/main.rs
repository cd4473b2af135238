//! The Hub Atlas page: what a reader sees and touches.

mod charts;
mod numbers;
mod platform;
mod state;

fn main() {
    let atlas = state::Atlas::from_address();
    atlas.start_engine();
}
