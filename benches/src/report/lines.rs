//! Line charts in SVG, with a logarithmic axis.

use std::fmt::Write;

use super::{
    chart::{STYLE, WIDTH},
    table::figure,
};

const HEIGHT: usize = 380;

/// The edges of the plot. The names of the lines are right of it.
const LEFT: f64 = 64.0;
const RIGHT: f64 = 464.0;
const TOP: f64 = 56.0;
const BOTTOM: f64 = 320.0;

/// The least distance of two names.
const NAME: f64 = 16.0;

/// The least distance of two numbers below the plot.
const PLACE: f64 = 48.0;

/// At most this many lines across.
const STEPS: f64 = 5.0;

/// The dashes of lines, which tell lines of one colour apart.
const DASHES: [&str; 5] = ["none", "10 4", "3 3", "10 3 3 3", "1 4"];

/// A line of a chart.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) is_ours: bool,
    /// From left to right.
    pub(super) points: Vec<(usize, f64)>,
}

/// Draws lines over `across`, which is on a logarithmic axis. Lower is better in all charts.
pub(super) fn draw(title: &str, across: &str, lines: &[Line]) -> String {
    let points = || lines.iter().flat_map(|line| &line.points);
    let mut places: Vec<usize> = points().map(|&(x, _)| x).collect();
    places.sort_unstable();
    places.dedup();
    let largest = points().map(|&(_, y)| y).fold(f64::MIN_POSITIVE, f64::max);
    let step = step(largest);
    let top = (largest / step).ceil() * step;
    let first = places.first().copied().unwrap_or(1).max(1) as f64;
    let last = places.last().copied().unwrap_or(1).max(2) as f64;
    let x = |place: usize| {
        let share = (place.max(1) as f64 / first).ln() / (last / first).max(2.0).ln();
        LEFT + share * (RIGHT - LEFT)
    };
    let y = |value: f64| BOTTOM - value / top * (BOTTOM - TOP);

    let mut body = String::new();
    // Writing to a string cannot fail.
    for number in 0..=(top / step).round() as usize {
        let value = number as f64 * step;
        let at = y(value);
        let _ = writeln!(
            body,
            "<path class=\"grid\" d=\"M{LEFT} {at:.1}H{RIGHT}\"/>\
             <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 8.0,
            at + 4.0,
            tick(value, step),
        );
    }
    let mut free = f64::MAX;
    // From the right: the last number is always there.
    for &place in places.iter().rev() {
        let at = x(place);
        if at > free {
            continue;
        }
        free = at - PLACE;
        let _ = writeln!(
            body,
            "<text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            BOTTOM + 20.0,
            whole(place),
        );
    }
    let _ = writeln!(
        body,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{across}</text>",
        f64::midpoint(LEFT, RIGHT),
        BOTTOM + 44.0,
    );
    draw_lines(&mut body, lines, x, y);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">\n\
         <style>{STYLE}.grid{{stroke:#8c959f;stroke-opacity:.3}}.line{{fill:none;stroke-width:2.5;\
         stroke:#8c959f}}.line.ours{{fill:none;stroke:#0969da}}@media(prefers-color-scheme:dark){{\
         .line{{stroke:#6e7681}}.line.ours{{fill:none;stroke:#4493f8}}}}</style>\n\
         <text class=\"title\" x=\"12\" y=\"26\">{title} (less is better)</text>\n{body}</svg>\n"
    )
}

fn draw_lines(body: &mut String, lines: &[Line], x: impl Fn(usize) -> f64, y: impl Fn(f64) -> f64) {
    let mut ends = Vec::new();
    for (line, dashes) in lines.iter().zip(DASHES.iter().cycle()) {
        let Some(&(_, end)) = line.points.last() else {
            continue;
        };
        let points: Vec<_> = line
            .points
            .iter()
            .map(|&(place, value)| format!("{:.1},{:.1}", x(place), y(value)))
            .collect();
        let class = if line.is_ours { "line ours" } else { "line" };
        let _ = writeln!(
            body,
            "<polyline class=\"{class}\" stroke-dasharray=\"{dashes}\" points=\"{}\"/>",
            points.join(" "),
        );
        ends.push((y(end), line, end, *dashes, class));
    }
    // Names that would cover each other go down.
    ends.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut free = f64::MIN;
    for (at, line, end, dashes, class) in ends {
        let at = at.max(free);
        free = at + NAME;
        let _ = writeln!(
            body,
            "<path class=\"{class}\" stroke-dasharray=\"{dashes}\" d=\"M{} {at:.1}h22\"/>\
             <text x=\"{}\" y=\"{:.1}\">{}: {}</text>",
            RIGHT + 10.0,
            RIGHT + 38.0,
            at + 4.0,
            line.name,
            figure(end),
        );
    }
}

/// The distance of the lines across: 1, 2 or 5 times a power of ten.
fn step(largest: f64) -> f64 {
    let least = largest / STEPS;
    let power = 10_f64.powf(least.log10().floor());
    let factor = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|factor| factor * power >= least);
    factor.unwrap_or(10.0) * power
}

/// A multiple of `step`, with as many digits as it needs.
fn tick(value: f64, step: f64) -> String {
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    format!("{value:.decimals$}")
}

fn whole(number: usize) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => figure(number as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, points: &[(usize, f64)]) -> Line {
        Line {
            name: name.to_owned(),
            is_ours: name == "levante",
            points: points.to_vec(),
        }
    }

    #[test]
    fn places_are_as_far_apart_as_their_ratio() {
        let lines = [
            line("levante", &[(10, 2.0), (100, 1.0), (1000, 1.0)]),
            line("other", &[(10, 1.0), (1000, 1.0)]),
        ];
        let svg = draw("Cost", "subscribers", &lines);
        // The top line is 2.0, the middle of the three places is in the middle.
        assert!(
            svg.contains("points=\"64.0,56.0 264.0,188.0 464.0,188.0\""),
            "{svg}"
        );
        assert!(svg.contains(">1,000</text>"), "{svg}");
        assert!(svg.contains(">100</text>"), "{svg}");
        // Both lines end at the same point, and their names do not.
        assert!(svg.contains("y=\"192.0\">levante: 1.00"), "{svg}");
        assert!(svg.contains("y=\"208.0\">other: 1.00"), "{svg}");
        assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
    }

    #[test]
    fn numbers_that_would_cover_each_other_are_left_out() {
        let svg = draw(
            "Cost",
            "subscribers",
            &[line("a", &[(10, 1.0), (900, 1.0), (1000, 1.0)])],
        );
        assert!(
            svg.contains(">10</text>") && svg.contains(">1,000</text>"),
            "{svg}"
        );
        assert!(!svg.contains(">900</text>"), "{svg}");
    }

    #[test]
    fn a_chart_without_points_or_with_one_is_a_chart() {
        for lines in [vec![], vec![line("a", &[])], vec![line("a", &[(7, 0.5)])]] {
            let svg = draw("Cost", "workers", &lines);
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
    }

    #[test]
    fn steps_are_round() {
        for (largest, expected) in [(1.0, 0.2), (1.2, 0.5), (9.9, 2.0), (26.0, 10.0)] {
            assert!(
                (step(largest) / expected - 1.0_f64).abs() < 1e-9,
                "{largest}"
            );
        }
        assert_eq!(tick(0.6000000001, 0.2), "0.6");
        assert_eq!(tick(20.0, 10.0), "20");
    }
}
