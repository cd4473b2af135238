//! Turns: what follows from a change is done piece by piece. When a turn has taken its time, the browser gets to draw and
//! to listen before the next one, so that no task of the page's thread grows long, however much there is to do.
//!
//! A piece is what an effect does when it is woken: one list of bars, one chart, ten rows.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use any_spawner::{CustomExecutor, Executor, PinnedFuture, PinnedLocalFuture};
use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::{MessageChannel, MessagePort};

/// Milliseconds after which a turn ends with the piece in hand.
const TURN_MS: f64 = 6.0;

/// Lets effects and spawned tasks take turns from now on. Called once, before there are any.
pub fn start() {
    // Fails only where another executor has been set, which then does the work in its own way.
    drop(Executor::init_local_custom_executor(Turns));
}

struct Turns;

impl CustomExecutor for Turns {
    fn spawn(&self, future: PinnedFuture<()>) {
        self.spawn_local(future);
    }

    fn spawn_local(&self, future: PinnedLocalFuture<()>) {
        let at = QUEUE.with_borrow_mut(|queue| {
            let at = queue.free.pop().unwrap_or(queue.tasks.len());
            let task = Task {
                future: Some(future),
                waker: Waker::from(Arc::new(Bell(at))),
            };
            match queue.tasks.get_mut(at) {
                Some(place) => *place = task,
                None => queue.tasks.push(task),
            }
            at
        });
        line_up(at);
    }

    fn poll_local(&self) {}
}

/// A task: `None` while it runs and once it has ended.
struct Task {
    future: Option<PinnedLocalFuture<()>>,
    waker: Waker,
}

/// Wakes the task at a place.
struct Bell(usize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        line_up(self.0);
    }
}

#[derive(Default)]
struct Queue {
    tasks: Vec<Task>,
    /// Places of tasks that have ended.
    free: Vec<usize>,
    /// Places of tasks that wait for a turn, each once.
    waiting: VecDeque<usize>,
    /// Whether a turn is under way or has been arranged.
    arranged: bool,
}

thread_local! {
    static QUEUE: RefCell<Queue> = RefCell::default();
    static NEXT: Option<Next> = Next::new();
}

/// How a turn comes about.
struct Next {
    port: MessagePort,
    turn: Function,
}

impl Next {
    fn new() -> Option<Next> {
        let turn = Closure::<dyn FnMut()>::new(take_turn)
            .into_js_value()
            .unchecked_into::<Function>();
        let channel = MessageChannel::new().ok()?;
        channel.port1().set_onmessage(Some(&turn));
        Some(Next {
            port: channel.port2(),
            turn,
        })
    }
}

/// Puts the task at a place at the end of those that wait.
fn line_up(at: usize) {
    let idle = QUEUE.with_borrow_mut(|queue| {
        if !queue.waiting.contains(&at) {
            queue.waiting.push_back(at);
        }
        !std::mem::replace(&mut queue.arranged, true)
    });
    if idle {
        // Still within the browser's task, so that a press shows at once.
        NEXT.with(|next| {
            if let (Some(next), Some(window)) = (next, web_sys::window()) {
                window.queue_microtask(&next.turn);
            }
        });
    }
}

fn take_turn() {
    let until = js_sys::Date::now() + TURN_MS;
    while let Some((at, future, waker)) = next() {
        run(at, future, &waker);
        if js_sys::Date::now() >= until {
            break;
        }
    }
    let more = QUEUE.with_borrow_mut(|queue| {
        queue.arranged = !queue.waiting.is_empty();
        queue.arranged
    });
    if more {
        NEXT.with(|next| {
            if let Some(next) = next {
                // Only what cannot be cloned makes this fail.
                drop(next.port.post_message(&JsValue::NULL));
            }
        });
    }
}

/// The task whose turn it is. One that has ended since it was woken is passed over.
fn next() -> Option<(usize, PinnedLocalFuture<()>, Waker)> {
    QUEUE.with_borrow_mut(|queue| {
        loop {
            let at = queue.waiting.pop_front()?;
            let task = queue.tasks.get_mut(at)?;
            if let Some(future) = task.future.take() {
                return Some((at, future, task.waker.clone()));
            }
        }
    })
}

fn run(at: usize, mut future: PinnedLocalFuture<()>, waker: &Waker) {
    let ended = future.as_mut().poll(&mut Context::from_waker(waker)).is_ready();
    if ended {
        // Outside the queue, because what it held may wake others when it goes.
        drop(future);
        return QUEUE.with_borrow_mut(|queue| queue.free.push(at));
    }
    QUEUE.with_borrow_mut(|queue| {
        if let Some(task) = queue.tasks.get_mut(at) {
            task.future = Some(future);
        }
    });
}
