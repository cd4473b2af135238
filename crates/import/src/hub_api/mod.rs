//! The Hub's own list of models, `GET /api/models`: what is asked, what an answer says, and how long to wait. Who sends the
//! questions is another matter.

pub mod answer;
pub mod api_query;
pub mod attempts;

pub mod limits;
pub mod listed_model;
pub mod patience;
