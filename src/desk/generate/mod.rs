//! `relance generate`: a synthetic ledger in the tables of the data contract, with a job file and a policy pack ready to run.
//!
//! The same request gives the same bytes on any machine and any number of threads: customers come in blocks of a fixed number,
//! each block draws from its own stream of pseudo-random numbers, and blocks are written in order. Invoices cover the two years before
//! `as_of`, so that most are settled and about one in ten is open. The tables `usage` and `control_totals` are left out.

mod account;
mod cash;
mod customer;
mod dialogue;
mod dirt;
mod layout;
mod market;
mod random;
mod sheet;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use rayon::prelude::*;

use crate::base::date::Date;
use crate::desk::init;
use crate::error::{Exit, Failure};
use crate::io::folder;
use crate::io::ledger_writer::{EncodedBlock, LedgerWriter, MoneyScale};
use account::Account;
use customer::Customer;
use dirt::Dirt;
use layout::{Block, LAYOUT};
use random::Random;

/// Length of the history of invoices.
const HISTORY_MONTHS: i32 = 24;
/// Documents of ten customers: few have many. They add up to [`DOCUMENTS_PER_CUSTOMER`] each.
const DOCUMENTS: [u64; 10] = [1, 2, 3, 4, 6, 8, 10, 13, 18, 35];
const DOCUMENTS_PER_CUSTOMER: u64 = 10;
/// Customers of one block; its invoices make one row group. Part of the meaning of a seed.
const CUSTOMERS_PER_BLOCK: u64 = 12_500;
/// Customers in a thousand that belong to another one of their block.
const IN_A_GROUP: u64 = 60;
const MOST_INVOICES: u64 = 1_000_000_000;
/// Tells the stream of a block's mistakes from the stream of its ledger.
const DIRT_STREAM: u64 = 1 << 40;
/// The stream of exchange rates and collectors.
const MARKET_STREAM: u64 = 1 << 41;

/// A ledger to generate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Rows of `invoices`, credit notes among them.
    pub invoices: u64,
    /// Same seed, same ledger.
    pub seed: u64,
    /// The night the ledger is for.
    pub as_of: Date,
    /// Whether a few rows in a hundred are wrong in some way.
    pub dirty: bool,
    /// A folder that does not exist yet, or is empty.
    pub out: PathBuf,
}

/// What was generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Rows of each table, in the order written.
    pub rows: Vec<(&'static str, u64)>,
    /// The job file to run.
    pub job: PathBuf,
}

/// Writes the ledger, its job file and a policy pack under `request.out`.
///
/// # Errors
/// [`Exit::Usage`] for a number of invoices or a day out of range and for a folder that is not empty; otherwise what the disk says.
pub fn generate(request: &Request) -> Result<Summary, Failure> {
    check(request)?;
    folder::create_empty(&request.out)?;
    let scale = if request.dirty { MoneyScale::Thousandths } else { MoneyScale::Hundredths };
    let (encoder, mut writer) = LedgerWriter::create(&request.out, LAYOUT, scale)?;
    let blocks: Vec<u64> = (0..customers(request).div_ceil(CUSTOMERS_PER_BLOCK)).collect();
    // Two blocks a thread keep all threads busy and bound the memory.
    for wave in blocks.chunks(rayon::current_num_threads() * 2) {
        let encoded: Vec<EncodedBlock> =
            wave.par_iter().map(|number| encoder.encode(&block(request, *number).into_tables())).collect::<Result<_, _>>()?;
        encoded.into_iter().try_for_each(|block| writer.append(block))?;
    }
    let mut market = Block::new(blocks.len() as u64);
    market::write(request.as_of, &mut Random::new(request.seed, MARKET_STREAM), &mut market);
    writer.append(encoder.encode(&market.into_tables())?)?;
    let rows = writer.finish()?;
    let job = init::write_ready(&request.out, request.dirty)?;
    Ok(Summary { rows, job })
}

fn check(request: &Request) -> Result<(), Failure> {
    if request.invoices == 0 || request.invoices > MOST_INVOICES {
        return Err(Failure::new(Exit::Usage, format!("the number of invoices is from 1 to {MOST_INVOICES}: {}", request.invoices)));
    }
    let earliest = Date::MIN.plus_months(HISTORY_MONTHS * 2);
    let latest = Date::MAX.plus_months(-HISTORY_MONTHS);
    if !(earliest..=latest).contains(&request.as_of) {
        return Err(Failure::new(
            Exit::Usage,
            format!("a ledger can be generated for nights from {earliest} to {latest}: {}", request.as_of),
        ));
    }
    Ok(())
}

fn customers(request: &Request) -> u64 {
    request.invoices.div_ceil(DOCUMENTS_PER_CUSTOMER)
}

/// Everything about the customers of one block.
fn block(request: &Request, number: u64) -> Block {
    let mut random = Random::new(request.seed, number);
    let mut dirt = Dirt::new(request.dirty.then(|| Random::new(request.seed, DIRT_STREAM + number)));
    let mut block = Block::new(number);
    let first = number * CUSTOMERS_PER_BLOCK;
    let last = (first + CUSTOMERS_PER_BLOCK).min(customers(request));
    let mut document = first * DOCUMENTS_PER_CUSTOMER;
    let mut counts = DOCUMENTS;
    for (index, at) in (first..last).zip((0..DOCUMENTS.len()).cycle()) {
        if at == 0 {
            random.shuffle(&mut counts);
        }
        let customer = Customer::draw(index + 1, request.as_of, &mut random);
        let parent = (index > first && random.chance(IN_A_GROUP)).then(|| first + 1 + random.below(index - first));
        customer.write(parent, request.as_of, &mut random, &mut dirt, &mut block.customers);
        let documents = documents(request.invoices, index, counts[at]);
        let mut account =
            Account { customer, as_of: request.as_of, random: &mut random, dirt: &mut dirt, block: &mut block, batch: Vec::new() };
        account.trade(document + 1, documents);
        document += documents;
    }
    block
}

/// Documents of a customer: `usual`, except among the last ten customers where there are not enough documents left for all.
fn documents(invoices: u64, index: u64, usual: u64) -> u64 {
    let ten = DOCUMENTS.len() as u64;
    let needed_by_these_ten = (index / ten + 1) * ten * DOCUMENTS_PER_CUSTOMER;
    if needed_by_these_ten <= invoices { usual } else { DOCUMENTS_PER_CUSTOMER.min(invoices - index * DOCUMENTS_PER_CUSTOMER) }
}
