# The mapping of `jcx map` (profile elastic, docs/ecs-mapping.md, steps 4 to 16) in jq, for the comparison in benches/.
#
# Left out, all in jq's favour: _id (jq has no MurmurHash3), @metadata, the checks of dates and addresses and what a failure
# leaves behind, numbers kept digit by digit. Timestamps must end with Z, as the invented ones do.

def is_empty: . == null or . == "" or . == {} or . == [];

def drop_empty:
  if type == "object" then
    with_entries(.value |= drop_empty | select(.value | is_empty | not))
  elif type == "array" then
    map(drop_empty | select(is_empty | not))
  else . end;

# Always three decimals, truncated.
def milliseconds:
  index(".") as $dot
  | if $dot then .[:$dot] + (.[$dot:-1] + "00")[:4] + "Z" else .[:-1] + ".000Z" end;

def category:
  if . == "ldap_bind" or . == "user_login_attempt" or . == "sso_auth" or . == "admin_login_attempt" then ["authentication"]
  elif . == "user_password_warning_email" or . == "user_password_reset_request" or . == "user_activation_email"
    or . == "user_unlocked" then ["iam"]
  else null end;

def object($name): .[$name] | if type == "object" then . else {} end;

def outcome:
  if .success == true then "success" elif .success == false then "failure"
  elif .sso_token_success == true then "success" elif .sso_token_success == false then "failure"
  else "unknown" end;

def without($name; $parts):
  if (.[$name] | type) == "object" then .[$name] |= delpaths($parts) else . end;

drop_empty
| object("system") as $system
| object("initiated_by") as $initiator
| object("useragent") as $agent
| (.event_type | category) as $category
| {
    "@timestamp": (.timestamp | if . then milliseconds else . end),
    client: { ip: .client_ip },
    data_stream: { dataset: "jumpcloud.events", namespace: "default", type: "logs" },
    ecs: { version: "8.11.0" },
    event: {
      action: .event_type,
      category: $category,
      dataset: "jumpcloud.events",
      id,
      module: .service,
      outcome: outcome,
      type: (if $category then ["info"] else null end)
    },
    host: { hostname: $system.hostname, id: $system.id },
    message,
    process: { name: .process_name },
    related: { ip: [.src_ip], user: [$initiator.username] },
    source: {
      ip: .src_ip,
      user: { email: $initiator.email, id: $initiator.id, name: $initiator.username }
    },
    user: { name: .username },
    user_agent: {
      device: { name: $agent.device },
      name: $agent.name,
      os: { full: $agent.os_full, name: $agent.os_name, version: $agent.os_version },
      version: $agent.version
    }
  } as $fields
| delpaths([
    ["@version"], ["timestamp"], ["client_ip"], ["src_ip"], ["id"], ["message"], ["username"], ["useragent"],
    ["event_type"], ["service"], ["process_name"]
  ])
| without("system"; [["id"], ["hostname"]])
| without("initiated_by"; [["id"], ["email"], ["username"]])
| . as $rest
| $fields
| drop_empty
| .jumpcloud.event = $rest
