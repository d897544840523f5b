//! stub
use std::path::Path;
use super::delivery::{Known};
use crate::cli::FetchArgs;
use crate::commands::run::{Ending, Run};
use crate::failure::{Failure, Result};
use crate::insights::Selection;
use crate::time::Window;
use crate::event::Facts;
pub struct Days;
impl Days {
    pub fn begin(&mut self, w: Window) -> Result<Window> { Ok(w) }
    pub fn write(&mut self, _: &[u8], _: &Facts) -> Result<()> { Ok(()) }
    pub fn page_done(&mut self, _: &Known<'_>) -> Result<()> { Ok(()) }
    pub fn end_day(&mut self, _: &Run, _: Option<u64>, _: bool) -> Result<()> { Ok(()) }
    pub fn hole(&mut self, _: Window) -> Result<()> { Ok(()) }
    pub fn finish(self) -> Result<()> { Ok(()) }
    pub fn bytes(&self) -> u64 { 0 }
}
pub fn fetch_days(_: &FetchArgs, _: &Path, _: &Run) -> Result<Ending> { Err(Failure::usage("x")) }
pub fn missing(_: &FetchArgs, _: &Path, _: &Run) -> Result<(Selection, Vec<Window>)> { Err(Failure::usage("x")) }
