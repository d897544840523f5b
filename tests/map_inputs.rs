//! What `jcx map` reads: folders of days, JSON arrays, and texts that are in another form than they should be.

use std::fs;
use std::io::Write;

use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::harness::{Home, Outcome};

fn event(n: usize) -> String {
    format!("{{\"id\":\"e{n}\",\"timestamp\":\"2026-03-01T00:00:00Z\",\"service\":\"sso\"}}")
}

/// These events, one a line.
fn lines(numbers: impl IntoIterator<Item = usize>) -> String {
    numbers.into_iter().map(|n| event(n) + "\n").collect()
}

/// The events from 0 on as an array, as somebody's tool would lay it out.
fn array(count: usize) -> String {
    let pretty = |n| event(n).replace(',', " ,\n    ").replace(':', " : ");
    let timestamps = |text: String| text.replace("00 : 00 : 00", "00:00:00");
    let elements: Vec<String> = (0..count).map(|n| timestamps(pretty(n))).collect();
    format!("\n [\n  {}\n ]\n", elements.join(",\n  "))
}

fn gz(text: &str) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(text.as_bytes()).expect("packed");
    gz.finish().expect("packed")
}

/// The `event.id` of each whole line.
fn ids(documents: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(documents);
    let whole = text.lines().filter(|line| line.ends_with('}'));
    whole
        .map(|line| {
            let document: Value = serde_json::from_str(line).expect("a document");
            document["event"]["id"]
                .as_str()
                .unwrap_or("none")
                .to_owned()
        })
        .collect()
}

fn expected(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    numbers.into_iter().map(|n| format!("e{n}")).collect()
}

/// A folder with these files in it.
fn folder(home: &Home, name: &str, files: &[(&str, &[u8])]) {
    fs::create_dir_all(home.path(name)).expect("a folder");
    for (file, content) in files {
        home.file(&format!("{name}/{file}"), content);
    }
}

/// A manifest that names these day files with their sizes.
fn manifest(days: &[(&str, usize)]) -> String {
    let head =
        "{\"format\":1,\"query\":{\"--service\":\"all\"},\"since\":\"2026-02-01T00:00:00Z\"}\n";
    let lines = days.iter().map(|(file, bytes)| day_line(file, *bytes));
    head.to_owned() + &lines.collect::<String>()
}

fn day_line(file: &str, bytes: usize) -> String {
    let date = &file[..10];
    let digits = "0123456789abcdef".repeat(4);
    format!(
        "{{\"file\":\"{file}\",\"window\":{{\"start\":\"{date}T00:00:00Z\",\"end\":\"{date}T12:00:00Z\"}},\"events\":1,\"first\":null,\"last\":null,\
         \"bytes\":{bytes},\"sha256\":\"{digits}\",\"api_count\":null}}\n"
    )
}

fn letters(home: &Home) -> Vec<Value> {
    let text = String::from_utf8(home.read("dead")).expect("text");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a letter"))
        .collect()
}

#[test]
fn a_folder_is_read_day_by_day() {
    let home = Home::new();
    let zst = zstd::encode_all(lines([2]).as_bytes(), 1).expect("packed");
    let (plain, packed) = (lines([0]), gz(&lines([1])));
    let files: [(&str, &[u8]); 6] = [
        ("2026-03-02.ndjson.gz", &packed),
        ("2026-02-28.ndjson", plain.as_bytes()),
        ("2026-03-10.ndjson.zst", &zst),
        (".jcx-lock", b""),
        (".2026-03-11.ndjson.jcx-partial", b"{\"id\":\"half"),
        ("notes.txt", b"not read"),
    ];
    folder(&home, "days", &files);
    home.file("after", lines([3]));
    let bare = home.jcx(["map", "days", "after"]).succeed();
    assert_eq!(ids(&bare.stdout), expected(0..4));
    let named = [
        ("2026-02-28.ndjson", plain.len()),
        ("2026-03-02.ndjson.gz", packed.len()),
        ("2026-03-10.ndjson.zst", zst.len()),
    ];
    home.file("days/manifest.ndjson", manifest(&named));
    let listed = home
        .jcx(["map", "days/", "after", "--summary", "sum"])
        .succeed();
    listed.expect_stdout(&bare.stdout).expect_unsaid("warning");
    assert_eq!(home.summary("sum")["read"], json!(4));
}

