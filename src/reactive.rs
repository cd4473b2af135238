//! Signals, what is derived from them, and who owns them: the reactive core of Leptos, by the names the page uses.

pub use leptos::reactive::computed::Memo;
pub use leptos::reactive::effect::RenderEffect;
pub use leptos::reactive::graph::untrack;
pub use leptos::reactive::owner::{LocalStorage, Owner, StoredValue, expect_context, provide_context};
pub use leptos::reactive::prelude::*;
pub use leptos::reactive::signal::RwSignal;
pub use leptos::reactive::wrappers::read::Signal;
