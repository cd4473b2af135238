//! Undo and redo over anything that can be told apart.

/// What was, what is, and what was taken back.
#[derive(Clone, Debug, PartialEq)]
pub struct History<T> {
    past: Vec<T>,
    present: T,
    future: Vec<T>,
    dragging: bool,
}

/// Steps that can be taken back; older ones are forgotten.
const DEPTH: usize = 200;

impl<T: Clone + PartialEq> History<T> {
    /// A history that begins here.
    pub const fn new(present: T) -> History<T> {
        History {
            past: Vec::new(),
            present,
            future: Vec::new(),
            dragging: false,
        }
    }

    /// What is.
    pub const fn present(&self) -> &T {
        &self.present
    }

    /// Takes one step. Returns whether anything changed.
    pub fn step(&mut self, next: T) -> bool {
        self.release();
        if next == self.present {
            return false;
        }
        self.remember(next);
        true
    }

    /// Moves on within one gesture: however many moves it makes, one undo takes all of them back.
    pub fn drag(&mut self, next: T) {
        if self.dragging {
            self.present = next;
        } else {
            self.dragging = true;
            self.remember(next);
        }
    }

    /// Whether a gesture is under way.
    pub const fn is_dragging(&self) -> bool {
        self.dragging
    }

    /// Ends a gesture. Returns whether it left a step: one that came back to where it began leaves none.
    pub fn release(&mut self) -> bool {
        let dragged = std::mem::take(&mut self.dragging);
        if dragged && self.past.last() == Some(&self.present) {
            self.past.pop();
            return false;
        }
        dragged
    }

    /// Takes back the newest step. Returns whether there was one.
    pub fn undo(&mut self) -> bool {
        self.release();
        let Some(former) = self.past.pop() else { return false };
        self.future.push(std::mem::replace(&mut self.present, former));
        true
    }

    /// Takes a step again that was taken back. Returns whether there was one.
    pub fn redo(&mut self) -> bool {
        self.release();
        let Some(next) = self.future.pop() else { return false };
        self.past.push(std::mem::replace(&mut self.present, next));
        true
    }

    /// Whether there is a step to take back.
    pub const fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Whether there is a step to take again.
    pub const fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }

    fn remember(&mut self, next: T) {
        self.past.push(std::mem::replace(&mut self.present, next));
        self.future.clear();
        if self.past.len() > DEPTH {
            self.past.remove(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_taken_back_and_taken_again() {
        let mut history = History::new(0);
        assert!(history.step(1) && history.step(2) && !history.step(2));
        assert!(history.undo());
        assert_eq!(*history.present(), 1);
        assert!(history.undo() && !history.undo());
        assert!(history.redo());
        assert_eq!(*history.present(), 1);
        assert!(history.step(7));
        assert!(!history.can_redo() && history.can_undo());
    }

    #[test]
    fn a_gesture_is_one_step_however_many_moves_it_makes() {
        let mut history = History::new(0);
        history.drag(1);
        history.drag(2);
        history.drag(3);
        assert!(history.is_dragging());
        assert!(history.release() && !history.release());
        assert_eq!(*history.present(), 3);
        assert!(history.undo());
        assert_eq!(*history.present(), 0);
    }

    #[test]
    fn a_gesture_that_comes_back_leaves_no_step() {
        let mut history = History::new(0);
        history.drag(1);
        history.drag(0);
        assert!(!history.release());
        assert!(!history.can_undo());
    }

    #[test]
    fn the_past_has_an_end() {
        let mut history = History::new(0);
        for step in 1..=DEPTH * 2 {
            history.step(step);
        }
        let mut taken_back = 0;
        while history.undo() {
            taken_back += 1;
        }
        assert_eq!(taken_back, DEPTH);
    }
}
