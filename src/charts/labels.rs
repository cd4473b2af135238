//! Labels side by side with what they name, without one covering another.

/// Moves labels apart so that neighbours are at least `gap` away from each other, inside `low..=high`.
///
/// Takes the wished positions and gives the ones to use, in the same order; each is as near to its wish as its
/// neighbours in the order of the wishes allow. Where there is no room for all, they overlap evenly.
pub fn spread(wishes: &[f64], gap: f64, low: f64, high: f64) -> Vec<f64> {
    let count = wishes.len();
    let gap = if count > 1 {
        gap.min((high - low) / (count - 1) as f64)
    } else {
        gap
    };
    let order = crate::order::order(count, &|one, other| wishes[one].total_cmp(&wishes[other]));
    // Runs of touching labels, each as (sum of wishes relative to its own start, members).
    let mut runs: Vec<(f64, Vec<usize>)> = Vec::new();
    for at in order {
        runs.push((wishes[at], vec![at]));
        while let [.., before, last] = runs.as_slice() {
            let start = |run: &(f64, Vec<usize>)| run_start(run.0, run.1.len(), gap, low, high);
            if start(before) + before.1.len() as f64 * gap <= start(last) {
                break;
            }
            let Some((sum, members)) = runs.pop() else { break };
            let Some(before) = runs.last_mut() else { break };
            before.0 += sum - before.1.len() as f64 * gap * members.len() as f64;
            before.1.extend(members);
        }
    }
    let mut placed = vec![0.0; count];
    for (sum, members) in runs {
        let start = run_start(sum, members.len(), gap, low, high);
        for (step, at) in members.into_iter().enumerate() {
            placed[at] = start + step as f64 * gap;
        }
    }
    placed
}

fn run_start(sum: f64, members: usize, gap: f64, low: f64, high: f64) -> f64 {
    let length = members.saturating_sub(1) as f64 * gap;
    (sum / members.max(1) as f64).min(high - length).max(low)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn labels_with_room_stay_where_they_are() {
        assert_eq!(spread(&[50.0, 10.0, 90.0], 14.0, 0.0, 100.0), [50.0, 10.0, 90.0]);
        assert_eq!(spread(&[50.0, 50.0], 14.0, 0.0, 100.0), [43.0, 57.0]);
        assert_eq!(spread(&[99.0, 100.0], 14.0, 0.0, 100.0), [86.0, 100.0]);
        assert_eq!(spread(&[], 14.0, 0.0, 100.0), Vec::<f64>::new());
    }

    proptest! {
        #[test]
        fn no_label_covers_another_or_leaves_the_frame(wishes in prop::collection::vec(0.0..300.0f64, 1..12)) {
            let placed = spread(&wishes, 14.0, 0.0, 300.0);
            let mut sorted = placed.clone();
            sorted.sort_by(f64::total_cmp);
            for pair in sorted.windows(2) {
                prop_assert!(pair[1] - pair[0] >= 14.0 - 1e-6, "{placed:?}");
            }
            prop_assert!(sorted[0] >= -1e-6 && sorted[sorted.len() - 1] <= 300.0 + 1e-6, "{placed:?}");
        }
    }
}
