//! Numbers as a table with bars, for people.

use super::printer::printable;

/// The least that a bar is given, however narrow the terminal.
const LEAST: usize = 10;
/// Parts of a column, from one eighth on.
const EIGHTHS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// A row each: name, number, and a bar in proportion to the largest number; no line is longer than `columns`, unless its
/// name is.
pub fn bars(rows: &[(String, u64)], columns: usize) -> String {
    let names: Vec<String> = rows.iter().map(|(name, _)| printable(name)).collect();
    let name_width = names.iter().map(|name| name.chars().count()).max();
    let name_width = name_width.unwrap_or(0);
    let largest = rows.iter().map(|(_, number)| *number).max().unwrap_or(0);
    let number_width = largest.to_string().len();
    let room = columns.saturating_sub(name_width + number_width + 4);
    let room = room.max(LEAST);
    let row = |(name, (_, number)): (&String, &(String, u64))| {
        let bar = bar(*number, largest, room);
        let line = format!("{name:name_width$}  {number:number_width$}  {bar}");
        line.trim_end().to_owned() + "\n"
    };
    names.iter().zip(rows).map(row).collect()
}

/// A bar that is as long as `room` for the largest number, and not nothing for any but 0.
fn bar(number: u64, largest: u64, room: usize) -> String {
    let all = room as u128 * 8;
    let eighths = (u128::from(number) * all)
        .div_ceil(u128::from(largest).max(1))
        .min(all);
    let eighths = usize::try_from(eighths).unwrap_or(0);
    let mut bar = "█".repeat(eighths / 8);
    bar.extend((eighths % 8).checked_sub(1).map(|part| EIGHTHS[part]));
    bar
}

#[cfg(test)]
mod tests {
    use super::bars;

    fn rows(numbers: &[(&str, u64)]) -> Vec<(String, u64)> {
        let row = |(name, number): &(&str, u64)| ((*name).to_owned(), *number);
        numbers.iter().map(row).collect()
    }

    #[test]
    fn the_largest_number_fills_the_line_and_none_but_zero_vanishes() {
        let table = bars(
            &rows(&[("sso_auth", 1000), ("x", 500), ("y", 1), ("z", 0)]),
            26,
        );
        let expected = "\
sso_auth  1000  ██████████
x          500  █████
y            1  ▏
z            0
";
        assert_eq!(table, expected);
        let longest = table.lines().map(|line| line.chars().count()).max();
        assert_eq!(longest, Some(26));
    }

    #[test]
    fn parts_of_a_column_are_shown() {
        assert_eq!(
            bars(&rows(&[("a", 16), ("b", 9)]), 9 + 7),
            "a  16  ██████████\nb   9  █████▋\n"
        );
    }

    #[test]
    fn the_largest_numbers_and_steering_names_do_no_harm() {
        let table = bars(&rows(&[("a\u{1b}[2J\n", u64::MAX), ("", 0)]), 0);
        assert!(!table.contains('\u{1b}'));
        assert_eq!(table.lines().count(), 2);
        assert_eq!(bars(&[], 80), "");
    }
}