#[test]
fn a_day_that_is_gone_is_refused_and_one_that_nobody_vouches_for_is_left_out() {
    let home = Home::new();
    let (one, two) = (lines([0]), lines([1]));
    let days = ["2026-03-01.ndjson", "2026-03-02.ndjson"].map(|name| (name, one.len()));
    folder(&home, "days", &[(days[0].0, one.as_bytes())]);
    home.file("days/manifest.ndjson", manifest(&days));
    let run = home.jcx(["map", "days", "-o", "out"]).run().expect_code(2);
    run.expect_error_and_hint("2026-03-02", "--refetch 2026-03-02");
    home.file("days/manifest.ndjson", manifest(&days[..1]));
    folder(
        &home,
        "days",
        &[(days[1].0, two.as_bytes()), ("2026-03-01.ndjson.gz", b"x")],
    );
    let run = home.jcx(["map", "days"]).succeed();
    assert_eq!(ids(&run.stdout), expected(0..1));
    run.expect_said("warning: days/2026-03-02.ndjson is in no manifest")
        .expect_said("warning: days/2026-03-01.ndjson.gz is in no manifest");
    home.file("days/manifest.ndjson", manifest(&[]));
    home.jcx(["map", "days"]).succeed().expect_stdout("");
}

#[test]
fn a_day_of_another_size_than_its_manifest_says_is_refused_before_anything_is_written() {
    let home = Home::new();
    let (first, second, packed) = (lines([0]), lines([1, 2]), gz(&lines([3])));
    let names = [
        "2026-03-01.ndjson",
        "2026-03-02.ndjson",
        "2026-03-03.ndjson.gz",
    ];
    let whole = [first.as_bytes(), second.as_bytes(), &packed];
    let sizes = whole.map(<[u8]>::len);
    let vouched: Vec<_> = names.into_iter().zip(sizes).collect();
    home.file("bare", lines([9]));
    for (day, name, damaged) in [
        // Cut where a line ends, which nothing else would show.
        (1, "2026-03-02", lines([1]).into_bytes()),
        (0, "2026-03-01", Vec::new()),
        (1, "2026-03-02", [second.as_bytes(), b"\n"].concat()),
        // A second member is as good a gzip.
        (2, "2026-03-03", [&packed[..], &gz(&lines([4]))].concat()),
    ] {
        let mut contents = whole.map(<[u8]>::to_vec);
        contents[day] = damaged;
        let files: Vec<_> = names
            .into_iter()
            .zip(contents.iter().map(|c| &c[..]))
            .collect();
        folder(&home, "days", &files);
        home.file("days/manifest.ndjson", manifest(&vouched));
        let run = home
            .jcx(["map", "bare", "days", "-o", "out", "--dead-letter", "dead"])
            .run()
            .expect_code(2);
        let (has, says) = (contents[day].len(), sizes[day]);
        run.expect_error_and_hint(
            &format!("it has {has} bytes, its manifest says {says}"),
            &format!("--refetch {name}"),
        )
        .expect_stdout("");
        assert_eq!(home.names(), ["bare", "days"]);
        // Who wants it all the same names the file.
        let file = format!("days/{}", names[day]);
        home.jcx(["map", &file]).succeed();
    }
}

#[test]
fn a_folder_that_is_no_archive_is_refused() {
    let home = Home::new();
    folder(&home, "empty", &[]);
    folder(&home, "other", &[("events.ndjson", b"{}\n")]);
    let twice: [(&str, &[u8]); 2] = [("2026-03-01.ndjson", b""), ("2026-03-01.ndjson.gz", b"")];
    folder(&home, "twice", &twice);
    for (name, said, hint) in [
        ("empty", "without day files", "empty/*.ndjson"),
        ("other", "without day files", "other/*.ndjson"),
        ("twice", "2026-03-01 twice", "one by one"),
    ] {
        let run = home.jcx(["map", name]).run().expect_code(2);
        run.expect_error_and_hint(said, hint).expect_stdout("");
    }
    let head = manifest(&[]);
    let day = day_line("2026-03-01.ndjson", 0);
    let sealed = head.replace("}\n", &format!(",\"sha256\":\"{}\"}}\n", "0".repeat(64)));
    let second = format!("{head}{day}");
    for (text, said) in [
        (String::new(), "it is empty"),
        ("{}\n".to_owned(), "damaged in line 1"),
        ("{\"format\":2}\n".to_owned(), "the format 2"),
        (second.trim_end().to_owned(), "its last line is cut off"),
        (sealed + &day, "its checksum does not fit"),
        (
            second.replace("\"2026-03-01.ndjson\"", "\"../a.ndjson\""),
            "damaged in line 2",
        ),
        (second.replace("\"bytes\":0,", ""), "damaged in line 2"),
        (format!("{head}[]\n"), "damaged in line 2"),
        (format!("{head}{day}{day}"), "damaged in line 3"),
    ] {
        folder(
            &home,
            "days",
            &[
                ("2026-03-01.ndjson", b""),
                ("manifest.ndjson", text.as_bytes()),
            ],
        );
        home.jcx(["map", "days"])
            .run()
            .expect_code(2)
            .expect_said(said);
    }
}

