//! Codes that have one form in all data: countries in two capitals, currencies in three.

use super::Value;
use crate::base::country;
use crate::base::money::Currency;
use crate::rules::codes;
use crate::rules::context::Context;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::expr::typed::Term;
use crate::rules::names::ValueType;
use crate::rules::program::{FieldId, Source, Type};

/// What a field holds.
enum Code {
    Country,
    Currency,
}

impl Context<'_> {
    /// Reports a text that a field of countries or currencies never holds, beside such a field.
    pub(super) fn check_code(&mut self, value: &Value, text: &Value) {
        let (Term::Field(field), Term::Constant(cell), ValueType::Plain(Type::Text)) = (&value.term, &text.term, &text.ty) else { return };
        let Some(kind) = self.kind_of_code(*field) else { return };
        let Some(written) = usize::try_from(*cell).ok().and_then(|code| self.names.texts.texts.get(code)).cloned() else { return };
        let (is_code, what, form) = match kind {
            Code::Country => (country::is_code(written.as_bytes()), "country", "ISO 3166-1 codes in two capitals"),
            Code::Currency => (Currency::parse(written.as_bytes()).is_some(), "currency", "ISO 4217 codes in three capitals"),
        };
        if is_code {
            return;
        }
        let meant = match kind {
            Code::Country => country::meant(&written).map(str::to_owned),
            Code::Currency => Some(written.to_ascii_uppercase()).filter(|upper| Currency::parse(upper.as_bytes()).is_some()),
        };
        // Small letters are read as capitals; of countries, what means nothing stays in the data as it is.
        let may_hold = matches!(kind, Code::Country) && !country::is_code(written.to_ascii_uppercase().as_bytes());
        let never = if may_hold { "" } else { ": no row has it" };
        let found = Diagnostic::warning(codes::UNKNOWN_CODE, text.span, format!("\"{written}\" is no {what}{never}"));
        let found = match meant {
            // What may be in the data as it is written is changed by people alone; so is a constant, which has a place of its own.
            Some(code) if may_hold => found.label(format!("did you mean {code}?")),
            Some(code) => match self.sources.slice(text.span) {
                plain if plain == written => found.label(format!("write {code}")).rectify(code),
                quoted if quoted == format!("'{written}'") => found.label(format!("write '{code}'")).rectify(format!("'{code}'")),
                _ => found.label(format!("this is '{written}', where {code} is meant")),
            },
            None => found,
        };
        let name = self.names.field(*field).name.clone();
        self.findings.push(found.help(format!("\"{name}\" holds {form}")));
    }

    /// Whether a field holds codes of one form.
    fn kind_of_code(&self, field: FieldId) -> Option<Code> {
        let field = self.names.field(field);
        match &field.source {
            Source::Column { table: "customers", column } if column == "country" => Some(Code::Country),
            Source::Column { table: "customers", column } if column == "credit_limit_currency" => Some(Code::Currency),
            Source::Fact if field.name == "item_currency" => Some(Code::Currency),
            _ => None,
        }
    }
}
