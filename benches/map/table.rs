//! The table of what was measured, what must hold and what is aimed at. It judges nothing: that is the reader's.

/// Something to be measured.
pub struct Figure {
    what: &'static str,
    must: &'static str,
    aim: &'static str,
}

impl Figure {
    pub const fn new(what: &'static str, must: &'static str, aim: &'static str) -> Self {
        Self { what, must, aim }
    }
}

/// Lines of the table.
#[derive(Default)]
pub struct Table(Vec<String>);

impl Table {
    /// Adds what was measured once.
    pub fn row(&mut self, figure: &Figure, measured: &str) {
        let Figure { what, must, aim } = figure;
        self.0
            .push(format!("| {what} | {measured} | {must} | {aim} |"));
    }

    /// Adds what was measured in every round.
    pub fn ratios(&mut self, figure: &Figure, ratios: &[f64]) {
        let (smallest, median, largest) = spread(&mut ratios.to_vec());
        let digits = if median < 20.0 { 2 } else { 0 };
        let measured = format!("{median:.digits$} ({smallest:.digits$} to {largest:.digits$})");
        self.row(figure, &measured);
    }

    /// Prints the lines.
    pub fn show(&self) {
        println!("| | measured: median (of all rounds) | must | aim |");
        println!("|---|---|---|---|");
        for line in &self.0 {
            println!("{line}");
        }
    }
}

/// The smallest, the middle and the largest number.
pub fn spread(numbers: &mut [f64]) -> (f64, f64, f64) {
    numbers.sort_by(f64::total_cmp);
    let last = numbers.len() - 1;
    let median = f64::midpoint(numbers[last / 2], numbers[last.div_ceil(2)]);
    (numbers[0], median, numbers[last])
}
