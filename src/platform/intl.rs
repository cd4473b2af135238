//! Number formats of the browser.

use js_sys::{Function, Object, Reflect};
use wasm_bindgen::prelude::*;

use crate::numbers::plain;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Intl)]
    type NumberFormat;

    #[wasm_bindgen(constructor, js_namespace = Intl, catch)]
    fn new(locale: &str, options: &Object) -> Result<NumberFormat, JsValue>;

    #[wasm_bindgen(method, getter)]
    fn format(this: &NumberFormat) -> Function;
}

/// The page is written in English, and so are its numbers.
const LOCALE: &str = "en";

fn formatter(options: &[(&str, JsValue)]) -> Option<Function> {
    let object = Object::new();
    for (key, value) in options {
        Reflect::set(&object, &JsValue::from_str(key), value).ok()?;
    }
    Some(NumberFormat::new(LOCALE, &object).ok()?.format())
}

thread_local! {
    static EXACT: Option<Function> = formatter(&[]);
    static COMPACT: Option<Function> =
        formatter(&[("notation", JsValue::from_str("compact")), ("maximumSignificantDigits", JsValue::from_f64(3.0))]);
}

fn write(format: &Option<Function>, count: u64) -> Option<String> {
    // A u64 crosses as a BigInt, so that no digit is lost beyond 2^53.
    format
        .as_ref()?
        .call1(&JsValue::UNDEFINED, &JsValue::from(count))
        .ok()?
        .as_string()
}

/// Three significant digits and a letter: `2.18B`.
pub fn compact(count: u64) -> String {
    COMPACT
        .with(|format| write(format, count))
        .unwrap_or_else(|| plain::compact(count))
}

/// All digits in groups of three.
pub fn exact(count: u64) -> String {
    EXACT
        .with(|format| write(format, count))
        .unwrap_or_else(|| plain::exact(count))
}

/// Every digit that tells a number from others.
pub fn written(value: f64) -> String {
    js_sys::Number::from(value)
        .to_string_with_radix(10)
        .map(String::from)
        .unwrap_or_default()
}
