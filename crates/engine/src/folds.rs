//! Which value of a facet each combination of a joint has.

use atlas_protocol::Facet;

use crate::joints::{JOINTS, Joints, place};
use crate::layout::Layout;

/// For every facet, its joint and its value in each combination of that joint. Grows with the joints.
#[derive(Clone, Debug)]
pub(crate) struct Folds {
    facets: Vec<Fold>,
    /// Number of combinations of each joint.
    pub(crate) lengths: [usize; JOINTS],
}

/// One facet as part of a joint.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fold {
    /// Position of the joint.
    pub(crate) joint: usize,
    /// The value in each combination of the joint.
    pub(crate) value: Vec<u32>,
    /// Number of values of the facet.
    pub(crate) values: usize,
}

impl Folds {
    pub(crate) fn new(layout: &Layout, joints: &Joints) -> Folds {
        let fold = |facet: Facet| {
            let lies = layout.facet(facet);
            let value = |code: &u32| lies.value_of(*code as usize) as u32;
            // A facet of which the collection has no column adds nothing up.
            let codes = joints.member(lies.base).iter().filter(|_| lies.values > 0);
            Fold {
                joint: place(lies.base).0,
                value: codes.map(value).collect(),
                values: lies.values,
            }
        };
        Folds {
            facets: Facet::ALL.into_iter().map(fold).collect(),
            lengths: std::array::from_fn(|joint| joints.len(joint)),
        }
    }

    pub(crate) fn facet(&self, facet: Facet) -> &Fold {
        &self.facets[facet.index()]
    }
}
