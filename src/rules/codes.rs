//! The register of diagnostic codes. A number is never reused; each has a case under `testdata/errors` that provokes it.

use std::fmt;

/// A numbered kind of finding, for example `R0201`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code {
    /// The number as printed.
    pub id: &'static str,
    /// What the finding says, in one line.
    pub title: &'static str,
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

impl Code {
    /// The code with this number.
    pub fn find(id: &str) -> Option<Code> {
        ALL.iter().copied().find(|code| code.id == id)
    }
}

macro_rules! codes {
    ($($name:ident = $id:literal $title:literal;)*) => {
        $(
            #[doc = $title]
            pub const $name: Code = Code { id: $id, title: $title };
        )*
        /// Every code, in order of number.
        pub const ALL: &[Code] = &[$($name),*];
    };
}

codes! {
    UNKNOWN_KEY = "R0101" "a key that means nothing here";
    DUPLICATE_KEY = "R0102" "the same key twice in one place";
    YAML_FEATURE = "R0103" "anchors, aliases, merge keys, tags and directives are not part of rule files";
    TAB = "R0104" "a tab where YAML wants spaces";
    SEVERAL_DOCUMENTS = "R0105" "more than one document in a file";
    BYTE_ORDER_MARK = "R0106" "a byte order mark";
    CONTROL_CHARACTER = "R0107" "a control character";
    BUDGET = "R0108" "a file too large, too deep or with too many values";
    CUT_AT_COMMA = "R0109" "an expression that YAML cut at a comma";
    YAML_SYNTAX = "R0110" "text that is not YAML";
    MISSING_KEY = "R0111" "a key that must be there is not";
    WRONG_SHAPE = "R0112" "a value of the wrong shape: a list, a group of keys or a single value was expected";
    EMPTY_VALUE = "R0113" "a key without a value";
    HEADER = "R0114" "the header `relance: 1` and `kind:` is missing or of another version";
    YES_NO = "R0116" "yes, no, on or off where true or false is meant";
    SYNTAX = "R0117" "an expression that cannot be read";
    ESCAPE = "R0118" "an escape in a quoted expression";
    NOT_A_CHOICE = "R0119" "a word that is not among the possible ones";

    UNKNOWN_NAME = "R0201" "a name that nothing defines";
    OTHER_GRAIN = "R0202" "a name that exists only per invoice";
    DEFINED_TWICE = "R0203" "a name or id defined twice";
    CIRCULAR = "R0204" "definitions that need each other";
    NOT_HERE = "R0205" "a name that has no value yet at this point of the night";
    UNKNOWN_FUNCTION = "R0206" "a function that does not exist";
    UNKNOWN_FILE = "R0207" "a file named by `use:` that is not there";
    BAD_NAME = "R0208" "a name that rules could not write";
    LIST_FILE = "R0209" "a list whose file is not there or cannot be read";
    EARLIER_NAME = "R0210" "an earlier name that is taken";

    TYPES_DIFFER = "R0301" "values of types that do not go together";
    NOT_A_CONDITION = "R0302" "a condition was expected, this is a value";
    OTHER_CURRENCY = "R0303" "money in another currency than the reporting currency";
    NUMBER_FORM = "R0304" "a number too large or with too many decimals";
    UNKNOWN_UNIT = "R0305" "a unit or currency that does not exist";
    NOT_A_VALUE = "R0306" "a value that the list of values does not have";
    CHAINED = "R0307" "a chained comparison";
    ARGUMENTS = "R0308" "a function with the wrong arguments";
    LOWER_ALONE = "R0309" "lower() outside a comparison of texts";
    TOO_LARGE = "R0310" "a condition too large to evaluate for each row";
    UNKNOWN_CODE = "R0311" "a country or currency in a form that no data has";
    FOREIGN_NUMBER = "R0312" "a number or amount as it is written elsewhere";

    MISSING_UNHANDLED = "R0401" "a value that can be missing, and the rule does not say what then";
    ALWAYS_KNOWN = "R0402" "a test for a missing value that can never be missing";
    DIVISION = "R0403" "a division that has no value when its divisor is zero";
    OVER_NOTHING = "R0404" "an aggregate over nothing has no value";
    DIVIDES_BY_ZERO = "R0405" "a division by zero";

    OVERLAP = "R0501" "two rows of a `unique` table that can both match";
    GAP = "R0502" "a table without a row for some data and without `otherwise:`";
    NEVER_TRUE = "R0503" "a row or condition that can never be true";
    NEVER_REACHED = "R0504" "a row that the rows above it hide";
    NEVER_MATTERS = "R0505" "a column or field that never changes what a table gives";
    DUPLICATE_ROW = "R0506" "two rows that say the same";
    ALWAYS_TRUE = "R0507" "a condition, or a part of one, that is always true";
    COULD_MERGE = "R0508" "two rows that could be one";
    NOT_PROVED = "R0509" "a table too wide to be proved";
    ROW_WIDTH = "R0510" "a row with more or fewer cells than there are columns";
    EMPTY_RANGE = "R0511" "a range that holds no value";
    TOO_MANY_TAGS = "R0512" "more than 63 different tags";
    OTHERWISE_OF_ALL = "R0513" "`otherwise:` where every true row counts";
    AGGREGATE = "R0514" "an aggregate that does not fit its table";

    STEP_ORDER = "R0601" "steps whose times do not increase";
    NO_TERMINAL = "R0602" "a ladder that does not say what comes after its last step";
    NO_CLOCK = "R0603" "a ladder without a clock";
    NO_OTHERWISE = "R0604" "a conditional step that does not say what happens when its condition is false";
    ACTION_DETAIL = "R0605" "an action with a detail missing or out of place";
    UNKNOWN_STEP = "R0606" "a step that does not exist";
    WITHOUT_POLICY = "R0607" "customers to whom no policy applies";
    TWO_POLICIES = "R0608" "customers to whom two policies apply";
    NEVER_DUE = "R0609" "a step that can never be due";
    OSCILLATION = "R0610" "a ladder entered and left, or policies exchanged, night after night";
    WRONG_SIGN = "R0611" "a step whose time has the wrong sign";
    GAP_TOO_LONG = "R0612" "a gap longer than the distance of two steps";
    STEP_NEVER_TRUE = "R0613" "a step whose condition is true for no customer of its policy";
    OLD_DEBT = "R0614" "a ladder that does not say how it takes up a debt that is old when first seen";
    NO_ADDRESS = "R0615" "a step that does not say what happens without an address";
    NO_TEMPLATE = "R0616" "a letter, mail or text message without a template";
    STOPS_THE_UNKNOWN = "R0617" "a block that a value put in place of a missing one makes true";
    UNKNOWN_TEMPLATE = "R0618" "a template that the list of templates does not have";
    TONE = "R0619" "a tone that the scale does not have, or bounds of tone that contradict each other";
    CONTACT_HOURS = "R0620" "hours of contact that cannot be kept";
    TASK_LEVEL = "R0625" "a task that goes up out of order, or twice to one team";
    CHANNELS = "R0626" "an order of channels that orders nothing";
    COMPANION = "R0627" "an action beside a step that cannot go with it";
    POST = "R0628" "a place that prints letters which cannot";
    WAY_TO_PAY = "R0629" "a way to pay that nobody can go";
    EFFORT = "R0630" "minutes of work that cannot be";
    TIER = "R0631" "a proposal to which nobody can consent, or one too many";
    ROUTE = "R0632" "a route that cannot be reckoned with";
    SPARE = "R0633" "an action for full queues that is never done, or finds no place either";
    AGENCY = "R0634" "an agreement with an agency that nobody can go by";

    PERIOD = "R0701" "a period that ends before it starts";
    NO_VALUE_TODAY = "R0702" "a parameter without a value for the run date";
    NOT_IN_FORCE = "R0703" "a file that is not in force on the run date";
    NO_POLICY = "R0704" "no policy is in force on the run date";
    ENDED = "R0705" "a rule or list that ended before the run date";
    TOO_MANY_PERIODS = "R0706" "more periods than are proved";
    REVIEW_DUE = "R0707" "a parameter whose review is due";

    CAP = "R0801" "a cap that allows nothing or never binds";
    UNKNOWN_REGIME = "R0802" "a penalty regime or series that does not exist";
    RATE_ORDER = "R0803" "rate rows or bands out of order";
    REGIME_DETAIL = "R0804" "a regime with a detail missing or out of place";
    COMPOUND = "R0805" "interest on interest where the regime does not allow it";
    NOT_BOUND = "R0806" "a penalty regime put on customers whom it does not bind";
    RATE_ABOVE_ALL = "R0807" "a yearly rate above 100 %";
    ROW_MISSING = "R0808" "a series said to be known beyond its last regular row";

    MIXED_LOGIC = "R0901" "`and` beside `or` without brackets";
    COMPARED_WITH_TRUE = "R0902" "a flag compared with true or false";
    UNUSED = "R0903" "a constant, list, definition, trial or template that nothing uses";
    LONG_CONDITION = "R0904" "a long condition that deserves a name";
    OTHER_SIGN = "R0905" "a sign of another language";
    EARLIER_NAME_IDLE = "R0906" "an earlier name that nothing uses any more";
    NO_SEGMENT = "R0907" "tables of customers, but none that gives the segment of the figures";
    COMMA_IN_LIST = "R0908" "a comma between two digits in a list";
    NOTHING_LEFT = "R0909" "a share or capacity of nothing";

    UNKNOWN_COLUMN = "R1001" "a column that the data contract does not have";
    COLUMN_TYPE = "R1002" "a field whose type differs from its column";
    NOT_IN_FILE = "R1003" "a field that rules read and the files do not have";
    VALUE_NOT_LISTED = "R1004" "values in the files that the list of values does not have";
    OUT_OF_RANGE = "R1005" "values outside the range the dictionary states";
    ADDRESS_NOT_IN_FILE = "R1006" "an address that steps need and the files do not have";
    NAMES_NOBODY = "R1007" "a list with ids that no row of the portfolio has";
    WRITTEN_OTHERWISE = "R1008" "ids of a table that the ledger writes otherwise";
    FORGOTTEN_STEP = "R1009" "a step on which customers stand and which the rules have no more";
    SIGN_TURNED = "R1010" "amounts of which nearly all are below zero";
    ROWS_REFUSED = "R1011" "rows that a night refuses";
    NO_PENALTIES = "R1012" "penalties that tonight's data and rates do not suffice for";

    NOTHING_EXPECTED = "R1101" "a test that expects nothing";
    UNKNOWN_PATH = "R1102" "a value for something a test does not have";
    GIVEN_BY_RULES = "R1103" "a value given by hand that follows from rules or documents";
    NIGHT_ORDER = "R1104" "nights of a test out of order";
    UNKNOWN_EFFECT = "R1105" "an effect that no night of these rules can have";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_rise_and_are_never_reused() {
        assert!(ALL.windows(2).all(|pair| pair[0].id < pair[1].id));
        assert_eq!(Code::find("R0201"), Some(UNKNOWN_NAME));
        assert_eq!(Code::find("R9999"), None);
    }
}
