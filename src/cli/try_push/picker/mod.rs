//! Choosing tasks on the screen: type to search, choose any number, look at each.

mod screen;
mod state;

use std::io::{self, Write as _};

use crossterm::event::{Event, KeyEventKind, read};
use crossterm::{cursor, execute, queue, style, terminal};

use self::screen::{Size, lines};
use self::state::{Picker, Step};
use super::super::failure::Failure;
use crate::model::LabelGraph;

/// Has the user choose labels; nothing if the user gives up.
///
/// # Errors
/// A terminal that does not do what it is told.
pub(super) fn pick(graph: &LabelGraph) -> Result<Option<Vec<String>>, Failure> {
    let failed = |error: io::Error| Failure::Output { target: "the terminal".into(), error };
    let labels = graph.keys().map(|label| label.as_str()).collect();
    let terminal = Raw::enter().map_err(failed)?;
    let picked = picked(Picker::new(labels), graph).map_err(failed);
    drop(terminal);
    picked
}

fn picked(mut picker: Picker<'_>, graph: &LabelGraph) -> io::Result<Option<Vec<String>>> {
    loop {
        let size = terminal::size().map(|(columns, rows)| Size { columns: columns.into(), rows: rows.into() })?;
        picker.show_at_most(screen::rows_of_list(size));
        draw(&lines(&picker, graph, size))?;
        let step = match read()? {
            Event::Key(key) if key.kind != KeyEventKind::Release => picker.press(key),
            _ => Step::GoOn,
        };
        match step {
            Step::GoOn => {}
            Step::Done => return Ok(Some(picker.chosen())),
            Step::GiveUp => return Ok(None),
        }
    }
}

fn draw(lines: &[String]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for (row, line) in (0..).zip(lines) {
        queue!(out, cursor::MoveTo(0, row), style::Print(line), terminal::Clear(terminal::ClearType::UntilNewLine))?;
    }
    queue!(out, terminal::Clear(terminal::ClearType::FromCursorDown))?;
    out.flush()
}

/// The terminal, given back as it was when this goes, also when something panics.
struct Raw;

impl Raw {
    fn enter() -> io::Result<Self> {
        terminal::enable_raw_mode()?;
        let raw = Self;
        execute!(io::stdout(), terminal::EnterAlternateScreen, cursor::Hide)?;
        Ok(raw)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing given back.
        let _ = execute!(io::stdout(), cursor::Show, terminal::LeaveAlternateScreen);
        let _ = terminal::disable_raw_mode();
    }
}
