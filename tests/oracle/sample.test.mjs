// The synthetic sample that is the default snapshot, read by DuckDB without any of our code.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { setting } from '../support/builder.mjs';
import { literal, query } from '../support/duckdb.mjs';

const folder = setting('ATLAS_SAMPLE');
const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
const parts = kind => manifest.parts.filter(part => part.kind === kind);
const files = kind => `read_parquet([${parts(kind).map(part => literal(join(folder, part.path))).join(', ')}])`;

test('the sample says that it is synthetic', () => {
  assert.equal(manifest.synthetic, true);
});

test('every part has the bytes, the checksum and the name that the manifest gives it', async () => {
  for (const part of manifest.parts) {
    const bytes = await readFile(join(folder, part.path));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    assert.equal(bytes.length, part.bytes, part.path);
    assert.equal(sha256, part.sha256, part.path);
    assert.equal(part.path, `${part.kind}-${sha256.slice(0, 16)}.parquet`);
  }
});

test('DuckDB counts the rows and sums the downloads that the manifest states, in all and part by part', async () => {
  const [all] = await query(`select count(*) as rows, sum(downloads_30d)::hugeint as downloads from ${files('models')}`);
  assert.equal(all.rows, BigInt(manifest.totals.rows));
  assert.equal(all.downloads, BigInt(manifest.totals.downloads_30d));
  for (const part of parts('models')) {
    const [one] = await query(`select count(*) as rows, sum(downloads_30d)::hugeint as downloads from ${literal(join(folder, part.path))}`);
    assert.equal(one.rows, BigInt(part.rows), part.path);
    assert.equal(one.downloads, BigInt(part.downloads_30d), part.path);
  }
});

test('there is one id for each model and none twice', async () => {
  const [ids] = await query(`select count(*) as rows, count(distinct id) as different from ${files('ids')}`);
  assert.equal(ids.rows, BigInt(manifest.totals.rows));
  assert.equal(ids.different, ids.rows);
});

test('every dictionary column holds values of its dictionary only', async () => {
  for (const [column, values] of Object.entries(manifest.dictionaries)) {
    const keys = new Set(values.map(value => value.key));
    const found = await query(`select distinct ${column} as key from ${files('models')}`);
    assert.ok(found.length > 0, column);
    assert.deepEqual(found.filter(row => !keys.has(row.key)), [], column);
  }
});
