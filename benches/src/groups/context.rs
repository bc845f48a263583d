//! Context variables.

use crate::contender::context::OTHERS;
use crate::contenders::contexts::{opentelemetry, ours, std, tokio};
use crate::contenders::python;
use crate::groups::entries;
use crate::row::{Entry, Pace, Row};

pub(super) fn rows() -> Vec<Row> {
    macro_rules! variables {
        ($($call:tt)+) => {
            entries!([$($call)+] ours::Var, tokio::Local, opentelemetry::Value, std::Local)
        };
    }
    macro_rules! contexts {
        ($($call:tt)+) => {
            entries!([$($call)+] ours::Var, opentelemetry::Value)
        };
    }
    let row = |name, mut entries: Vec<Entry>, python| {
        entries.extend(python);
        Row::new("context", name, 1.0, Pace::Counted, entries)
    };
    vec![
        row("get", variables!(context::get()), python::context("get", 0)),
        row(
            "get, one of 16",
            variables!(context::get_among_others()),
            python::context("get", OTHERS),
        ),
        row(
            "set and reset",
            variables!(context::set_reset()),
            python::context("set_reset", 0),
        ),
        row(
            "set and reset, one of 16",
            variables!(context::set_reset_among_others()),
            python::context("set_reset", OTHERS),
        ),
        row(
            "copy",
            contexts!(context::copy()),
            python::context("copy", 0),
        ),
        row(
            "copy, of 16",
            contexts!(context::copy_among_others()),
            python::context("copy", OTHERS),
        ),
        row(
            "run in a copy",
            contexts!(context::run()),
            python::context("run", 0),
        ),
    ]
}
