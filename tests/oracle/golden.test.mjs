// The golden snapshot of each released format, read by DuckDB without any of our code: what docs/SNAPSHOT.md promises
// to somebody who has only the files.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { literal, query } from '../support/duckdb.mjs';

const folder = fileURLToPath(new URL('../golden/format-1/', import.meta.url));
const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
const parts = kind => manifest.parts.filter(part => part.kind === kind);
const path = part => literal(join(folder, part.path));
const files = kind => `read_parquet([${parts(kind).map(path).join(', ')}])`;
const numbers = ['downloads_30d', 'downloads_all_time', 'likes', 'parameters'];
const optional = new Set(['downloads_all_time', 'parameters']);
const dictionaries = [
  'parameters_source', 'month', 'region', 'country', 'organisation_type', 'organisation',
  'task', 'library', 'licence', 'relation', 'origin',
];

test('the manifest says format 1, synthetic, and four parts in row order', () => {
  assert.equal(manifest.format, 1);
  assert.equal(manifest.synthetic, true);
  for (const kind of ['models', 'ids']) {
    assert.equal(parts(kind).length, 2);
    let next = 0;
    for (const part of parts(kind)) {
      assert.equal(part.first_row, next);
      next += part.rows;
    }
    assert.equal(next, manifest.totals.rows);
  }
});

test('every part has the bytes, the checksum and the name that the manifest gives it', async () => {
  for (const part of manifest.parts) {
    const bytes = await readFile(join(folder, part.path));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    assert.equal(bytes.length, part.bytes);
    assert.equal(sha256, part.sha256);
    assert.equal(part.path, `${part.kind}-${sha256.slice(0, 16)}.parquet`);
  }
});

test('the columns have the names, the types and the nulls that the format gives them', async () => {
  const columns = await query(`select distinct name, type, repetition_type, logical_type
    from parquet_schema([${parts('models').map(path).join(', ')}]) where type is not null`);
  const found = Object.fromEntries(columns.map(column => [column.name, column]));
  assert.deepEqual(Object.keys(found).sort(), [...numbers, ...dictionaries].sort());
  for (const name of numbers) {
    assert.equal(found[name].type, 'INT64', name);
    assert.equal(found[name].repetition_type, optional.has(name) ? 'OPTIONAL' : 'REQUIRED', name);
  }
  for (const name of dictionaries) {
    assert.equal(found[name].type, 'BYTE_ARRAY', name);
    assert.equal(found[name].repetition_type, 'REQUIRED', name);
    assert.equal(found[name].logical_type, 'StringType()', name);
  }
  const ids = await query(`select distinct name, type, repetition_type from parquet_schema([${parts('ids').map(path).join(', ')}]) where type is not null`);
  assert.deepEqual(ids, [{ name: 'id', type: 'BYTE_ARRAY', repetition_type: 'REQUIRED' }]);
});

test('DuckDB sums what the totals, the parts and the coverage state', async () => {
  const sums = numbers.slice(0, 3).map(name => `sum(${name})::hugeint as ${name}`).join(', ');
  const [all] = await query(`select count(*) as rows, ${sums} from ${files('models')}`);
  for (const [name, total] of Object.entries(manifest.totals)) {
    assert.equal(all[name], BigInt(total), name);
  }
  for (const part of parts('models')) {
    const [one] = await query(`select count(*) as rows, sum(downloads_30d)::hugeint as downloads from read_parquet(${path(part)})`);
    assert.equal(one.rows, BigInt(part.rows));
    assert.equal(one.downloads, BigInt(part.downloads_30d));
  }
  for (const coverage of manifest.coverage) {
    const [known] = await query(`select count(*) as rows, sum(downloads_30d)::hugeint as downloads
      from ${files('models')} where ${coverage.column} <> 'unknown'`);
    assert.equal(known.rows, BigInt(coverage.rows_known), coverage.column);
    assert.equal(known.downloads, BigInt(coverage.downloads_30d_known), coverage.column);
  }
});

test('rows are sorted by downloads, descending, and by the bytes of the id', async () => {
  const rows = await query(`select downloads_30d, id from ${files('models')} positional join ${files('ids')}`);
  assert.equal(rows.length, manifest.totals.rows);
  for (let row = 1; row < rows.length; row++) {
    const [before, after] = [rows[row - 1], rows[row]];
    const tied = before.downloads_30d === after.downloads_30d;
    assert.ok(tied ? Buffer.compare(Buffer.from(before.id), Buffer.from(after.id)) < 0 : before.downloads_30d > after.downloads_30d, `row ${row}`);
  }
});

test('every value stands in its dictionary, which ends with unknown', async () => {
  assert.deepEqual(Object.keys(manifest.dictionaries).sort(), [...dictionaries].sort());
  for (const column of dictionaries) {
    const keys = manifest.dictionaries[column].map(value => value.key);
    assert.equal(keys.at(-1), 'unknown', column);
    assert.equal(new Set(keys).size, keys.length, column);
    const found = await query(`select distinct ${column} as key from ${files('models')}`);
    assert.deepEqual(found.map(row => row.key).filter(key => !keys.includes(key)), [], column);
    assert.ok(found.length > 1, column);
  }
});

test('a model without a parameter count says so twice', async () => {
  const [both] = await query(`select count(*) filter (where parameters is null) as unknown,
    count(*) filter (where (parameters is null) <> (parameters_source = 'unknown')) as contradictory from ${files('models')}`);
  assert.ok(both.unknown > 0n);
  assert.equal(both.contradictory, 0n);
});
