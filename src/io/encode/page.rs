//! The pages of one column of a row group, and how they become a column chunk.

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, EncodingMask, PageType, ZstdLevel};
use parquet::bloom_filter::Sbbf;
use parquet::column::page::{CompressedPage, Page, PageWriteSpec, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, ColumnIndexBuilder, LevelHistogram, OffsetIndexBuilder, PageEncodingStats};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::page_index::offset_index::OffsetIndexMetaData;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use zstd::bulk::Compressor;

use crate::io::encode::bounds::{Bounds, order};

const COMPRESSION_LEVEL: i32 = 1;

/// What is known of the values of a page beside their bytes.
pub struct PageValues {
    pub encoding: Encoding,
    /// `None` where every value is missing.
    pub bounds: Option<Bounds>,
    /// Bytes of the texts themselves, where they are texts.
    pub text_bytes: Option<usize>,
}

/// A data page that is not compressed yet.
pub struct DataPage {
    pub rows: usize,
    pub missing: usize,
    pub bytes: Vec<u8>,
    pub values: PageValues,
}

/// The dictionary that pages refer to, as a plain page.
pub struct DictionaryPage {
    pub bytes: Vec<u8>,
    pub count: usize,
}

/// A column chunk as it stands in a file, but for its place there.
pub struct Chunk {
    pub bytes: Bytes,
    pub close: ColumnCloseResult,
}

