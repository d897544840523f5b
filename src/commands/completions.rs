//! `jcx completions` and `jcx man`: both made from the definition that parses.

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::cli::Cli;
use crate::failure::{Kind, OrFail, Result};
use crate::store::{Output, Sink};

/// Prints the completion script of a shell.
pub fn completions(shell: Shell) -> Result<()> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "jcx", &mut text);
    print(&text)
}

/// Prints the manual page, one section a subcommand: `jcx man | man -l -`.
pub fn man() -> Result<()> {
    let command = Cli::command();
    let mut page = rendered(|text| Man::new(command.clone()).render_title(text))?;
    page += &rendered(|text| Man::new(command.clone()).render_name_section(text))?;
    page += ".SH SYNOPSIS\n\\fBjcx\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n";
    page += ".SH EXAMPLES\n";
    page += &examples(&command);
    for subcommand in command.get_subcommands() {
        let name = subcommand.get_name();
        page += &section(name, subcommand)?;
        for nested in subcommand.get_subcommands() {
            page += &section(&format!("{name} {}", nested.get_name()), nested)?;
        }
    }
    for part in [EXIT_STATUS, ENVIRONMENT, NOTES, SEE_ALSO] {
        page += part;
    }
    print(page.as_bytes())
}

const EXIT_STATUS: &str = "\
.SH \"EXIT STATUS\"
.TP
.B 0
everything asked for was delivered durably; zero events is success
.TP
.B 1
unexpected failure
.TP
.B 2
arguments or configuration; nothing was written
.TP
.B 3
the end was reached with holes: dead letters, refused documents, input cut off; or stopped at the first line or document
that is refused, where no \\-\\-dead\\-letter file is named
.TP
.B 4
credentials missing or refused, or not entitled
.TP
.B 5
JumpCloud unavailable, rate limited, or answering nonsense
.TP
.B 6
Elasticsearch unavailable, refusing, or not Elasticsearch
.TP
.B 7
local input or output
.TP
.B 9
something promised has passed retention and can never be had any more; everything else was delivered
.TP
.B 11
another run holds the lock of the state or archive
.TP
.B 130, 143, 141
SIGINT, SIGTERM, the reader of the output went away
";

const ENVIRONMENT: &str = "\
.SH ENVIRONMENT
.TP
.B JCX_*
Every long flag can also be set by JCX_ and its name in capitals (\\-\\-es\\-url: JCX_ES_URL; lists separated by commas). A flag
wins over its variable, an empty variable counts as unset.
.TP
.B JCX_API_KEY_FILE, JCX_API_KEY, JUMPCLOUD_API_KEY, JC_API_KEY
The JumpCloud key; the first that is set wins.
.TP
.B JCX_CLIENT_ID, JCX_CLIENT_SECRET_FILE, JCX_CLIENT_SECRET
A JumpCloud service account.
.TP
.B JCX_ES_API_KEY_FILE, JCX_ES_API_KEY, JCX_ES_BEARER_TOKEN_FILE, JCX_ES_BEARER_TOKEN
Credentials for Elasticsearch or OpenSearch; the first that is set wins.
.TP
.B JCX_ES_USERNAME, JCX_ES_PASSWORD_FILE, JCX_ES_PASSWORD
The same as user and password.
.TP
.B CREDENTIALS_DIRECTORY
A folder in which a supervisor such as systemd puts the files jcx\\-api\\-key and jcx\\-es\\-api\\-key; they win over
variables that hold a secret themselves.
.TP
.B HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY
As other programs read them.
.TP
.B CI
When it is set there is no progress bar.
";

const NOTES: &str = "\
.SH NOTES
A run that fails after its arguments were accepted, or is killed while it writes, ends its output with an unterminated line that
begins with {; the next command of a pipe handles all whole lines and ends with 3. A run that is refused beforehand (2), or killed
before it wrote anything, leaves nothing, which the next command takes for zero events. So say
.B set \\-o pipefail
before a pipe of these commands, and its exit code counts.
.PP
Loading the same documents again stores nothing twice until the data stream has rolled over to another backing index;
.B jcx push
warns when there is more than one.
";

const SEE_ALSO: &str = "\
.SH \"SEE ALSO\"
.BR jq (1),
.BR curl (1).
The project's repository holds the reference of flags, summaries and exit codes (docs/command\\-line.md).
";

/// One subcommand: what it does, what one would type, its options.
fn section(name: &str, subcommand: &clap::Command) -> Result<String> {
    let about = subcommand
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default();
    let mut text = format!(
        ".SH \"JCX {}\"\n\\fBjcx {name}\\fR: {}\n",
        name.to_uppercase(),
        roff(&about)
    );
    text += &examples(subcommand);
    let options = rendered(|out| Man::new(subcommand.clone()).render_options_section(out))?;
    Ok(text
        + &options
            .replace(".SH OPTIONS", ".SS Options")
            .replace(".SH ", ".SS "))
}

/// The examples that help begins with, line by line.
fn examples(command: &clap::Command) -> String {
    let Some(help) = command.get_before_help().map(ToString::to_string) else {
        return String::new();
    };
    let lines = help.trim_end().lines().filter(|line| *line != "Examples:");
    let lines: Vec<String> = lines.map(roff).collect();
    format!(".PP\n.nf\n{}\n.fi\n", lines.join("\n"))
}

/// Text that roff takes as it is.
fn roff(line: &str) -> String {
    let escaped = line.replace('\\', "\\e").replace('-', "\\-");
    if escaped.starts_with(['.', '\'']) {
        format!("\\&{escaped}")
    } else {
        escaped
    }
}

fn rendered(render: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> Result<String> {
    let mut text = Vec::new();
    render(&mut text).or_fail(Kind::Unexpected, || "rendering the manual page")?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Writes a finished text to stdout.
pub fn print(text: &[u8]) -> Result<()> {
    let mut sink = Sink::open(&Output::Stdout)?;
    sink.write(text)?;
    sink.sync().map(|_| ())
}
