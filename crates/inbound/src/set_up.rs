//! How a source is pointed at us: addresses and text ready to paste.

use crate::Source;

/// A text ready to paste.
#[derive(Debug, Clone, Copy)]
pub struct Snippet {
    /// What it is for: `alertmanager.yml`.
    pub title: &'static str,
    /// How to colour it: `sh`, `yaml`.
    pub language: &'static str,
    /// The text, with the placeholders of [`Address`].
    pub text: &'static str,
}

/// Where an integration is reached. Fills the placeholders of [`Source::set_up`] and [`Snippet::text`]:
///
/// | placeholder | is |
/// |---|---|
/// | `{base}` | the site's own address: `https://pager.example.com/ops` |
/// | `{key}` | the integration's key |
/// | `{url}` | the whole address to post to |
/// | `{scheme}`, `{host}`, `{prefix}` | `https`, `pager.example.com`, `/ops`: `{base}` in the parts that `prometheus.yml` asks for |
#[derive(Debug, Clone, Copy)]
pub struct Address<'a> {
    /// The site's own address, with or without a slash at the end.
    pub base: &'a str,
    /// The integration's key.
    pub key: &'a str,
}

impl Address<'_> {
    /// The whole address that `source` posts to.
    pub fn url(&self, source: &Source) -> String {
        format!("{}{}", self.base.trim_end_matches('/'), source.path.replace("{key}", self.key))
    }

    /// A text of `source` with its placeholders filled in.
    pub fn fill(&self, source: &Source, text: &str) -> String {
        let base = self.base.trim_end_matches('/');
        let (scheme, rest) = base.split_once("://").unwrap_or(("https", base));
        let (host, prefix) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        text.replace("{url}", &self.url(source))
            .replace("{base}", base)
            .replace("{key}", self.key)
            .replace("{scheme}", scheme)
            .replace("{host}", host)
            .replace("{prefix}", prefix)
    }
}
