//! stub
use std::path::Path;
use super::delivery::{Known, Standing};
use crate::cli::FetchArgs;
use crate::commands::run::{Ending, Run};
use crate::failure::{Failure, Result};
use crate::insights::Selection;
use crate::time::Window;
pub struct Append;
impl Append {
    pub fn write(&mut self, _: &[u8]) -> Result<()> { Ok(()) }
    pub fn page_done(&mut self, _: &Run, _: &Known<'_>, _: Standing<'_>) -> Result<()> { Ok(()) }
    pub fn finish(self) -> Result<()> { Ok(()) }
    pub fn bytes(&self) -> u64 { 0 }
}
pub fn fetch_on(_: &FetchArgs, _: &Path, _: &Run) -> Result<Ending> { Err(Failure::usage("x")) }
pub fn ahead(_: &FetchArgs, _: &Path, _: &Run) -> Result<(Selection, Vec<Window>)> { Err(Failure::usage("x")) }
