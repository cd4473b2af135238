//! Groups of buttons.

use super::markup::{Element, element};
use super::place::{Live, live};
use crate::platform::page;

/// A button as it stands now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Button {
    /// Which button of the page this is, for presses and tests; empty for one of a choice.
    pub name: &'static str,
    /// Which of several of that name.
    pub value: &'static str,
    /// What the reader sees.
    pub label: String,
    /// More about it, on hover.
    pub title: String,
    /// How it looks: `quiet`, `main`.
    pub class: &'static str,
    /// Whether it cannot be pressed.
    pub disabled: bool,
    /// Whether it is pressed in, for those that stay so.
    pub pressed: Option<bool>,
}

impl Button {
    /// A quiet button.
    pub fn quiet(name: &'static str, label: impl Into<String>) -> Button {
        Button {
            name,
            label: label.into(),
            class: "quiet",
            ..Button::default()
        }
    }

    /// The button that does what its place is for.
    pub fn main(name: &'static str, label: impl Into<String>) -> Button {
        Button {
            class: "main",
            ..Button::quiet(name, label)
        }
    }

    /// The same with more about it, on hover.
    pub fn title(self, title: impl Into<String>) -> Button {
        Button {
            title: title.into(),
            ..self
        }
    }

    /// The same, pressable or not.
    pub fn disabled(self, disabled: bool) -> Button {
        Button { disabled, ..self }
    }
}

/// Called with the name and the value of a button that was pressed.
type Press = Box<dyn Fn(&str, &str)>;

/// A group of buttons, which index.html has named: the buttons as they stand now, and what a press on one does, told its
/// name and value.
pub fn buttons(list: impl Fn() -> Vec<Button> + 'static, press: impl Fn(&str, &str) + 'static) -> Live {
    let press: Press = Box::new(press);
    live(move || list().into_iter().map(button).collect::<Vec<_>>()).on_press(move |event| {
        if let Some((button, value)) = page::nearest(event, "data-value") {
            press(&button.get_attribute("data-testid").unwrap_or_default(), &value);
        }
    })
}

/// One of a few, as buttons of which one is pressed in. `list` gives keys, labels and the key in force.
pub fn choice(
    list: impl Fn() -> (Vec<(&'static str, &'static str)>, &'static str) + 'static,
    choose: impl Fn(&str) + 'static,
) -> Live {
    let all = move || {
        let (options, chosen) = list();
        let button = |(key, label): (&'static str, &'static str)| Button {
            value: key,
            label: label.to_owned(),
            pressed: Some(key == chosen),
            ..Button::default()
        };
        options.into_iter().map(button).collect()
    };
    buttons(all, move |_, key| choose(key))
}

fn button(button: Button) -> Element {
    element("button")
        .with("type", "button")
        .class(button.class)
        .maybe("data-testid", Some(button.name).filter(|name| !name.is_empty()))
        .with("data-value", button.value)
        .maybe("title", Some(button.title).filter(|title| !title.is_empty()))
        .maybe("aria-pressed", button.pressed.map(|pressed| pressed.to_string()))
        .flag("disabled", button.disabled)
        .words(button.label)
}
