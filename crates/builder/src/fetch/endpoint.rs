//! The address of a Hub, and the addresses of its list of models.

use ureq::http::Uri;

/// The public Hub.
pub const PUBLIC_HUB: &str = "https://huggingface.co";

/// A Hub or a mirror of it: `https`, or plain `http` on this machine itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    base: String,
    is_local: bool,
}

/// An address that is no endpoint.
#[derive(Debug, thiserror::Error)]
#[error("--endpoint {address} {what}. Give an address like {PUBLIC_HUB}.")]
pub struct EndpointError {
    address: String,
    what: &'static str,
}

impl Endpoint {
    /// Reads an address such as `https://huggingface.co`, with or without a slash at the end.
    ///
    /// # Errors
    /// When it is no address, carries credentials or a query, or would send the questions unencrypted to another machine.
    pub fn parse(address: &str) -> Result<Endpoint, EndpointError> {
        let wrong = |what| EndpointError {
            // Whatever stands before an @ may be a secret, and this text ends up in logs.
            address: address.rsplit_once('@').map_or(address, |(_, host)| host).to_owned(),
            what,
        };
        let base = address.trim().trim_end_matches('/');
        let uri: Uri = base.parse().map_err(|_| wrong("is no address"))?;
        let (Some(scheme), Some(authority), Some(host)) = (uri.scheme_str(), uri.authority(), uri.host()) else {
            return Err(wrong("is no address with https:// before it"));
        };
        if authority.as_str().contains('@') {
            return Err(wrong("holds a name or a token, and none is ever sent"));
        }
        if uri.query().is_some() || base.contains('#') {
            return Err(wrong("holds a query"));
        }
        let is_local = matches!(host, "127.0.0.1" | "[::1]");
        match scheme {
            "https" => {}
            "http" if is_local => {}
            _ => return Err(wrong("is neither https nor http on 127.0.0.1")),
        }
        Ok(Endpoint {
            base: base.to_owned(),
            is_local,
        })
    }

    /// The address without a slash at the end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Whether it is this machine, which no proxy stands before.
    pub fn is_local(&self) -> bool {
        self.is_local
    }

    /// The address of the list of models with this query (without its question mark).
    pub fn models(&self, query: &str) -> String {
        format!("{}/api/models?{query}", self.base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_everywhere_and_http_on_this_machine() {
        for (address, models) in [
            ("https://huggingface.co", "https://huggingface.co/api/models?limit=1"),
            (
                "https://mirror.example/hf/",
                "https://mirror.example/hf/api/models?limit=1",
            ),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/api/models?limit=1"),
            ("http://[::1]:8080/", "http://[::1]:8080/api/models?limit=1"),
        ] {
            assert_eq!(Endpoint::parse(address).unwrap().models("limit=1"), models);
        }
        for (address, words) in [
            ("http://huggingface.co", "neither https"),
            ("http://127.0.0.1.example.org", "neither https"),
            ("ftp://127.0.0.1", "neither https"),
            ("huggingface.co", "no address"),
            ("", "no address"),
            ("https://hf_secret@huggingface.co", "token"),
            ("https://huggingface.co/?token=1", "query"),
        ] {
            let message = Endpoint::parse(address).unwrap_err().to_string();
            assert!(message.contains(words), "{message}");
            assert!(!message.contains("hf_secret"), "{message}");
        }
    }
}
