//! The engine against plain rows looked at one by one.
//!
//! The same tests run as WebAssembly (`cargo xtask test --only wasm`): there `test` is the attribute of
//! wasm-bindgen-test, which each file brings into scope.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod comparisons;
#[cfg(test)]
mod naive;
#[cfg(test)]
mod parts;
#[cfg(test)]
mod searches;
