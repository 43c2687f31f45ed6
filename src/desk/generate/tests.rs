//! What a generated ledger promises: its size, its sameness, its shapes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::*;
use crate::base::contract::{TableSpec, customers, deductions, disputes, installments, invoices, payments, promises};
use crate::base::money::Currency;
use crate::base::table::{Column, Table, Texts};
use crate::io::input::Input;
use crate::io::scan::Quiet;
use crate::io::schema::Wanted;
use crate::night::normalise::customers::Groups;
use crate::night::normalise::{AllDuplicates, Directory, Intake, Named, Shard, documents};

fn request(invoices: u64, dirty: bool) -> Request {
    let as_of = Date::from_ymd(2026, 11, 21).expect("a day");
    Request { invoices, seed: 7, as_of, dirty, out: PathBuf::new() }
}

fn texts(sheet: &sheet::Sheet, column: usize) -> &Texts {
    match &sheet.columns[column] {
        Column::Text(texts) => texts,
        other => panic!("a text column, not {other:?}"),
    }
}

fn money(sheet: &sheet::Sheet, column: usize) -> &[i64] {
    match &sheet.columns[column] {
        Column::Money(values) => values,
        other => panic!("a money column, not {other:?}"),
    }
}

/// All files under a folder with their bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_file())
        .map(|path| (path.display().to_string().replace(&folder.display().to_string(), ""), fs::read(&path).expect("a file")))
        .collect()
}

/// There is only one shard.
struct NoOtherShard;

impl Directory for NoOtherShard {
    fn find(&self, _: &[u8]) -> Option<Named<'_>> {
        None
    }
}

/// Reasons of refusal and kinds of findings of a written ledger, with their numbers, read as a night reads it.
fn judged(request: &Request) -> BTreeMap<&'static str, usize> {
    let place = tempfile::tempdir().expect("a temporary folder");
    let out = place.path().join("ledger");
    generate(&Request { out: out.clone(), ..request.clone() }).expect("a ledger");
    let read = |spec: TableSpec, key: Option<usize>| -> Table {
        let input = Input::open(Wanted::plain(spec), &out, &format!("{}.parquet", spec.name)).expect("a readable table");
        input.gather(key, &Quiet).expect("readable rows")
    };
    let shard = Shard {
        customers: read(customers::SPEC, None),
        invoices: read(invoices::SPEC, Some(invoices::INVOICE_ID)).into(),
        installments: read(installments::SPEC, None),
        payments: read(payments::SPEC, None),
        disputes: read(disputes::SPEC, None),
        deductions: read(deductions::SPEC, None),
        promises: read(promises::SPEC, None),
        ..Shard::default()
    };
    let intake = Intake {
        as_of: request.as_of,
        reporting_currency: Currency::parse(b"EUR").expect("a currency"),
        duplicates: &AllDuplicates::default(),
        has_customers: true,
    };
    let customers = crate::night::normalise::customers::judge(&shard.customers, &intake);
    let invoices = crate::night::normalise::invoices::judge(&shard.invoices, &intake);
    let groups = Groups::of([(&shard.customers, &customers.fates[..])].into_iter());
    let documents = documents::read(&shard, &invoices, &groups, &NoOtherShard, &intake);
    let rejects = customers.rejects.iter().chain(&invoices.rejects).chain(&documents.rejects).map(|reject| reject.reason.code());
    let mut kinds = BTreeMap::new();
    for kind in rejects.chain(documents.findings.iter().map(|finding| finding.kind)) {
        *kinds.entry(kind).or_default() += 1;
    }
    kinds
}

#[test]
fn nothing_is_wrong_with_a_clean_ledger() {
    assert_eq!(judged(&request(20_000, false)), BTreeMap::new());
}

#[test]
fn a_dirty_ledger_has_every_fault_the_contract_names() {
    let found = judged(&request(20_000, true));
    // Duplicates are found over the whole portfolio, before the shards are judged.
    let faults = [
        "unreadable",
        "missing_required",
        "unknown_value",
        "bad_currency",
        "too_many_decimals",
        "zero_amount",
        "wrong_sign",
        "unknown_invoice",
        "other_customers_invoice",
        "due_before_issue",
    ];
    for fault in faults {
        assert!(found.contains_key(fault), "{fault} is not among {found:?}");
    }
}