#[test]
fn files_of_the_run_do_not_go_into_a_folder_that_is_read() {
    let home = Home::new();
    folder(
        &home,
        "days",
        &[("2026-03-01.ndjson", lines([0]).as_bytes())],
    );
    for flag in ["-o", "--dead-letter", "--summary", "--metrics-file"] {
        for name in [
            "days/2026-03-01.ndjson",
            "days/manifest.ndjson",
            "./days/../days/x",
        ] {
            let run = home.jcx(["map", "days", "--force", flag, name]).run();
            run.expect_code(2).expect_error_and_hint(flag, "another");
            assert_eq!(home.read("days/2026-03-01.ndjson"), lines([0]).as_bytes());
            assert_eq!(home.names(), ["days"]);
        }
    }
}

#[test]
fn an_arrays_elements_are_events() {
    let home = Home::new();
    let plain = home.jcx(["map"]).input(lines(0..300)).succeed().stdout;
    let packed = zstd::encode_all(array(300).as_bytes(), 1).expect("packed");
    let one_line = format!("[{}]", lines(0..300).trim_end().replace('\n', ","));
    let inputs = [
        array(300).into_bytes(),
        one_line.into_bytes(),
        gz(&array(300)),
        packed,
    ];
    for (at, input) in inputs.into_iter().enumerate() {
        for jobs in ["1", "3"] {
            let run = home.jcx(["map", "--jobs", jobs, "--summary", "sum"]);
            run.input(input.clone()).succeed().expect_stdout(&plain);
            assert_eq!(home.summary("sum")["read"], json!(300), "{at}");
        }
    }
    assert_eq!(home.summary("sum")["bytes_in"], json!(array(300).len()));
    for nothing in ["[]", " [ \n ] \n"] {
        home.jcx(["map"]).input(nothing).succeed().expect_stdout("");
    }
    home.file("array", array(2));
    home.file("lines", lines([2, 3]));
    let run = home.jcx(["map", "array", "lines", "array"]).succeed();
    assert_eq!(ids(&run.stdout), expected([0, 1, 2, 3, 0, 1]));
    // Push reads documents, one a line.
    let push = home.jcx(["push", "array", "--es-url", "http://127.0.0.1:9"]);
    push.run().expect_code(3).expect_said("line 2");
}

#[test]
fn an_element_that_is_no_event_is_named_by_its_line_and_number() {
    let home = Home::new();
    let input = format!(
        "[{},\n\n 42,\n {{\"a\":\n 1 2}}, {{\"b\":\"x\ny\"}},{}\n]",
        event(0),
        event(1)
    );
    let arguments = ["map", "in", "--dead-letter", "dead"];
    home.file("in", &input);
    let run = home.jcx(arguments).run().expect_code(3);
    assert_eq!(ids(&run.stdout), expected(0..2));
    let told: Vec<_> = letters(&home)
        .into_iter()
        .map(|letter| {
            let reason = letter["reason"].as_str().unwrap_or_default().to_owned();
            let element = reason.split(':').next().unwrap_or_default().to_owned();
            (letter["line"].clone(), element, letter["record"].clone())
        })
        .collect();
    let row =
        |line: u64, element: &str, record: &str| (json!(line), element.to_owned(), json!(record));
    assert_eq!(
        told,
        [
            row(3, "element 2", "42"),
            row(4, "element 3", "{\"a\":1 2}"),
            row(5, "element 4", "{\"b\":\"x\ny\"}"),
        ]
    );
    // A file that begins like this is an array, whatever follows.
    let run = home.jcx(["map"]).input("[1]\n").run().expect_code(3);
    run.expect_error_and_hint("stdin line 1: no event: element 1", "--dead-letter");
}

#[test]
fn an_array_that_ends_too_early_is_cut_off() {
    let home = Home::new();
    let whole = format!("[\n{},\n{}]", event(0), event(1));
    let (first, second) = (event(0).len() + 2, whole.len() - 1);
    let ends =
        (1..whole.len())
            .step_by(9)
            .chain([2, first - 1, first, first + 1, second - 1, second]);
    // An element counts as soon as it is whole, whatever should stand behind it.
    let mut cuts: Vec<(String, usize)> = ends
        .map(|end| {
            let elements = usize::from(end >= first) + usize::from(end >= second);
            (whole[..end].to_owned(), elements)
        })
        .collect();
    cuts.push((whole[..second].to_owned() + " \n", 2));
    cuts.push((whole.clone() + "\n{", 2));
    cuts.push((format!("[{},\n{{", event(0)), 1));
    for (input, elements) in cuts {
        let run = home
            .jcx(["map", "--dead-letter", "dead", "--summary", "sum"])
            .input(input.clone())
            .run()
            .expect_code(3)
            .expect_said("stdin is cut off");
        assert!(run.stdout.ends_with(b"{"), "{input}");
        assert_eq!(ids(&run.stdout), expected(0..elements), "{input}");
        assert_eq!(home.read("dead"), b"", "{input}");
        assert_eq!(home.summary("sum")["reasons"], json!(["cut_input"]));
        home.jcx(["map", "-o", "out"])
            .input(input)
            .run()
            .expect_code(3);
        assert_eq!(home.names(), ["dead", "sum"]);
    }
    home.file("in.gz", &gz(&array(5))[..60]);
    home.jcx(["map", "in.gz"])
        .run()
        .expect_code(7)
        .expect_said("in.gz");
}

