//! The Hub Atlas page.
fn main() {}
