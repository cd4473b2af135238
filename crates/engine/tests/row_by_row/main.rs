//! The engine against plain rows looked at one by one.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod naive;
#[cfg(test)]
mod parts;
