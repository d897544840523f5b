//! What a row may ask of the event: a value by its path, and whether it is of the expected type.

use crate::reference::json::tree::{Object, Value};

/// The value at the end of a path of keys; below something that is no object there is none.
pub fn value<'e, 'a>(event: &'e Object<'a>, path: &str) -> Option<&'e Value<'a>> {
    match path.split_once('.') {
        None => event.get(path),
        Some((first, rest)) => value(object(event, first)?, rest),
    }
}

/// The object at the end of a path.
pub fn object<'e, 'a>(event: &'e Object<'a>, path: &str) -> Option<&'e Object<'a>> {
    match value(event, path)? {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

/// The objects in the list at the end of a path; its other elements do not count.
pub fn objects<'e, 'a>(event: &'e Object<'a>, path: &str) -> Vec<&'e Object<'a>> {
    let elements = match value(event, path) {
        Some(Value::Array(elements)) => elements.as_slice(),
        _ => &[],
    };
    let objects = elements.iter().filter_map(|element| match element {
        Value::Object(object) => Some(object),
        _ => None,
    });
    objects.collect()
}

/// The string at the end of a path, as received. Step 4 has left no empty one.
pub fn text<'a>(event: &Object<'a>, path: &str) -> Option<Value<'a>> {
    match value(event, path)? {
        string @ Value::String(_) => Some(string.clone()),
        _ => None,
    }
}

/// The first of these paths that has a string.
pub fn first_text<'a>(event: &Object<'a>, paths: &[&str]) -> Option<Value<'a>> {
    paths.iter().find_map(|path| text(event, path))
}

/// The strings at the end of these paths.
pub fn texts<'a>(event: &Object<'a>, paths: &[&str]) -> Vec<Value<'a>> {
    paths.iter().filter_map(|path| text(event, path)).collect()
}

/// Whether there is a string that says one of these words.
pub fn says_one_of(event: &Object<'_>, path: &str, words: &[&str]) -> bool {
    let says = |value: &Value<'_>| words.iter().any(|word| value.says(word));
    value(event, path).is_some_and(says)
}
