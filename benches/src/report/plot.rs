//! One picture a family: bars for the medians, a whisker for the middle half.

use std::error::Error;
use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::contender::Role;
use crate::report::figure;
use crate::summary::{Outcome, Summary};

const WIDTH: i32 = 900;
const MARGIN: i32 = 16;
const TITLE: i32 = 40;
const HEADING: i32 = 30;
const BAR: i32 = 22;
/// Where the bars begin and end.
const LEFT: i32 = 230;
const RIGHT: i32 = WIDTH - 170;
/// A contender that takes this many times what the best one does is cut off.
const CUT: f64 = 6.0;

const INK: RGBColor = RGBColor(40, 40, 40);
const OURS: RGBColor = RGBColor(200, 80, 30);
const PEER: RGBColor = RGBColor(90, 125, 165);
const REFERENCE: RGBColor = RGBColor(190, 190, 190);

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Draws the family to a file.
pub(crate) fn draw(path: &Path, family: &str, rows: &[&Summary]) -> Result<(), Box<dyn Error>> {
    let bars: usize = rows.iter().map(|row| row.results.len()).sum();
    let height = TITLE + rows.len() as i32 * HEADING + bars as i32 * BAR + MARGIN;
    let area = SVGBackend::new(path, (WIDTH as u32, height as u32)).into_drawing_area();
    area.fill(&WHITE)?;
    let unit = rows.first().map_or("", |row| row.unit.symbol());
    let title = format!("{family}: {unit} an operation, less is better");
    write(&area, &title, (MARGIN, TITLE / 2), 18, HPos::Left)?;
    let mut top = TITLE;
    for row in rows {
        panel(&area, row, top)?;
        top += HEADING + row.results.len() as i32 * BAR;
    }
    area.present()?;
    Ok(())
}

fn panel(area: &Area<'_>, row: &Summary, top: i32) -> Result<(), Box<dyn Error>> {
    let heading = match row.ratio() {
        Some(ratio) => format!("{} (ours {:.2}x the best peer)", row.row, ratio.median),
        None => row.row.clone(),
    };
    write(area, &heading, (MARGIN, top + HEADING / 2), 14, HPos::Left)?;
    let best = row.best_peer().map_or(1.0, |best| best.cost.median);
    let longest = row
        .results
        .iter()
        .map(|outcome| outcome.cost.q3)
        .fold(0.0, f64::max);
    let end = longest.min(CUT * best);
    for (index, outcome) in row.results.iter().enumerate() {
        let middle = top + HEADING + index as i32 * BAR + BAR / 2;
        bar(area, outcome, middle, end)?;
    }
    Ok(())
}

fn bar(area: &Area<'_>, outcome: &Outcome, middle: i32, end: f64) -> Result<(), Box<dyn Error>> {
    let cost = outcome.cost;
    let place = |value: f64| LEFT + ((RIGHT - LEFT) as f64 * (value / end).min(1.0)) as i32;
    let color = match outcome.role {
        Role::Ours => OURS,
        Role::Peer => PEER,
        Role::Reference(_) => REFERENCE,
    };
    let half = BAR / 2 - 3;
    let corners = [(LEFT, middle - half), (place(cost.median), middle + half)];
    area.draw(&Rectangle::new(corners, color.filled()))?;
    let whisker = [(place(cost.q1), middle), (place(cost.q3), middle)];
    area.draw(&PathElement::new(whisker, INK.stroke_width(2)))?;
    write(area, outcome.name, (LEFT - 8, middle), 13, HPos::Right)?;
    let cut = if cost.median > end { ">> " } else { "" };
    let mut label = format!("{cut}{}", figure(cost.median));
    if let Some((least, _)) = outcome.share {
        label.push_str(&format!("  [share {least:.2}]"));
    }
    let right = place(cost.q3.max(cost.median));
    write(area, &label, (right + 8, middle), 13, HPos::Left)
}

fn write(
    area: &Area<'_>,
    text: &str,
    place: (i32, i32),
    size: i32,
    side: HPos,
) -> Result<(), Box<dyn Error>> {
    let style = ("sans-serif", size)
        .into_font()
        .color(&INK)
        .pos(Pos::new(side, VPos::Center));
    area.draw(&Text::new(text.to_owned(), place, style))?;
    Ok(())
}
