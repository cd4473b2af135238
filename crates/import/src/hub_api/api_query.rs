//! What is asked of `GET /api/models`, and where its answer says that the list goes on.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Facts asked for with each model. The id comes with every answer.
pub const EXPANDED: [&str; 14] = [
    "author",
    "baseModels",
    "createdAt",
    "downloads",
    "downloadsAllTime",
    "gated",
    "gguf",
    "lastModified",
    "library_name",
    "likes",
    "pipeline_tag",
    "safetensors",
    "tags",
    "trendingScore",
];

/// Which models are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// So many, the most downloaded in 30 days first.
    Top(u64),
    /// Every model, the youngest first: this order does not change while the list is read, as that of downloads does.
    All,
}

impl Scope {
    /// The scope in words, as it stands in the file and in the snapshot's sources.
    pub fn words(self) -> String {
        match self {
            Scope::Top(1) => "the most downloaded model".to_owned(),
            Scope::Top(models) => format!("the {} most downloaded models", crate::digits::grouped(models)),
            Scope::All => "all models".to_owned(),
        }
    }

    /// The query of the first page, of at most `page_size` models.
    pub fn first_query(self, page_size: u32) -> String {
        let (sort, limit) = match self {
            Scope::Top(models) => ("downloads", models.min(u64::from(page_size))),
            Scope::All => ("createdAt", u64::from(page_size)),
        };
        expanded(format!("sort={sort}&direction=-1&limit={limit}"))
    }
}

/// A query that also asks for all facts.
fn expanded(mut query: String) -> String {
    for field in EXPANDED {
        query.push_str("&expand%5B%5D=");
        query.push_str(field);
    }
    query
}

/// A question that a reader of the page puts to the Hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What comes first.
    pub order: Order,
    /// At most so many models.
    pub most: u64,
    /// Only models of this account; empty for all.
    pub author: String,
    /// Only models whose id holds this text; empty for all.
    pub search: String,
}

/// Which models come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The most downloaded in 30 days.
    Downloads,
    /// The most liked.
    Likes,
}

impl Question {
    /// The query of the first page, of at most `page_size` models.
    pub fn first_query(&self, page_size: u32) -> String {
        let sort = match self.order {
            Order::Downloads => "downloads",
            Order::Likes => "likes",
        };
        let mut query = format!("sort={sort}&direction=-1&limit={}", self.most.min(u64::from(page_size)));
        for (name, text) in [("author", self.author.trim()), ("search", self.search.trim())] {
            if !text.is_empty() {
                query.push_str(&format!("&{name}={}", utf8_percent_encode(text, NON_ALPHANUMERIC)));
            }
        }
        expanded(query)
    }

    /// What the `found` models are, where the list `has_ended` with them: then these are all that the question means.
    pub fn scope(&self, found: u64, has_ended: bool) -> atlas_snapshot::manifest::Scope {
        let grouped = crate::digits::grouped(found);
        let mut models = match (has_ended, self.order) {
            (true, _) => format!("all {grouped} models"),
            (false, Order::Downloads) => format!("the {grouped} most downloaded models"),
            (false, Order::Likes) => format!("the {grouped} most liked models"),
        };
        let (author, search) = (self.author.trim(), self.search.trim());
        if !author.is_empty() {
            models.push_str(&format!(" of the account {author}"));
        }
        if !search.is_empty() {
            models.push_str(&format!(" found by “{search}”"));
        }
        atlas_snapshot::manifest::Scope {
            models,
            complete: has_ended && author.is_empty() && search.is_empty(),
        }
    }
}

/// What the words of a file's scope say, such as those of [`Scope::words`].
pub fn scope_of_words(words: &str) -> atlas_snapshot::manifest::Scope {
    atlas_snapshot::manifest::Scope {
        models: words.to_owned(),
        complete: words == Scope::All.words(),
    }
}

/// The query of the next page in a `Link` header: of the address whose `rel` is `next`.
///
/// Only the query is taken. It is put to the endpoint that was asked before, so that no answer can send the next question
/// to another host.
pub fn next_query(link: &str) -> Option<String> {
    let mut rest = link;
    while let Some((_, after)) = rest.split_once('<') {
        let (address, after) = after.split_once('>')?;
        let parameters = after.split('<').next().unwrap_or_default();
        let is_next = parameters.trim_end_matches([',', ' ']).split(';').any(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or_default();
            let mut relations = value.trim().trim_matches('"').split_ascii_whitespace();
            name.trim().eq_ignore_ascii_case("rel") && relations.any(|relation| relation.eq_ignore_ascii_case("next"))
        });
        if is_next {
            let query = address.split_once('?')?.1;
            let query = query.split('#').next().unwrap_or_default();
            return (!query.is_empty()).then(|| query.replace('[', "%5B").replace(']', "%5D"));
        }
        rest = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_the_one_that_says_so() {
        for (link, query) in [
            (
                r#"<https://huggingface.co/api/models?limit=2&cursor=eyJf%3D>; rel="next""#,
                Some("limit=2&cursor=eyJf%3D"),
            ),
            (
                r#"<https://other.example/api/models?cursor=a>; rel=next"#,
                Some("cursor=a"),
            ),
            (
                r#"</api/models?cursor=p>; rel="prev", </api/models?expand[]=tags&cursor=n>; title="a, b"; rel="last next""#,
                Some("expand%5B%5D=tags&cursor=n"),
            ),
            (r#"</api/models?cursor=p>; rel="prev""#, None),
            (r#"</api/models>; rel="next""#, None),
            ("<broken", None),
            ("", None),
        ] {
            assert_eq!(next_query(link).as_deref(), query, "{link}");
        }
    }

    #[test]
    fn a_question_names_its_order_and_limits_and_says_what_it_found() {
        let mut question = Question {
            order: Order::Likes,
            most: 50,
            author: " Qwen ".to_owned(),
            search: "a b&c=".to_owned(),
        };
        let query = question.first_query(1000);
        let begins = "sort=likes&direction=-1&limit=50&author=Qwen&search=a%20b%26c%3D&expand%5B%5D=author&";
        assert!(query.starts_with(begins), "{query}");
        let scope = question.scope(50, false);
        assert_eq!(
            scope.models,
            "the 50 most liked models of the account Qwen found by “a b&c=”"
        );
        assert!(!scope.complete);
        assert_eq!(
            question.scope(7, true).models,
            "all 7 models of the account Qwen found by “a b&c=”"
        );
        assert!(!question.scope(7, true).complete);
        (question.author, question.search) = (String::new(), String::new());
        assert!(question.scope(7, true).complete);
    }

    #[test]
    fn the_first_page_asks_for_no_more_than_is_wanted() {
        let query = Scope::Top(20).first_query(1000);
        assert!(
            query.starts_with("sort=downloads&direction=-1&limit=20&expand%5B%5D=author&"),
            "{query}"
        );
        assert!(query.ends_with("&expand%5B%5D=trendingScore"), "{query}");
        assert!(
            Scope::All
                .first_query(500)
                .starts_with("sort=createdAt&direction=-1&limit=500&")
        );
        assert_eq!(Scope::Top(1000).words(), "the 1,000 most downloaded models");
    }
}