#[test]
fn as_many_documents_as_asked_for() {
    for invoices in [1, 9, 10, 11, 99, 100, 101, 12_345] {
        let request = request(invoices, false);
        let block = block(&request, 0);
        assert_eq!(block.invoices.rows() as u64, invoices);
        assert_eq!(block.customers.rows() as u64, invoices.div_ceil(10));
    }
}

#[test]
fn identifiers_are_unique_in_a_clean_ledger() {
    let block = block(&request(20_000, false), 0);
    for (sheet, key) in [(&block.invoices, invoices::INVOICE_ID), (&block.payments, payments::PAYMENT_ID)] {
        let mut ids: Vec<&[u8]> = texts(sheet, key).iter().collect();
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(ids.iter().all(|id| !id.is_empty()));
    }
}

/// Most invoices are settled: what is open at `as_of` is the tail of two years.
#[test]
fn about_a_tenth_of_the_invoiced_money_is_unpaid() {
    let block = block(&request(100_000, false), 0);
    let positive = |values: &[i64]| values.iter().filter(|value| **value > 0).map(|value| i128::from(*value)).sum::<i128>();
    let invoiced = positive(money(&block.invoices, invoices::AMOUNT));
    let paid = positive(money(&block.payments, payments::AMOUNT));
    let unpaid_percent = 100 - paid * 100 / invoiced;
    assert!((8..=22).contains(&unpaid_percent), "{unpaid_percent} % of the money has not come");
    let payments_percent = block.payments.rows() * 100 / block.invoices.rows();
    assert!((90..=102).contains(&payments_percent), "{payments_percent} payments for 100 invoices");
    for rows in [block.disputes.rows(), block.promises.rows(), block.contacts.rows(), block.installments.rows(), block.deductions.rows()] {
        assert!(rows > 500, "{rows} rows");
    }
}

#[test]
fn the_clean_rows_of_a_dirty_ledger_are_those_of_the_clean_one() {
    let (clean, dirty) = (block(&request(5_000, false), 0), block(&request(5_000, true), 0));
    let ids = |block: &Block| texts(&block.payments, payments::PAYMENT_ID).iter().filter(|id| !id.is_empty()).map(<[u8]>::to_vec).collect();
    let (clean_ids, dirty_ids): (Vec<_>, Vec<_>) = (ids(&clean), ids(&dirty));
    let kept = dirty_ids.iter().filter(|id| clean_ids.binary_search(id).is_ok()).count();
    assert!(kept * 100 >= clean_ids.len() * 98, "{kept} of {}", clean_ids.len());
    let same =
        money(&clean.invoices, invoices::AMOUNT).iter().filter(|amount| money(&dirty.invoices, invoices::AMOUNT).contains(amount)).count();
    assert!(same * 100 >= clean.invoices.rows() * 96, "{same} of {}", clean.invoices.rows());
}

#[test]
fn the_same_request_writes_the_same_bytes_on_any_number_of_threads() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, threads: usize| {
        let out = place.path().join(name);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        let summary = pool.install(|| generate(&Request { out: out.clone(), ..request(130_000, true) })).expect("a ledger");
        (summary.rows, files(&out))
    };
    let (rows, bytes) = write("one", 1);
    assert_eq!(rows.iter().find(|(table, _)| *table == "customers").map(|(_, rows)| *rows > 13_000), Some(true));
    assert_eq!(bytes.len(), LAYOUT.len() + 1);
    assert!((rows, bytes) == write("three", 3), "one and three threads write different ledgers");
}

#[test]
fn requests_out_of_range_are_refused() {
    let day = |text| Date::parse(text).expect("a day");
    let base = request(10, false);
    for wrong in [
        Request { invoices: 0, ..base.clone() },
        Request { invoices: MOST_INVOICES + 1, ..base.clone() },
        Request { as_of: day("1902-01-01"), ..base.clone() },
        Request { as_of: day("9999-12-31"), ..base },
    ] {
        assert_eq!(generate(&wrong).map_err(|failure| failure.exit), Err(Exit::Usage), "{wrong:?}");
    }
}
