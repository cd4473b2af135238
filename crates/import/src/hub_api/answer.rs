//! The body of an answer as a list of models, or the sentence that says what came instead.

use serde_json::Value;

/// Characters of an answer that an error shows.
const SHOWN: usize = 80;

/// What came instead of a list of models.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// A web page.
    #[error(
        "the answer is a web page{}, not JSON. A proxy, a login page or a wrong --endpoint answers in the Hub's place.",
        .title.as_ref().map_or(String::new(), |title| format!(" (“{title}”)"))
    )]
    Html {
        /// Its title.
        title: Option<String>,
    },
    /// Something that is not JSON, or JSON cut short.
    #[error("the answer of {bytes} bytes is no whole JSON ({what}); it begins with {beginning:?}")]
    NotJson {
        /// Size of the answer.
        bytes: usize,
        /// Where and why it ends being JSON.
        what: String,
        /// Its first characters.
        beginning: String,
    },
    /// JSON of another shape.
    #[error("the answer is no list of models but {0}. Is this --endpoint a Hugging Face Hub?")]
    NotAList(String),
}

/// The models of an answer.
///
/// # Errors
/// When it is anything but a JSON list.
pub fn models_of(body: &[u8]) -> Result<Vec<Value>, AnswerError> {
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Array(models)) => Ok(models),
        Ok(other) => Err(AnswerError::NotAList(match stated_error(&other) {
            Some(message) => format!("the message “{message}”"),
            None => format!("{:?}", cut(&other.to_string())),
        })),
        Err(error) => {
            let text = String::from_utf8_lossy(body);
            if text.trim_start().starts_with('<') {
                return Err(AnswerError::Html { title: title(&text) });
            }
            Err(AnswerError::NotJson {
                bytes: body.len(),
                what: error.to_string(),
                beginning: cut(&text),
            })
        }
    }
}

/// The message of a refusal: what its JSON says under `error`, the title of a web page, or its first characters.
pub fn message_of(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let stated = serde_json::from_slice::<Value>(body)
        .ok()
        .and_then(|value| stated_error(&value));
    let plain = || Some(cut(text.trim())).filter(|text| !text.is_empty() && !text.starts_with('<'));
    stated.or_else(|| title(&text)).or_else(plain)
}

fn stated_error(value: &Value) -> Option<String> {
    let message = value.get("error").or_else(|| value.get("message"))?;
    Some(cut(message.as_str().unwrap_or(&message.to_string())))
}

fn title(html: &str) -> Option<String> {
    let (_, after) = html.split_once("<title>")?;
    let (title, _) = after.split_once("</title>")?;
    Some(cut(title.trim())).filter(|title| !title.is_empty())
}

/// The beginning of a text, in one line.
fn cut(text: &str) -> String {
    let shown = |character: char| if character.is_control() { ' ' } else { character };
    text.chars().take(SHOWN).map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_list_is_called_what_it_is() {
        assert_eq!(models_of(br#"[{"id":"a/b"}]"#).unwrap().len(), 1);
        for (body, words) in [
            (
                "<!doctype html><html><head><title>Sign in</title>",
                "web page (“Sign in”)",
            ),
            (" <html>", "web page, not JSON"),
            (r#"[{"id":"a/b"},{"id"#, "18 bytes is no whole JSON (EOF while parsing"),
            ("", "0 bytes"),
            (r#"{"error":"Invalid\nsort"}"#, "the message “Invalid sort”"),
            ("7", "but \"7\""),
        ] {
            let message = models_of(body.as_bytes()).unwrap_err().to_string();
            assert!(message.contains(words), "{message}");
        }
        assert_eq!(message_of(br#"{"error":"no"}"#).as_deref(), Some("no"));
        assert_eq!(
            message_of(b"<title>502 Bad Gateway</title>").as_deref(),
            Some("502 Bad Gateway")
        );
        assert_eq!(message_of(b" overloaded\n").as_deref(), Some("overloaded"));
        assert_eq!(message_of(b"<html>"), None);
    }
}
