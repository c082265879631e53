//! Panel of the meaning of domains: genes and functions.

use minijinja::context;
use semst_record::{DomainSemantics, Function};

use super::Panel;
use crate::error::ReportError;
use crate::input::ReportInput;
use crate::number::short;
use crate::page::fill;

/// Number of genes of a domain that are shown.
const SHOWN: usize = 12;

const TEMPLATE: &str = r#"<h2>What the domains mean</h2>
{%- if domains %}
<p class="note">These are the functions and genes that the trained modulation answers to in each domain more than in the others. A function is named by what the descriptions of the leading genes have in common; its number is the distance from random genes of the slide, in standard deviations. The number of a gene is its share in what sets the domain's modulation apart.</p>
{%- endif %}
{%- if note %}
<p class="note">{{ note }}</p>
{%- endif %}
{%- for sentence, color, functions, genes in domains %}
<article class="domain" style="border-color:{{ color }}">
<h3>{{ sentence }}</h3>
{%- if functions %}
<p>{% for name, score in functions %}<span class="chip" title="{{ score }}">{{ name }} <small>{{ score }}</small></span> {% endfor %}</p>
{%- endif %}
{%- if genes %}
<p class="genes">{% for name, score in genes %}<span class="chip" title="{{ score }}"><i>{{ name }}</i> <small>{{ score }}</small></span> {% endfor %}</p>
{%- endif %}
</article>
{%- endfor %}"#;

/// Genes and functions of each domain.
pub(super) struct Semantics;

impl Panel for Semantics {
    fn id(&self) -> &str {
        "semantics"
    }

    fn html(&self, input: &ReportInput<'_>) -> Result<Option<String>, ReportError> {
        let semantics = &input.record.semantics;
        let note = semantics.note.as_deref().unwrap_or_default();
        let colors = input.domains.colors();
        let domains: Vec<_> = semantics
            .named()
            .map(|domain| {
                let color = colors.get(domain.domain as usize);
                let function = |f: &Function| {
                    let name = format!("{} ({})", f.label(), f.genes.join(", "));
                    (name, short(f.z))
                };
                let genes = domain.genes.iter().take(SHOWN);
                (
                    domain.sentence(&name(input, domain)),
                    color.map(ToString::to_string).unwrap_or_default(),
                    domain.functions.iter().map(function).collect::<Vec<_>>(),
                    genes
                        .map(|g| (g.gene.clone(), short(g.attribution)))
                        .collect::<Vec<_>>(),
                )
            })
            .collect();
        if domains.is_empty() && note.is_empty() {
            return Ok(None);
        }
        fill(TEMPLATE, context! { domains, note }).map(Some)
    }
}

/// The name of a domain, with the most frequent known label of its spots if there is one.
fn name(input: &ReportInput<'_>, domain: &DomainSemantics) -> String {
    let own = input.domains.names.get(domain.domain as usize);
    let own = own.cloned().unwrap_or_else(|| "Domain".to_owned());
    match known_label(input, domain.domain) {
        Some(label) => format!("{own} ({label})"),
        None => own,
    }
}

fn known_label<'i>(input: &'i ReportInput<'_>, domain: u32) -> Option<&'i str> {
    let (_, truth) = input.truth.as_ref()?;
    let mut counts = vec![0_usize; truth.names.len()];
    for (known, own) in truth.codes.iter().zip(&input.domains.codes) {
        if let (Some(known), true) = (known, *own == Some(domain)) {
            *counts.get_mut(*known as usize)? += 1;
        }
    }
    let total: usize = counts.iter().sum();
    let most = counts.iter().position(|count| 2 * count > total)?;
    Some(&truth.names[most])
}
