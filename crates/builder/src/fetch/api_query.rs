//! What is asked of `GET /api/models`, and where its answer says that the list goes on.

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
            Scope::Top(models) => format!("the {} most downloaded models", crate::report::grouped(models)),
            Scope::All => "all models".to_owned(),
        }
    }

    /// The query of the first page, of at most `page_size` models.
    pub fn first_query(self, page_size: u32) -> String {
        let (sort, limit) = match self {
            Scope::Top(models) => ("downloads", models.min(u64::from(page_size))),
            Scope::All => ("createdAt", u64::from(page_size)),
        };
        let mut query = format!("sort={sort}&direction=-1&limit={limit}");
        for field in EXPANDED {
            query.push_str("&expand%5B%5D=");
            query.push_str(field);
        }
        query
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
