//! The rules of a night made ready to be matched against columns of facts: the same for all shards.

use crate::rules::eval::Env;
use crate::rules::index::Index;
use crate::rules::program::{Block, Grain, Program};

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
    pub customer_blocks: BlockIndex,
    pub invoice_blocks: BlockIndex,
}

/// The blocks of one grain.
pub struct BlockIndex {
    pub index: Index,
    /// Positions in [`Program::blocks`].
    pub blocks: Vec<usize>,
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
        }
    }
}

fn blocks(program: &Program, grain: Grain, env: &Env<'_>) -> BlockIndex {
    let of_grain = |(_, block): &(usize, &Block)| block.on == grain;
    let (blocks, rules): (Vec<usize>, Vec<_>) =
        program.blocks.iter().enumerate().filter(of_grain).map(|(at, block)| (at, &block.rule)).unzip();
    BlockIndex { index: Index::of_rules(rules, env), blocks }
}
