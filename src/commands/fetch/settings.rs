//! What a continued run was asked for, in the words of its flags; the next one must ask for the same.

use crate::cli::{Compress, FetchArgs};
use crate::store::Settings;

/// Everything that decides which events come. Where they come from may move.
pub fn settings(args: &FetchArgs) -> Settings {
    let mut settings = Settings::default();
    let mut note = |flag: &str, mut values: Vec<String>| {
        values.sort();
        values.dedup();
        if !values.is_empty() {
            settings.0.insert(flag.to_owned(), values.join(","));
        }
    };
    let services = &args.window.services;
    let all = vec!["all".to_owned()];
    note(
        "--service",
        if services.is_empty() {
            all
        } else {
            services.clone()
        },
    );
    note("--filter", args.window.filters.clone());
    note("--exclude", args.excludes.clone());
    note("--search", args.window.search.iter().cloned().collect());
    note("--org", args.jumpcloud.organizations.clone());
    note(
        "--provider",
        args.jumpcloud.provider.iter().cloned().collect(),
    );
    settings
}

/// The same for an archive, whose files are packed alike.
pub fn archive_settings(args: &FetchArgs) -> Settings {
    let mut settings = settings(args);
    let compress = match args.archive.compress {
        None => return settings,
        Some(Compress::Gz) => "gz",
        Some(Compress::Zst) => "zst",
    };
    settings
        .0
        .insert("--compress".to_owned(), compress.to_owned());
    settings
}
