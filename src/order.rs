//! Putting things in order, through one sorting routine for the whole page: each further one costs kilobytes.

use std::cmp::Ordering;

/// The positions `0..count` in the order that `compare` gives them; equals stay as they were.
pub fn order(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|one, other| compare(*one, *other));
    order
}

/// Takes the elements at these positions, in this order.
pub fn arranged<T>(elements: Vec<T>, order: &[usize]) -> Vec<T> {
    let mut elements: Vec<Option<T>> = elements.into_iter().map(Some).collect();
    order.iter().filter_map(|at| elements.get_mut(*at)?.take()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_arranged_and_equals_stay_as_they_were() {
        let numbers = [3, 1, 2, 1];
        let order = order(numbers.len(), &|one, other| numbers[one].cmp(&numbers[other]));
        assert_eq!(order, [1, 3, 2, 0]);
        assert_eq!(arranged(vec!["c", "a", "b", "a2"], &order), ["a", "a2", "b", "c"]);
    }
}
