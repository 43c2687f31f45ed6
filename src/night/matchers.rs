//! The rules of a night made ready to be matched against columns of facts: the same for all shards.

use crate::rules::eval::Env;
use crate::rules::index::Index;
use crate::rules::program::{Grain, Program, Rule};

/// One index per set of rules that is asked together.
pub struct Matchers {
    /// One per decision table, in the order of [`Program::tables`].
    pub tables: Vec<Index>,
    /// One per queue, in the order of [`Program::assignments`].
    pub queues: Vec<Index>,
    /// Numbered as [`Program::policies`].
    pub policies: Index,
    /// Numbered as [`Program::penalties`].
    pub penalties: Index,
    pub customer_blocks: GrainIndex,
    pub invoice_blocks: GrainIndex,
    pub customer_tasks: GrainIndex,
    pub invoice_tasks: GrainIndex,
    pub customer_proposals: GrainIndex,
    pub invoice_proposals: GrainIndex,
    pub customer_shadows: GrainIndex,
    pub invoice_shadows: GrainIndex,
}

/// Rules of one grain out of a list.
pub struct GrainIndex {
    pub index: Index,
    /// Their positions in the list: [`Program::blocks`], [`Program::tasks`], [`Program::proposals`] or [`Program::shadows`].
    pub rules: Vec<usize>,
}

impl Matchers {
    /// Makes the rules of a program ready for one night.
    pub fn new(program: &Program, env: &Env<'_>) -> Matchers {
        Matchers {
            tables: program.tables.iter().map(|table| Index::of_table(table, env)).collect(),
            queues: program.assignments.iter().map(|queue| Index::of_table(&queue.table, env)).collect(),
            policies: Index::of_rules(program.policies.iter().map(|policy| &policy.applies), env),
            penalties: Index::of_rules(program.penalties.iter().map(|penalty| &penalty.rule), env),
            customer_blocks: blocks(program, Grain::Customer, env),
            invoice_blocks: blocks(program, Grain::Invoice, env),
            customer_tasks: tasks(program, Grain::Customer, env),
            invoice_tasks: tasks(program, Grain::Invoice, env),
            customer_proposals: proposals(program, Grain::Customer, env),
            invoice_proposals: proposals(program, Grain::Invoice, env),
            customer_shadows: shadows(program, Grain::Customer, env),
            invoice_shadows: shadows(program, Grain::Invoice, env),
        }
    }
}

fn blocks(program: &Program, grain: Grain, env: &Env<'_>) -> GrainIndex {
    of_grain(program.blocks.iter().map(|block| (block.on, &block.rule)), grain, env)
}

fn tasks(program: &Program, grain: Grain, env: &Env<'_>) -> GrainIndex {
    of_grain(program.tasks.iter().map(|task| (task.on, &task.rule)), grain, env)
}

fn proposals(program: &Program, grain: Grain, env: &Env<'_>) -> GrainIndex {
    of_grain(program.proposals.iter().map(|proposal| (proposal.on, &proposal.rule)), grain, env)
}

fn shadows(program: &Program, grain: Grain, env: &Env<'_>) -> GrainIndex {
    of_grain(program.shadows.iter().map(|shadow| (shadow.grain, &shadow.rule)), grain, env)
}

fn of_grain<'r>(rules: impl Iterator<Item = (Grain, &'r Rule)>, grain: Grain, env: &Env<'_>) -> GrainIndex {
    let own = rules.enumerate().filter(|(_, (of, _))| *of == grain);
    let (positions, rules): (Vec<usize>, Vec<&Rule>) = own.map(|(at, (_, rule))| (at, rule)).unzip();
    GrainIndex { index: Index::of_rules(rules, env), rules: positions }
}
