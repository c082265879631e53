//! A page: one HTML file that contains everything.

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, context};

use crate::error::ReportError;

const PAGE: &str = include_str!("../templates/page.html");
const LIST: &str =
    "<h2>{{ heading }}</h2>\n<ul>\n{% for line in lines %}<li>{{ line }}</li>\n{% endfor %}</ul>";
const STYLE: &str = include_str!("../templates/page.css");

/// An HTML page without scripts and external files: a header with facts, then sections.
///
/// All text is escaped; the HTML of a section is not changed.
///
/// ```
/// use semst_report::Page;
///
/// let page = Page::new("Study <1>").with_fact("cells", "12").with_section("note", "<p>Done.</p>");
/// let html = page.to_html()?;
/// assert!(html.contains("<h1>Study &lt;1&gt;</h1>") && html.contains("<p>Done.</p>"));
/// # Ok::<(), semst_report::ReportError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    title: String,
    subtitle: String,
    facts: Vec<(String, String)>,
    sections: Vec<(String, String)>,
    command: Option<Command>,
    version: String,
}

/// A command, and the file of settings that it reads.
#[derive(Debug, Clone, PartialEq)]
struct Command {
    line: String,
    config: String,
    settings: String,
}

impl Command {
    fn value(&self) -> Value {
        context! { line => &self.line, config => &self.config, settings => &self.settings }
    }
}

impl Page {
    /// An empty page.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            ..Self::default()
        }
    }

    /// Sets the line below the title.
    #[must_use]
    pub fn with_subtitle(mut self, subtitle: impl Into<String>) -> Self {
        self.subtitle = subtitle.into();
        self
    }

    /// Adds a fact to the header.
    #[must_use]
    pub fn with_fact(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.facts.push((name.into(), text.into()));
        self
    }

    /// Adds a section: its `id` and its HTML.
    #[must_use]
    pub fn with_section(mut self, id: impl Into<String>, html: impl Into<String>) -> Self {
        self.sections.push((id.into(), html.into()));
        self
    }

    /// Adds a section with a heading and a list of lines of text.
    ///
    /// # Errors
    ///
    /// As [`Page::to_html`].
    pub fn with_list(
        self,
        id: impl Into<String>,
        heading: &str,
        lines: &[String],
    ) -> Result<Self, ReportError> {
        let lines = lines.to_vec();
        let html = fill(LIST, context! { heading, lines })?;
        Ok(self.with_section(id, html))
    }

    /// Sets the command that the footer shows, and the file of settings that it reads.
    #[must_use]
    pub fn with_command(
        mut self,
        line: impl Into<String>,
        config: impl Into<String>,
        settings: impl Into<String>,
    ) -> Self {
        self.command = Some(Command {
            line: line.into(),
            config: config.into(),
            settings: settings.into(),
        });
        self
    }

    /// Sets the version that the footer shows.
    #[must_use]
    pub fn with_version(mut self, version: impl Into<String>) -> Self {
        self.version = version.into();
        self
    }

    /// Writes the page. The same page gives the same bytes.
    ///
    /// # Errors
    ///
    /// [`ReportError::Page`] when the template cannot be filled in, which is a bug.
    pub fn to_html(&self) -> Result<String, ReportError> {
        let context = context! {
            style => STYLE,
            title => &self.title,
            subtitle => &self.subtitle,
            facts => &self.facts,
            sections => &self.sections,
            command => self.command.as_ref().map(Command::value),
            version => &self.version,
        };
        let html = fill(PAGE, context)?;
        Ok(if html.ends_with('\n') {
            html
        } else {
            html + "\n"
        })
    }
}

/// Fills in a template; values are escaped for HTML unless the template marks them as `safe`.
pub(crate) fn fill(template: &str, context: Value) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    Ok(environment.render_str(template, context)?)
}
