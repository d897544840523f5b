//! The summary as Prometheus text, for a textfile collector.

use std::fmt::Write;

use serde_json::Value;

use super::summary::{Lasting, Summary};

/// One gauge for each number of the summary; `finished` is the run's end in seconds since 1970.
pub fn prometheus(summary: &Summary, finished: i64) -> String {
    let mut text = String::new();
    let command = summary.command;
    let mut gauge = |name: &str, help: &str, value: &str| {
        // Writing to a String cannot fail.
        let _written = write!(
            text,
            "# HELP jcx_{name} {help}\n# TYPE jcx_{name} gauge\njcx_{name}{{command=\"{command}\"}} {value}\n"
        );
    };
    gauge(
        "last_run_timestamp_seconds",
        "End of the last run.",
        &finished.to_string(),
    );
    gauge(
        "last_run_ok",
        "Whether the last run delivered everything.",
        if summary.ok { "1" } else { "0" },
    );
    gauge(
        "last_run_exit_code",
        "Exit code of the last run.",
        &summary.exit.to_string(),
    );
    gauge(
        "last_run_duration_seconds",
        "Wall time of the last run.",
        &summary.seconds.to_string(),
    );
    for (name, value) in summary.members() {
        if let (Value::Number(number), false) = (&value, matches!(&*name, "exit" | "seconds")) {
            gauge(
                &format!("last_run_{name}"),
                &format!("`{name}` of the last run's summary."),
                &number.to_string(),
            );
        }
    }
    let gaps = summary.gaps.as_ref().map_or(0, Vec::len);
    gauge(
        "last_run_gaps",
        "Parts of the window that the last run did not deliver.",
        &gaps.to_string(),
    );
    if let Some(lasting) = summary.lasting {
        text += &lived_on(lasting, command);
    }
    text
}

/// What a state or an archive keeps from run to run.
fn lived_on(lasting: Lasting, command: &str) -> String {
    let events = lasting.events.to_string();
    let gaps = lasting.open_gaps.to_string();
    let succeeded = lasting.succeeded.map(|at| at.to_string());
    let mut text = String::new();
    for (name, kind, help, value) in [
        (
            "events_total",
            "counter",
            "Events delivered by all runs.",
            Some(events),
        ),
        (
            "open_gaps",
            "gauge",
            "Gaps that cannot be filled and that nobody took note of.",
            Some(gaps),
        ),
        (
            "last_success_timestamp_seconds",
            "gauge",
            "End of the last run that reached its end.",
            succeeded,
        ),
    ] {
        let Some(value) = value else { continue };
        // Writing to a String cannot fail.
        let _written = write!(
            text,
            "# HELP jcx_{name} {help}\n# TYPE jcx_{name} {kind}\njcx_{name}{{command=\"{command}\"}} {value}\n"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::prometheus;
    use crate::term::Summary;

    #[test]
    fn every_number_of_the_summary_is_a_gauge() {
        let mut summary = Summary::new("push");
        summary.indexed = Some(7);
        summary.exit = 3;
        let text = prometheus(&summary, 1_700_000_000);
        assert!(text.contains("\njcx_last_run_indexed{command=\"push\"} 7\n"));
        assert!(text.contains("\njcx_last_run_ok{command=\"push\"} 0\n"));
        assert!(text.contains("\njcx_last_run_exit_code{command=\"push\"} 3\n"));
        assert!(text.contains("jcx_last_run_timestamp_seconds{command=\"push\"} 1700000000\n"));
    }
}