/// Makes a column chunk of pages. It is compressed where that pays, as its first page shows.
pub fn chunk(
    descriptor: &ColumnDescPtr,
    pages: Vec<DataPage>,
    dictionary: Option<DictionaryPage>,
    filter: Option<Sbbf>,
) -> Result<Chunk, ParquetError> {
    let mut squeeze = Squeeze::judged(pages.first().map_or(&[], |page| &page.bytes))?;
    let mut sink = TrackedWrite::new(Vec::new());
    let mut writer = SerializedPageWriter::new(&mut sink);
    let facts = Facts::of(&pages);
    let (mut told, mut offsets) = (Told::default(), OffsetIndexBuilder::new());
    if let Some(dictionary) = dictionary {
        let num_values = small(dictionary.count)?;
        let size = dictionary.bytes.len();
        let buf = squeeze.page(dictionary.bytes)?;
        let page = Page::DictionaryPage { buf, num_values, encoding: Encoding::PLAIN, is_sorted: false };
        told.add(&writer.write_page(CompressedPage::new(page, size))?, Encoding::PLAIN);
    }
    for page in pages {
        let DataPage { rows, bytes, values, .. } = page;
        let size = bytes.len();
        let page = Page::DataPage {
            buf: squeeze.page(bytes)?,
            num_values: small(rows)?,
            encoding: values.encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let spec = writer.write_page(CompressedPage::new(page, size))?;
        told.add(&spec, values.encoding);
        offsets.append_row_count(long(rows));
        offsets.append_offset_and_size(signed(spec.offset), i32::try_from(spec.compressed_size).unwrap_or(i32::MAX));
        offsets.append_unencoded_byte_array_data_bytes(values.text_bytes.map(long));
    }
    writer.close()?;
    let bytes = sink.into_inner()?;
    let metadata = told.metadata(descriptor, &facts, squeeze.codec()?)?;
    Ok(Chunk { close: facts.close(metadata, filter, offsets.build()), bytes: Bytes::from(bytes) })
}

/// Compresses, or leaves as it is.
struct Squeeze(Option<Compressor<'static>>);

impl Squeeze {
    /// Compresses where it takes a tenth away of the sample.
    fn judged(sample: &[u8]) -> Result<Squeeze, ParquetError> {
        let mut compressor = Compressor::new(COMPRESSION_LEVEL)?;
        let pays = compressor.compress(sample)?.len() < sample.len() - sample.len() / 10;
        Ok(Squeeze(pays.then_some(compressor)))
    }

    fn page(&mut self, bytes: Vec<u8>) -> Result<Bytes, ParquetError> {
        Ok(Bytes::from(match &mut self.0 {
            Some(compressor) => compressor.compress(&bytes)?,
            None => bytes,
        }))
    }

    fn codec(&self) -> Result<Compression, ParquetError> {
        Ok(match self.0 {
            Some(_) => Compression::ZSTD(ZstdLevel::try_new(COMPRESSION_LEVEL)?),
            None => Compression::UNCOMPRESSED,
        })
    }
}

/// What the pages together say of their column.
struct Facts {
    rows: usize,
    missing: usize,
    bounds: Option<Bounds>,
    text_bytes: Option<usize>,
    index: Vec<(Option<Bounds>, usize)>,
}

impl Facts {
    fn of(pages: &[DataPage]) -> Facts {
        Facts {
            rows: pages.iter().map(|page| page.rows).sum(),
            missing: pages.iter().map(|page| page.missing).sum(),
            bounds: pages.iter().filter_map(|page| page.values.bounds.clone()).reduce(Bounds::and),
            text_bytes: pages.iter().map(|page| page.values.text_bytes).sum(),
            index: pages.iter().map(|page| (page.values.bounds.clone(), page.missing)).collect(),
        }
    }

    fn column_index(&self, descriptor: &ColumnDescPtr) -> Option<ColumnIndexMetaData> {
        let physical = descriptor.physical_type();
        let mut index = ColumnIndexBuilder::new(physical);
        for (bounds, missing) in &self.index {
            let (least, most) =
                bounds.as_ref().map_or_else(Default::default, |told| (told.least.bytes(physical), told.most.bytes(physical)));
            index.append(bounds.is_none(), least, most, long(*missing), None);
        }
        index.set_boundary_order(order(&self.index.iter().filter_map(|(bounds, _)| bounds.as_ref()).collect::<Vec<_>>()));
        index.build().ok()
    }

    fn close(&self, metadata: ColumnChunkMetaData, filter: Option<Sbbf>, offsets: OffsetIndexMetaData) -> ColumnCloseResult {
        ColumnCloseResult {
            bytes_written: metadata.compressed_size().cast_unsigned(),
            rows_written: self.rows as u64,
            bloom_filter: filter,
            column_index: self.column_index(&metadata.column_descr_ptr()),
            offset_index: Some(offsets),
            metadata,
        }
    }
}

/// What was written of a chunk so far.
#[derive(Default)]
struct Told {
    compressed: usize,
    uncompressed: usize,
    dictionary: Option<u64>,
    data: Option<u64>,
    pages: Vec<PageEncodingStats>,
}

impl Told {
    fn add(&mut self, spec: &PageWriteSpec, encoding: Encoding) {
        self.compressed += spec.compressed_size;
        self.uncompressed += spec.uncompressed_size;
        let first = if spec.page_type == PageType::DICTIONARY_PAGE { &mut self.dictionary } else { &mut self.data };
        first.get_or_insert(spec.offset);
        let kind = |stats: &PageEncodingStats| stats.page_type == spec.page_type && stats.encoding == encoding;
        match self.pages.iter_mut().find(|stats| kind(stats)) {
            Some(stats) => stats.count += 1,
            None => self.pages.push(PageEncodingStats { page_type: spec.page_type, encoding, count: 1 }),
        }
    }

    fn metadata(self, descriptor: &ColumnDescPtr, facts: &Facts, codec: Compression) -> Result<ColumnChunkMetaData, ParquetError> {
        let encodings = self.pages.iter().map(|stats| stats.encoding).chain([Encoding::RLE]).collect::<Vec<Encoding>>();
        let levels =
            (descriptor.max_def_level() > 0).then(|| LevelHistogram::from(vec![long(facts.missing), long(facts.rows - facts.missing)]));
        ColumnChunkMetaData::builder(descriptor.clone())
            .set_compression(codec)
            .set_encodings_mask(EncodingMask::new_from_encodings(encodings.iter()))
            .set_page_encoding_stats(self.pages)
            .set_total_compressed_size(long(self.compressed))
            .set_total_uncompressed_size(long(self.uncompressed))
            .set_num_values(long(facts.rows))
            .set_data_page_offset(signed(self.data.unwrap_or(0)))
            .set_dictionary_page_offset(self.dictionary.map(signed))
            .set_statistics(Bounds::statistics(facts.bounds.as_ref(), descriptor.physical_type(), facts.missing as u64))
            .set_unencoded_byte_array_data_bytes(facts.text_bytes.map(long))
            .set_definition_level_histogram(levels)
            .build()
    }
}

fn small(count: usize) -> Result<u32, ParquetError> {
    u32::try_from(count).map_err(|_| ParquetError::General(format!("a page of {count} values")))
}

fn long(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn signed(offset: u64) -> i64 {
    i64::try_from(offset).unwrap_or(i64::MAX)
}