#[test]
fn what_belongs_to_no_array_ends_the_run_behind_the_elements_before() {
    let home = Home::new();
    for (rest, offset) in [
        ("] x", 2),
        ("]\n{}", 2),
        ("]{\n", 1),
        ("][1]", 1),
        (",]", 1),
        (",,1]", 1),
        ("}]", 0),
    ] {
        let input = format!("[{},{}{rest}", event(0), event(1));
        let offset = input.len() - rest.len() + offset;
        let whole = if rest == "}]" { 1 } else { 2 };
        for letters in [&[][..], &["--dead-letter", "dead"]] {
            let run = home.jcx(["map", "--summary", "sum"]).args(letters);
            let run = run.input(input.clone()).run().expect_code(3);
            assert_eq!(ids(&run.stdout), expected(0..whole), "{rest}");
            assert!(run.stdout.ends_with(b"{"), "{rest}");
            run.expect_error_and_hint(&format!("offset {offset}"), "jq -c '.[]'");
        }
        home.jcx(["map", "-o", "out"])
            .input(input)
            .run()
            .expect_code(3);
        assert_eq!(home.names(), ["dead", "sum"], "{rest}");
    }
}

#[test]
fn a_text_in_another_encoding_is_told_what_helps() {
    let home = Home::new();
    let reason =
        |input: Vec<u8>| -> Outcome { home.jcx(["map"]).input(input).run().expect_code(3) };
    let mark = [b"\xef\xbb\xbf", event(0).as_bytes(), b"\n"].concat();
    reason(mark)
        .expect_said("byte order mark")
        .expect_said("tail -c +4");
    let wide: Vec<u8> = event(0).encode_utf16().flat_map(u16::to_le_bytes).collect();
    reason([&b"\xff\xfe"[..], &wide, b"\n\0"].concat()).expect_said("iconv -f UTF-16");
    // The same without a line end, which some programs leave out: that is no sign of a broken stream.
    reason([&b"\xff\xfe"[..], &wide].concat()).expect_said("iconv -f UTF-16");
    let marked = [b"\xef\xbb\xbf", array(2).trim().as_bytes()].concat();
    let marked = String::from_utf8(marked).expect("text").replace('\n', "");
    reason(marked.clone().into_bytes())
        .expect_said("byte order mark")
        .expect_said("tail -c +4");
    reason(marked[..marked.len() - 1].to_owned().into_bytes()).expect_said("stdin is cut off");
}

/// The beginnings of files in packings that are not read: xz, bzip2 with and without content, zip, empty and in parts.
const FOREIGN: [(&str, &[u8]); 6] = [
    ("xz", b"\xfd7zXZ\0\0\x04"),
    ("bzip2", b"BZh91AY&SY"),
    ("bzip2", b"BZh1\x17\x72\x45\x38\x50\x90"),
    ("zip", b"PK\x03\x04\x14\0"),
    ("zip", b"PK\x05\x06\0\0"),
    ("zip", b"PK\x07\x08PK\x03\x04"),
];

#[test]
fn a_packing_that_is_not_read_is_named_with_what_unpacks_it() {
    let home = Home::new();
    home.file("a", lines([0]));
    for (packing, bytes) in FOREIGN {
        home.file("b", bytes);
        let said = format!("b is packed with {packing}");
        for command in ["map", "push"] {
            let hint = match packing {
                "zip" => format!("unzip -p b | jcx {command} -"),
                other => format!("{other} -dc b | jcx {command} -"),
            };
            // Also behind another file: nothing of that one is read before.
            let files = [command, "a", "b", "--dead-letter", "dead"];
            let run = home
                .jcx(files)
                .env("JCX_ES_URL", "http://127.0.0.1:9")
                .run();
            run.expect_code(2)
                .expect_error_and_hint(&said, &hint)
                .expect_stdout("");
        }
        let run = home.jcx(["map", "--dead-letter", "dead", "--summary", "sum"]);
        let filter = if packing == "zip" {
            "funzip |"
        } else {
            "-dc |"
        };
        let run = run.input(bytes).run().expect_code(7);
        run.expect_error_and_hint(&format!("stdin is packed with {packing}"), filter)
            .expect_stdout("{");
        assert_eq!(home.read("dead"), b"");
        assert_eq!(home.summary("sum")["reasons"], json!(["local"]));
    }
}
