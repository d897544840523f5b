# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_jcx_global_optspecs
    string join \n h/help V/version
end

function __fish_jcx_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_jcx_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_jcx_using_subcommand
    set -l cmd (__fish_jcx_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c jcx -n "__fish_jcx_needs_command" -s h -l help -d 'Print help'
complete -c jcx -n "__fish_jcx_needs_command" -s V -l version -d 'Print version'
complete -c jcx -n "__fish_jcx_needs_command" -f -a "fetch" -d 'Get raw events out of JumpCloud, one JSON object a line'
complete -c jcx -n "__fish_jcx_needs_command" -f -a "map" -d 'Turn raw events into the ECS documents of Elastic\'s JumpCloud integration'
complete -c jcx -n "__fish_jcx_needs_command" -f -a "push" -d 'Load documents into Elasticsearch or OpenSearch'
complete -c jcx -n "__fish_jcx_needs_command" -f -a "count" -d 'Count events without a download'
complete -c jcx -n "__fish_jcx_needs_command" -f -a "template" -d 'Print or install the index template with every exported field'
complete -c jcx -n "__fish_jcx_needs_command" -f -a "fields" -d 'Print the tables of fields and of event types that the program runs on'
complete -c jcx -n "__fish_jcx_needs_command" -f -a "state" -d 'Look at what a continued run left, and change it'
complete -c jcx -n "__fish_jcx_needs_command" -f -a "completions" -d 'Print a completion script'
complete -c jcx -n "__fish_jcx_needs_command" -f -a "man" -d 'Print the manual page'
complete -c jcx -n "__fish_jcx_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l since -d 'Start of the window: 15d, 36h, 2h30m, 2026-03-01 or 2026-03-01T08:00:00Z' -r
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l until -d 'End of the window, not included' -r
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l retention -d 'How far back the tenant\'s plan keeps events (15d on the smallest)' -r
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l service -d 'Only this service\'s events (repeat for several; default: all)' -r
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l filter -d 'Only events with this value in this field, selected by JumpCloud (repeat the field for other values, name others for more conditions); FIELD==VALUE keeps capitals, which are otherwise sent in lower case' -r
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l search -d 'Only events in which JumpCloud finds this text' -r
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l exclude -d 'Leave events with this value in this field out, here (repeat for several); FIELD==VALUE heeds capitals' -r
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -s o -l output -d 'File to write, whole or absent; .gz and .zst are packed; `-` is stdout' -r
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l out-dir -d 'Folder with one file a UTC day and a manifest; days that are there are not asked for again' -r -F
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l compress -d 'How day files are packed' -r -f -a "gz\t'gzip'
zst\t'Zstandard'"
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l refetch -d 'Fetch this day anew although it is there (repeat for several)' -r
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l state -d 'Remembers what was delivered, so that the next run goes on there' -r -F
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l lag -d 'With --state: leave the newest events to the next run, for those that appear late' -r
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l overlap -d 'With --state: read this much of the time before again, for those that appeared later still' -r
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l lock-wait -d 'Wait this long for a run that holds the state or the archive' -r
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l region -d 'Where the tenant lives' -r -f -a "us\t''
eu\t''
in\t''"
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l api-url -d 'Another address of the API than the region\'s' -r
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l token-url -d 'Another address for a service account\'s tokens than the region\'s' -r
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l org -d 'Organization to read, where the key or account sees several; its id' -r
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l provider -d 'Provider\'s portal to read, for the portal\'s own events; its id' -r
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l api-key-file -d 'File that holds the API key alone, not readable by others; `-` is stdin' -r
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l ca-file -d 'PEM file of certificates to trust beside the system\'s' -r -F
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l rate -d 'Requests a second' -r
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l retry-for -d 'How long to try again without progress' -r
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l timeout -d 'How long to wait for an answer to begin, or to go on' -r
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l page-size -d 'Events a page, 1 to 10000' -r
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l jobs -d 'Windows fetched at once; the output is the same for any number' -r
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l summary -d 'Write a summary as one JSON object, on failure too; `-` is stderr' -r
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l log-format -d 'Lines on stderr as text or as one JSON object each' -r -f -a "text\t'`jcx: warning: …`'
json\t'`{"level":"warning","message":…}`'"
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l metrics-file -d 'Write Prometheus metrics, replacing the file whole' -r -F
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l clamp -d 'Begin at the edge of retention instead of refusing an earlier start'
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l force -d 'Replace an existing output file'
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -s n -l dry-run -d 'Window, count, pages, requests and size on stdout; nothing is fetched or written'
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l json -d 'With --dry-run: one JSON object'
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l append -d 'Append to the output file, as its state says'
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -l no-count -d 'Do not compare what came with what JumpCloud counts'
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -s q -l quiet -d 'Errors only'
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -s v -l verbose -d 'Say more: -v a line for each window or batch, -vv for each request'
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jcx -n "__fish_jcx_using_subcommand fetch" -s V -l version -d 'Print version'
complete -c jcx -n "__fish_jcx_using_subcommand map" -l profile -d 'Which documents to make' -r -f -a "elastic\t'Those of Elastic\'s JumpCloud integration'
extended\t'The same with more ECS fields, where Elastic\'s have none'"
complete -c jcx -n "__fish_jcx_using_subcommand map" -l format -d 'How to write them' -r -f -a "ndjson\t'One JSON object a line'
csv\t'A table with a header row'
bulk\t'A body for the _bulk API: an action line before each document'"
complete -c jcx -n "__fish_jcx_using_subcommand map" -l columns -d 'Columns of --format csv by the names of their fields, with commas between; `_id` is the document\'s' -r
complete -c jcx -n "__fish_jcx_using_subcommand map" -l data-stream -d 'Data stream of the documents: sets data_stream.*, event.dataset and where push loads them' -r
complete -c jcx -n "__fish_jcx_using_subcommand map" -l tag -d 'A tag for every document (repeat for several)' -r
complete -c jcx -n "__fish_jcx_using_subcommand map" -l geoip-city -d 'MaxMind City database: source.geo and client.geo of addresses in it' -r -F
complete -c jcx -n "__fish_jcx_using_subcommand map" -l geoip-asn -d 'MaxMind ASN database: source.as and client.as of addresses in it' -r -F
complete -c jcx -n "__fish_jcx_using_subcommand map" -l jobs -d 'Threads that map (default: the machine\'s cores); the order of the output is the input\'s' -r
complete -c jcx -n "__fish_jcx_using_subcommand map" -s o -l output -d 'File to write, whole or absent; .gz and .zst are packed; `-` is stdout' -r
complete -c jcx -n "__fish_jcx_using_subcommand map" -l dead-letter -d 'File for lines that are no events, appended to; without it the first one ends the run' -r -F
complete -c jcx -n "__fish_jcx_using_subcommand map" -l summary -d 'Write a summary as one JSON object, on failure too; `-` is stderr' -r
complete -c jcx -n "__fish_jcx_using_subcommand map" -l log-format -d 'Lines on stderr as text or as one JSON object each' -r -f -a "text\t'`jcx: warning: …`'
json\t'`{"level":"warning","message":…}`'"
complete -c jcx -n "__fish_jcx_using_subcommand map" -l metrics-file -d 'Write Prometheus metrics, replacing the file whole' -r -F
complete -c jcx -n "__fish_jcx_using_subcommand map" -l csv-safe -d 'Put \' before each cell of --format csv that a spreadsheet would run as a formula'
complete -c jcx -n "__fish_jcx_using_subcommand map" -l no-data-stream -d 'Leave out all that --data-stream sets'
complete -c jcx -n "__fish_jcx_using_subcommand map" -l no-metadata -d 'Leave out @metadata, which carries the document\'s _id and target'
complete -c jcx -n "__fish_jcx_using_subcommand map" -l preserve-original -d 'Keep the event\'s text in event.original'
complete -c jcx -n "__fish_jcx_using_subcommand map" -l preserve-duplicates -d 'Keep the jumpcloud.event fields that were copied to ECS fields'
complete -c jcx -n "__fish_jcx_using_subcommand map" -l force -d 'Replace an existing output file'
complete -c jcx -n "__fish_jcx_using_subcommand map" -l report-unmapped -d 'List the fields under jumpcloud.event that no exported field covers, with the documents that have them'
complete -c jcx -n "__fish_jcx_using_subcommand map" -s q -l quiet -d 'Errors only'
complete -c jcx -n "__fish_jcx_using_subcommand map" -s v -l verbose -d 'Say more: -v a line for each window or batch, -vv for each request'
complete -c jcx -n "__fish_jcx_using_subcommand map" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jcx -n "__fish_jcx_using_subcommand map" -s V -l version -d 'Print version'
complete -c jcx -n "__fish_jcx_using_subcommand push" -l data-stream -d 'Data stream to load into (default: the one that the documents name, else logs-jumpcloud.events-default)' -r
complete -c jcx -n "__fish_jcx_using_subcommand push" -l index -d 'A plain index instead, whatever the documents name, and JCX_DATA_STREAM too' -r
complete -c jcx -n "__fish_jcx_using_subcommand push" -l id-field -d 'Member of the documents that holds their _id, such as event.id; for documents of other tools' -r
complete -c jcx -n "__fish_jcx_using_subcommand push" -l from-dead-letter -d 'Send again what this dead-letter file holds; what still fails is in the file that --dead-letter names' -r
complete -c jcx -n "__fish_jcx_using_subcommand push" -l dedupe -d 'How documents that are there already are told' -r -f -a "auto\t'The server refuses its _id, and it is looked up where the target has more than one index'
conflict\t'The server refuses its _id, which it does only in the index it writes to'
none\t'Not at all: documents are sent without their _id'"
complete -c jcx -n "__fish_jcx_using_subcommand push" -l pipeline -d 'Ingest pipeline to run on the documents; for mapped ones `_none` is right' -r
complete -c jcx -n "__fish_jcx_using_subcommand push" -l dead-letter -d 'File for documents that are refused, appended to; without it the first one ends the run' -r -F
complete -c jcx -n "__fish_jcx_using_subcommand push" -l state -d 'Remembers up to where the files are loaded, so that the same command goes on there' -r -F
complete -c jcx -n "__fish_jcx_using_subcommand push" -l lock-wait -d 'Wait this long for a run that holds the state' -r
complete -c jcx -n "__fish_jcx_using_subcommand push" -l batch-bytes -d 'Close a batch at this many bytes, uncompressed; a larger document travels alone' -r
complete -c jcx -n "__fish_jcx_using_subcommand push" -l batch-docs -d 'Close a batch at this many documents' -r
complete -c jcx -n "__fish_jcx_using_subcommand push" -l jobs -d 'Requests under way at once' -r
complete -c jcx -n "__fish_jcx_using_subcommand push" -l es-url -d 'The server\'s address: scheme, host, port, and path where it has one; repeat it for the other nodes of the cluster' -r
complete -c jcx -n "__fish_jcx_using_subcommand push" -l cloud-id -d 'The deployment\'s Cloud ID, instead of an address' -r
complete -c jcx -n "__fish_jcx_using_subcommand push" -l es-api-key-file -d 'File that holds an API key alone (id:key or its Base64), not readable by others; `-` is stdin' -r
complete -c jcx -n "__fish_jcx_using_subcommand push" -l es-ca-file -d 'PEM file of certificates to trust for this server, beside the system\'s' -r -F
complete -c jcx -n "__fish_jcx_using_subcommand push" -l es-ca-fingerprint -d 'SHA-256 of the only authority to trust for this server, whose certificate the server sends' -r
complete -c jcx -n "__fish_jcx_using_subcommand push" -l es-client-cert -d 'PEM file of our certificate, for a server that asks for one' -r -F
complete -c jcx -n "__fish_jcx_using_subcommand push" -l es-client-key -d 'PEM file of that certificate\'s key, not encrypted and not readable by others' -r -F
complete -c jcx -n "__fish_jcx_using_subcommand push" -l es-timeout -d 'How long an answer may take, from the request to its last byte; large requests have longer' -r
complete -c jcx -n "__fish_jcx_using_subcommand push" -l retry-for -d 'How long to try again without progress' -r
complete -c jcx -n "__fish_jcx_using_subcommand push" -l summary -d 'Write a summary as one JSON object, on failure too; `-` is stderr' -r
complete -c jcx -n "__fish_jcx_using_subcommand push" -l log-format -d 'Lines on stderr as text or as one JSON object each' -r -f -a "text\t'`jcx: warning: …`'
json\t'`{"level":"warning","message":…}`'"
complete -c jcx -n "__fish_jcx_using_subcommand push" -l metrics-file -d 'Write Prometheus metrics, replacing the file whole' -r -F
complete -c jcx -n "__fish_jcx_using_subcommand push" -l raw -d 'The inputs are raw events: send each as the text `message` to the ingest pipeline that --pipeline names'
complete -c jcx -n "__fish_jcx_using_subcommand push" -l ingested -d 'Set event.ingested to the time of loading, where no final pipeline of the target does'
complete -c jcx -n "__fish_jcx_using_subcommand push" -l gzip -d 'Compress requests'
complete -c jcx -n "__fish_jcx_using_subcommand push" -s n -l dry-run -d 'Count documents, batches and bytes and look at the target; nothing is sent or written'
complete -c jcx -n "__fish_jcx_using_subcommand push" -l json -d 'With --dry-run: one JSON object'
complete -c jcx -n "__fish_jcx_using_subcommand push" -s q -l quiet -d 'Errors only'
complete -c jcx -n "__fish_jcx_using_subcommand push" -s v -l verbose -d 'Say more: -v a line for each window or batch, -vv for each request'
complete -c jcx -n "__fish_jcx_using_subcommand push" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jcx -n "__fish_jcx_using_subcommand push" -s V -l version -d 'Print version'
complete -c jcx -n "__fish_jcx_using_subcommand count" -l since -d 'Start of the window: 15d, 36h, 2h30m, 2026-03-01 or 2026-03-01T08:00:00Z' -r
complete -c jcx -n "__fish_jcx_using_subcommand count" -l until -d 'End of the window, not included' -r
complete -c jcx -n "__fish_jcx_using_subcommand count" -l retention -d 'How far back the tenant\'s plan keeps events (15d on the smallest)' -r
complete -c jcx -n "__fish_jcx_using_subcommand count" -l service -d 'Only this service\'s events (repeat for several; default: all)' -r
complete -c jcx -n "__fish_jcx_using_subcommand count" -l filter -d 'Only events with this value in this field, selected by JumpCloud (repeat the field for other values, name others for more conditions); FIELD==VALUE keeps capitals, which are otherwise sent in lower case' -r
complete -c jcx -n "__fish_jcx_using_subcommand count" -l search -d 'Only events in which JumpCloud finds this text' -r
complete -c jcx -n "__fish_jcx_using_subcommand count" -l by -d 'Count in parts, too: of each service, UTC day, UTC hour or event type' -r -f -a "service\t'The service that the events themselves name'
day\t'Days in UTC'
hour\t'Hours in UTC'
event_type\t'The events\' type'"
complete -c jcx -n "__fish_jcx_using_subcommand count" -l region -d 'Where the tenant lives' -r -f -a "us\t''
eu\t''
in\t''"
complete -c jcx -n "__fish_jcx_using_subcommand count" -l api-url -d 'Another address of the API than the region\'s' -r
complete -c jcx -n "__fish_jcx_using_subcommand count" -l token-url -d 'Another address for a service account\'s tokens than the region\'s' -r
complete -c jcx -n "__fish_jcx_using_subcommand count" -l org -d 'Organization to read, where the key or account sees several; its id' -r
complete -c jcx -n "__fish_jcx_using_subcommand count" -l provider -d 'Provider\'s portal to read, for the portal\'s own events; its id' -r
complete -c jcx -n "__fish_jcx_using_subcommand count" -l api-key-file -d 'File that holds the API key alone, not readable by others; `-` is stdin' -r
complete -c jcx -n "__fish_jcx_using_subcommand count" -l ca-file -d 'PEM file of certificates to trust beside the system\'s' -r -F
complete -c jcx -n "__fish_jcx_using_subcommand count" -l rate -d 'Requests a second' -r
complete -c jcx -n "__fish_jcx_using_subcommand count" -l retry-for -d 'How long to try again without progress' -r
complete -c jcx -n "__fish_jcx_using_subcommand count" -l timeout -d 'How long to wait for an answer to begin, or to go on' -r
complete -c jcx -n "__fish_jcx_using_subcommand count" -l summary -d 'Write a summary as one JSON object, on failure too; `-` is stderr' -r
complete -c jcx -n "__fish_jcx_using_subcommand count" -l log-format -d 'Lines on stderr as text or as one JSON object each' -r -f -a "text\t'`jcx: warning: …`'
json\t'`{"level":"warning","message":…}`'"
complete -c jcx -n "__fish_jcx_using_subcommand count" -l metrics-file -d 'Write Prometheus metrics, replacing the file whole' -r -F
complete -c jcx -n "__fish_jcx_using_subcommand count" -l clamp -d 'Begin at the edge of retention instead of refusing an earlier start'
complete -c jcx -n "__fish_jcx_using_subcommand count" -l json -d 'One JSON object instead of a table, for programs'
complete -c jcx -n "__fish_jcx_using_subcommand count" -s q -l quiet -d 'Errors only'
complete -c jcx -n "__fish_jcx_using_subcommand count" -s v -l verbose -d 'Say more: -v a line for each window or batch, -vv for each request'
complete -c jcx -n "__fish_jcx_using_subcommand count" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jcx -n "__fish_jcx_using_subcommand count" -s V -l version -d 'Print version'
complete -c jcx -n "__fish_jcx_using_subcommand template" -l data-stream -d 'Data stream that the template is for; it serves every namespace of it' -r
complete -c jcx -n "__fish_jcx_using_subcommand template" -l flavor -d 'Which server the field types are for (default: elasticsearch, or what the server of --install is)' -r -f -a "elasticsearch\t'Elasticsearch 7.17 and later'
opensearch\t'OpenSearch'"
complete -c jcx -n "__fish_jcx_using_subcommand template" -l es-url -d 'The server\'s address: scheme, host, port, and path where it has one; repeat it for the other nodes of the cluster' -r
complete -c jcx -n "__fish_jcx_using_subcommand template" -l cloud-id -d 'The deployment\'s Cloud ID, instead of an address' -r
complete -c jcx -n "__fish_jcx_using_subcommand template" -l es-api-key-file -d 'File that holds an API key alone (id:key or its Base64), not readable by others; `-` is stdin' -r
complete -c jcx -n "__fish_jcx_using_subcommand template" -l es-ca-file -d 'PEM file of certificates to trust for this server, beside the system\'s' -r -F
complete -c jcx -n "__fish_jcx_using_subcommand template" -l es-ca-fingerprint -d 'SHA-256 of the only authority to trust for this server, whose certificate the server sends' -r
complete -c jcx -n "__fish_jcx_using_subcommand template" -l es-client-cert -d 'PEM file of our certificate, for a server that asks for one' -r -F
complete -c jcx -n "__fish_jcx_using_subcommand template" -l es-client-key -d 'PEM file of that certificate\'s key, not encrypted and not readable by others' -r -F
complete -c jcx -n "__fish_jcx_using_subcommand template" -l es-timeout -d 'How long an answer may take, from the request to its last byte; large requests have longer' -r
complete -c jcx -n "__fish_jcx_using_subcommand template" -l retry-for -d 'How long to try again without progress' -r
complete -c jcx -n "__fish_jcx_using_subcommand template" -l summary -d 'Write a summary as one JSON object, on failure too; `-` is stderr' -r
complete -c jcx -n "__fish_jcx_using_subcommand template" -l log-format -d 'Lines on stderr as text or as one JSON object each' -r -f -a "text\t'`jcx: warning: …`'
json\t'`{"level":"warning","message":…}`'"
complete -c jcx -n "__fish_jcx_using_subcommand template" -l metrics-file -d 'Write Prometheus metrics, replacing the file whole' -r -F
complete -c jcx -n "__fish_jcx_using_subcommand template" -l install -d 'Put it on the server of --es-url, under a name that begins with jcx-'
complete -c jcx -n "__fish_jcx_using_subcommand template" -s q -l quiet -d 'Errors only'
complete -c jcx -n "__fish_jcx_using_subcommand template" -s v -l verbose -d 'Say more: -v a line for each window or batch, -vv for each request'
complete -c jcx -n "__fish_jcx_using_subcommand template" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c jcx -n "__fish_jcx_using_subcommand template" -s V -l version -d 'Print version'
complete -c jcx -n "__fish_jcx_using_subcommand fields" -l event-types -d 'The event types that are known, with their ECS categories, in the place of the fields'
complete -c jcx -n "__fish_jcx_using_subcommand fields" -l json -d 'One JSON object a line, for programs'
complete -c jcx -n "__fish_jcx_using_subcommand fields" -s h -l help -d 'Print help'
complete -c jcx -n "__fish_jcx_using_subcommand fields" -s V -l version -d 'Print version'
complete -c jcx -n "__fish_jcx_using_subcommand state; and not __fish_seen_subcommand_from show ack set reset help" -s h -l help -d 'Print help'
complete -c jcx -n "__fish_jcx_using_subcommand state; and not __fish_seen_subcommand_from show ack set reset help" -s V -l version -d 'Print version'
complete -c jcx -n "__fish_jcx_using_subcommand state; and not __fish_seen_subcommand_from show ack set reset help" -f -a "show" -d 'Say up to where everything was delivered, and which gaps are open'
complete -c jcx -n "__fish_jcx_using_subcommand state; and not __fish_seen_subcommand_from show ack set reset help" -f -a "ack" -d 'Acknowledge the open gaps: they are told no more'
complete -c jcx -n "__fish_jcx_using_subcommand state; and not __fish_seen_subcommand_from show ack set reset help" -f -a "set" -d 'Move the position of a state'
complete -c jcx -n "__fish_jcx_using_subcommand state; and not __fish_seen_subcommand_from show ack set reset help" -f -a "reset" -d 'Remove a state, so that the next run begins anew'
complete -c jcx -n "__fish_jcx_using_subcommand state; and not __fish_seen_subcommand_from show ack set reset help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c jcx -n "__fish_jcx_using_subcommand state; and __fish_seen_subcommand_from show" -l json -d 'One JSON object, for programs'
complete -c jcx -n "__fish_jcx_using_subcommand state; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c jcx -n "__fish_jcx_using_subcommand state; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c jcx -n "__fish_jcx_using_subcommand state; and __fish_seen_subcommand_from ack" -l lock-wait -d 'How long to wait while another run holds the lock' -r
complete -c jcx -n "__fish_jcx_using_subcommand state; and __fish_seen_subcommand_from ack" -s h -l help -d 'Print help'
complete -c jcx -n "__fish_jcx_using_subcommand state; and __fish_seen_subcommand_from ack" -s V -l version -d 'Print version'
complete -c jcx -n "__fish_jcx_using_subcommand state; and __fish_seen_subcommand_from set" -l until -d 'The new position of a fetch: 36h, 2026-03-01 or 2026-03-01T08:00:00Z' -r
complete -c jcx -n "__fish_jcx_using_subcommand state; and __fish_seen_subcommand_from set" -l file -d 'Of a load: the file in which the position is moved' -r
complete -c jcx -n "__fish_jcx_using_subcommand state; and __fish_seen_subcommand_from set" -l line -d 'Go on in the file behind this line; 0 is its beginning' -r
complete -c jcx -n "__fish_jcx_using_subcommand state; and __fish_seen_subcommand_from set" -l forget -d 'Of a load: know nothing of this file any more' -r
complete -c jcx -n "__fish_jcx_using_subcommand state; and __fish_seen_subcommand_from set" -l lock-wait -d 'How long to wait while another run holds the lock' -r
complete -c jcx -n "__fish_jcx_using_subcommand state; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help'
complete -c jcx -n "__fish_jcx_using_subcommand state; and __fish_seen_subcommand_from set" -s V -l version -d 'Print version'
complete -c jcx -n "__fish_jcx_using_subcommand state; and __fish_seen_subcommand_from reset" -l lock-wait -d 'How long to wait while another run holds the lock' -r
complete -c jcx -n "__fish_jcx_using_subcommand state; and __fish_seen_subcommand_from reset" -l force -d 'Do it; without this flag it only says what would happen'
complete -c jcx -n "__fish_jcx_using_subcommand state; and __fish_seen_subcommand_from reset" -s h -l help -d 'Print help'
complete -c jcx -n "__fish_jcx_using_subcommand state; and __fish_seen_subcommand_from reset" -s V -l version -d 'Print version'
complete -c jcx -n "__fish_jcx_using_subcommand state; and __fish_seen_subcommand_from help" -f -a "show" -d 'Say up to where everything was delivered, and which gaps are open'
complete -c jcx -n "__fish_jcx_using_subcommand state; and __fish_seen_subcommand_from help" -f -a "ack" -d 'Acknowledge the open gaps: they are told no more'
complete -c jcx -n "__fish_jcx_using_subcommand state; and __fish_seen_subcommand_from help" -f -a "set" -d 'Move the position of a state'
complete -c jcx -n "__fish_jcx_using_subcommand state; and __fish_seen_subcommand_from help" -f -a "reset" -d 'Remove a state, so that the next run begins anew'
complete -c jcx -n "__fish_jcx_using_subcommand state; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c jcx -n "__fish_jcx_using_subcommand completions" -s h -l help -d 'Print help'
complete -c jcx -n "__fish_jcx_using_subcommand completions" -s V -l version -d 'Print version'
complete -c jcx -n "__fish_jcx_using_subcommand man" -s h -l help -d 'Print help'
complete -c jcx -n "__fish_jcx_using_subcommand man" -s V -l version -d 'Print version'
complete -c jcx -n "__fish_jcx_using_subcommand help; and not __fish_seen_subcommand_from fetch map push count template fields state completions man help" -f -a "fetch" -d 'Get raw events out of JumpCloud, one JSON object a line'
complete -c jcx -n "__fish_jcx_using_subcommand help; and not __fish_seen_subcommand_from fetch map push count template fields state completions man help" -f -a "map" -d 'Turn raw events into the ECS documents of Elastic\'s JumpCloud integration'
complete -c jcx -n "__fish_jcx_using_subcommand help; and not __fish_seen_subcommand_from fetch map push count template fields state completions man help" -f -a "push" -d 'Load documents into Elasticsearch or OpenSearch'
complete -c jcx -n "__fish_jcx_using_subcommand help; and not __fish_seen_subcommand_from fetch map push count template fields state completions man help" -f -a "count" -d 'Count events without a download'
complete -c jcx -n "__fish_jcx_using_subcommand help; and not __fish_seen_subcommand_from fetch map push count template fields state completions man help" -f -a "template" -d 'Print or install the index template with every exported field'
complete -c jcx -n "__fish_jcx_using_subcommand help; and not __fish_seen_subcommand_from fetch map push count template fields state completions man help" -f -a "fields" -d 'Print the tables of fields and of event types that the program runs on'
complete -c jcx -n "__fish_jcx_using_subcommand help; and not __fish_seen_subcommand_from fetch map push count template fields state completions man help" -f -a "state" -d 'Look at what a continued run left, and change it'
complete -c jcx -n "__fish_jcx_using_subcommand help; and not __fish_seen_subcommand_from fetch map push count template fields state completions man help" -f -a "completions" -d 'Print a completion script'
complete -c jcx -n "__fish_jcx_using_subcommand help; and not __fish_seen_subcommand_from fetch map push count template fields state completions man help" -f -a "man" -d 'Print the manual page'
complete -c jcx -n "__fish_jcx_using_subcommand help; and not __fish_seen_subcommand_from fetch map push count template fields state completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c jcx -n "__fish_jcx_using_subcommand help; and __fish_seen_subcommand_from state" -f -a "show" -d 'Say up to where everything was delivered, and which gaps are open'
complete -c jcx -n "__fish_jcx_using_subcommand help; and __fish_seen_subcommand_from state" -f -a "ack" -d 'Acknowledge the open gaps: they are told no more'
complete -c jcx -n "__fish_jcx_using_subcommand help; and __fish_seen_subcommand_from state" -f -a "set" -d 'Move the position of a state'
complete -c jcx -n "__fish_jcx_using_subcommand help; and __fish_seen_subcommand_from state" -f -a "reset" -d 'Remove a state, so that the next run begins anew'
