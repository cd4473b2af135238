//! A drawing as an SVG file.

use super::surface::{Brush, Drawn, FAMILY, Letters, Paint, Point};
use crate::numbers::thousandths;

/// An SVG file under way: elements are added as they are drawn, and [`Brush::finish`] closes it.
pub struct Svg<'a> {
    out: &'a mut String,
    size: (u32, u32),
}

impl<'a> Svg<'a> {
    /// A file so many pixels wide and high.
    pub fn new(out: &'a mut String, size: (u32, u32)) -> Svg<'a> {
        let (width, height) = size;
        *out += &format!(
            "<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" xmlns=\"http://www.w3.org/2000/svg\">\n"
        );
        Svg { out, size }
    }

    fn element(&mut self, tag: &str, place: &str, paint: &Paint) {
        let colour = format!("{:02x}{:02x}{:02x}", paint.rgb.0, paint.rgb.1, paint.rgb.2);
        let look = match paint.stroke {
            None => format!("fill=\"#{colour}\""),
            Some(width) => format!("fill=\"none\" stroke=\"#{colour}\" stroke-width=\"{width}\""),
        };
        let opacity = if paint.alpha < 1.0 {
            format!(" opacity=\"{}\"", thousandths(paint.alpha))
        } else {
            String::new()
        };
        *self.out += &format!("<{tag} {place} {look}{opacity}/>\n");
    }
}

impl Brush for Svg<'_> {
    fn size(&self) -> (u32, u32) {
        self.size
    }

    fn rectangle(&mut self, from: Point, to: Point, paint: &Paint) -> Drawn {
        let place = format!(
            "x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
            from.0,
            from.1,
            to.0 - from.0,
            to.1 - from.1
        );
        self.element("rect", &place, paint);
        Ok(())
    }

    fn path(&mut self, points: &[Point], paint: &Paint) -> Drawn {
        let mut place = String::from("points=\"");
        for (x, y) in points {
            place += &format!("{x},{y} ");
        }
        place.push('"');
        let tag = if paint.stroke.is_some() { "polyline" } else { "polygon" };
        self.element(tag, &place, paint);
        Ok(())
    }

    fn circle(&mut self, (x, y): Point, radius: u32, paint: &Paint) -> Drawn {
        self.element("circle", &format!("cx=\"{x}\" cy=\"{y}\" r=\"{radius}\""), paint);
        Ok(())
    }

    fn text(&mut self, text: &str, (x, y): Point, letters: &Letters) -> Drawn {
        let (red, green, blue) = letters.rgb;
        let weight = if letters.bold { " font-weight=\"bold\"" } else { "" };
        *self.out += &format!(
            "<text x=\"{x}\" y=\"{y}\" dy=\"0.5ex\" text-anchor=\"{}\" font-family=\"{FAMILY}\" font-size=\"{}\"{weight} fill=\"#{red:02x}{green:02x}{blue:02x}\">",
            letters.side,
            thousandths(letters.size)
        );
        for letter in text.chars() {
            match letter {
                '&' => *self.out += "&amp;",
                '<' => *self.out += "&lt;",
                '>' => *self.out += "&gt;",
                other => self.out.push(other),
            }
        }
        *self.out += "</text>\n";
        Ok(())
    }

    fn finish(&mut self) {
        *self.out += "</svg>\n";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_stands_in_the_file_with_everything_escaped() {
        let mut out = String::new();
        let mut svg = Svg::new(&mut out, (40, 20));
        let fill = Paint {
            rgb: (1, 2, 255),
            alpha: 0.18,
            stroke: None,
        };
        let stroke = Paint {
            alpha: 1.0,
            stroke: Some(2),
            ..fill
        };
        svg.rectangle((1, 2), (11, 7), &fill).unwrap();
        svg.path(&[(0, 0), (5, 6)], &stroke).unwrap();
        svg.circle((3, 4), 5, &fill).unwrap();
        let letters = Letters {
            rgb: (0, 0, 0),
            size: 12.0,
            bold: true,
            side: "end",
        };
        svg.text("<Ai2 & Co>", (9, 8), &letters).unwrap();
        svg.finish();
        let lines: Vec<_> = out.lines().collect();
        assert_eq!(
            lines,
            [
                "<svg width=\"40\" height=\"20\" viewBox=\"0 0 40 20\" xmlns=\"http://www.w3.org/2000/svg\">",
                "<rect x=\"1\" y=\"2\" width=\"10\" height=\"5\" fill=\"#0102ff\" opacity=\"0.180\"/>",
                "<polyline points=\"0,0 5,6 \" fill=\"none\" stroke=\"#0102ff\" stroke-width=\"2\"/>",
                "<circle cx=\"3\" cy=\"4\" r=\"5\" fill=\"#0102ff\" opacity=\"0.180\"/>",
                &format!(
                    "<text x=\"9\" y=\"8\" dy=\"0.5ex\" text-anchor=\"end\" font-family=\"{FAMILY}\" font-size=\"12.000\" font-weight=\"bold\" fill=\"#000000\">&lt;Ai2 &amp; Co&gt;</text>"
                ),
                "</svg>",
            ]
        );
    }
}
