//! The snapshot format from outside: what is written reads back, what others write reads too, what is damaged is refused.

#![allow(clippy::unwrap_used)]

mod damage;
mod folder;
mod foreign;
mod golden;
mod history;
mod invented;
mod manifest;
mod round_trip;
