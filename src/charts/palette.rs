//! Colours of the charts. Those of the page around them are in `style/`; a test holds the two together.

use atlas_protocol::facet::UNKNOWN;
use atlas_protocol::{Facet, FacetValue};
use plotters::style::RGBColor;

/// A colour.
pub type Colour = RGBColor;

/// The inks of a theme.
#[derive(Debug, PartialEq)]
pub struct Ink {
    /// What is drawn upon.
    pub paper: Colour,
    /// Text and outlines.
    pub ink: Colour,
    /// Lesser text.
    pub muted: Colour,
    /// Grid lines.
    pub rule: Colour,
    /// The whole behind the slice.
    pub ghost: Colour,
    /// The slice.
    pub accent: Colour,
    /// Values that the source does not tell.
    pub unknown: Colour,
    /// The rest of a long list.
    pub rest: Colour,
}

/// On light paper.
pub static LIGHT: Ink = Ink {
    paper: hex(0xfdfcfa),
    ink: hex(0x1d1c1a),
    muted: hex(0x625e57),
    rule: hex(0xe3dfd7),
    ghost: hex(0xd2cdc3),
    accent: hex(0x4a3fa3),
    unknown: hex(0x8a8a8a),
    rest: hex(0x5f6670),
};

/// On dark paper.
pub static DARK: Ink = Ink {
    paper: hex(0x15161a),
    ink: hex(0xeceae6),
    muted: hex(0xa5a29c),
    rule: hex(0x2c2e35),
    ghost: hex(0x42454e),
    accent: hex(0xa99df2),
    unknown: hex(0x8c8c8c),
    rest: hex(0xb3bac4),
};

const fn hex(code: u32) -> Colour {
    RGBColor((code >> 16) as u8, (code >> 8) as u8, code as u8)
}

const ORANGE: Colour = hex(0xe69f00);
const SKY: Colour = hex(0x56b4e9);
const GREEN: Colour = hex(0x009e73);
const YELLOW: Colour = hex(0xf0e442);
const BLUE: Colour = hex(0x0072b2);
const VERMILION: Colour = hex(0xd55e00);
const PURPLE: Colour = hex(0xcc79a7);

/// Okabe and Ito, "Color Universal Design", 2008: apart for every kind of colour vision.
const CATEGORIES: [Colour; 7] = [BLUE, ORANGE, GREEN, VERMILION, SKY, PURPLE, YELLOW];

/// Nine steps of viridis (Smith and van der Walt, 2015) for values with an order.
const STEPS: [Colour; 9] = [
    hex(0x440154),
    hex(0x472d7b),
    hex(0x3b528b),
    hex(0x2c728e),
    hex(0x21918c),
    hex(0x28ae80),
    hex(0x5ec962),
    hex(0xaddc30),
    hex(0xfde725),
];

/// The colour of a value that stands at `rank` among the values shown.
pub fn colour(facet: Facet, value: &FacetValue, rank: usize, ink: &Ink) -> Colour {
    match (facet, value.key.as_str()) {
        (_, UNKNOWN) => ink.unknown,
        (Facet::Region, "china") => VERMILION,
        (Facet::Region, "us") => BLUE,
        (Facet::Region, "europe") => GREEN,
        (Facet::Region, "other") => ORANGE,
        (Facet::Size, _) => STEPS[rank % STEPS.len()],
        _ => CATEGORIES[rank % CATEGORIES.len()],
    }
}

/// The colours of the median and of the mean where they share a plot.
pub const fn statistics(ink: &Ink) -> [Colour; 2] {
    [ink.accent, VERMILION]
}

/// Whether a mark of this colour needs an outline to stand out from the paper (WCAG 2.2, 1.4.11: 3 to 1).
pub fn needs_outline(colour: Colour, ink: &Ink) -> bool {
    contrast(colour, ink.paper) < 3.0
}

/// Contrast of two colours as WCAG 2.2 defines it, 1 to 21, within a twentieth.
fn contrast(one: Colour, other: Colour) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(colour: Colour) -> f64 {
    // A polynomial in place of the power of 2.4: it is as good for telling pale from dark, and needs no library.
    let channel = |level: u8| {
        let level = f64::from(level) / 255.0;
        level * level * (0.714 + 0.286 * level)
    };
    0.2126 * channel(colour.0) + 0.7152 * channel(colour.1) + 0.0722 * channel(colour.2)
}

/// The colour as style sheets write it: `#0072b2`.
pub fn css(colour: Colour) -> String {
    format!("#{:02x}{:02x}{:02x}", colour.0, colour.1, colour.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast to the letter of WCAG 2.2.
    fn exact_contrast(one: Colour, other: Colour) -> f64 {
        let channel = |level: u8| {
            let level = f64::from(level) / 255.0;
            if level <= 0.04045 {
                level / 12.92
            } else {
                ((level + 0.055) / 1.055).powf(2.4)
            }
        };
        let luminance =
            |colour: Colour| 0.2126 * channel(colour.0) + 0.7152 * channel(colour.1) + 0.0722 * channel(colour.2);
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn every_mark_below_three_to_one_is_outlined() {
        for ink in [&LIGHT, &DARK] {
            let own = [ink.accent, ink.unknown, ink.rest, ink.ghost];
            for colour in CATEGORIES.into_iter().chain(STEPS).chain(own) {
                let exact = exact_contrast(colour, ink.paper);
                assert!(needs_outline(colour, ink) || exact >= 3.0, "{} {exact}", css(colour));
                assert!(
                    (contrast(colour, ink.paper) / exact - 1.0).abs() < 0.05,
                    "{} {exact}",
                    css(colour)
                );
            }
        }
    }

    #[test]
    fn text_and_marks_stand_out_from_the_paper_in_both_themes() {
        for ink in [&LIGHT, &DARK] {
            assert!(exact_contrast(ink.ink, ink.paper) >= 7.0);
            assert!(exact_contrast(ink.muted, ink.paper) >= 4.5);
            assert!(exact_contrast(ink.accent, ink.paper) >= 4.5);
            for mark in [ink.unknown, ink.rest] {
                assert!(exact_contrast(mark, ink.paper) >= 3.0);
            }
        }
    }

    #[test]
    fn the_style_sheet_has_the_same_inks() {
        let sheet = include_str!("../../style/tokens.css");
        let dark = sheet.find("data-theme=\"dark\"").unwrap();
        let (light_part, dark_part) = sheet.split_at(dark);
        for (ink, part) in [(&LIGHT, light_part), (&DARK, dark_part)] {
            for (name, colour) in [
                ("paper", ink.paper),
                ("ink", ink.ink),
                ("muted", ink.muted),
                ("rule", ink.rule),
                ("ghost", ink.ghost),
                ("accent", ink.accent),
            ] {
                let line = format!("--{name}: {};", css(colour));
                assert!(part.contains(&line), "{line}");
            }
        }
    }

    #[test]
    fn regions_keep_their_colours_wherever_they_stand() {
        let value = |key: &str| FacetValue {
            key: key.to_owned(),
            label: String::new(),
            parent: None,
        };
        for rank in 0..5 {
            assert_eq!(colour(Facet::Region, &value("china"), rank, &LIGHT), VERMILION);
            assert_eq!(colour(Facet::Region, &value("unknown"), rank, &LIGHT), LIGHT.unknown);
        }
        assert_ne!(
            colour(Facet::Task, &value("a"), 0, &LIGHT),
            colour(Facet::Task, &value("b"), 1, &LIGHT)
        );
    }
}
