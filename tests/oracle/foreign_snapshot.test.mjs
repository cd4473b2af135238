// A snapshot that DuckDB wrote, following docs/SNAPSHOT.md and none of our code, is one.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { runBuilder, scratchFolder } from '../support/builder.mjs';
import { literal, query } from '../support/duckdb.mjs';

const golden = fileURLToPath(new URL('../golden/format-1/', import.meta.url));
const manifest = JSON.parse(await readFile(join(golden, 'manifest.json'), 'utf8'));
const files = kind => manifest.parts.filter(part => part.kind === kind).map(part => literal(join(golden, part.path)));
const everything = `(select * from read_parquet([${files('models')}]) positional join read_parquet([${files('ids')}]))`;

/** Writes the golden rows with these options of DuckDB's COPY, in one part of each kind, and a manifest that fits. */
async function writeSnapshot(folder, options) {
  const parts = [];
  for (const kind of ['models', 'ids']) {
    const columns = kind === 'ids' ? 'id' : '* exclude (id)';
    const written = join(folder, 'written.parquet');
    // DuckDB compares texts by their bytes, as the format does.
    await query(`copy (select ${columns} from ${everything} order by downloads_30d desc, id)
      to ${literal(written)} (format parquet, ${options})`);
    const bytes = await readFile(written);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const path = `${kind}-${sha256.slice(0, 16)}.parquet`;
    await rename(written, join(folder, path));
    const downloads = kind === 'models' ? { downloads_30d: manifest.totals.downloads_30d } : {};
    parts.push({ kind, path, first_row: 0, rows: manifest.totals.rows, bytes: bytes.length, sha256, ...downloads });
  }
  const description = { ...manifest, built_by: 'DuckDB', parts };
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(description));
}

for (const options of [
  'compression brotli',
  'compression brotli, parquet_version v2, row_group_size 2048',
  'compression uncompressed',
]) {
  test(`DuckDB's parts (${options}) are read, checked and summed`, async (test) => {
    const folder = await scratchFolder(test);
    await writeSnapshot(folder, options);
    const { stdout } = await runBuilder('inspect', folder);
    assert.match(stdout, /Every checksum, total, coverage and the order of rows agree with the rows themselves\./);
  });
}

test('DuckDB\'s parts with its usual compression are refused, and the sentence says which are read', async (test) => {
  const folder = await scratchFolder(test);
  await writeSnapshot(folder, 'compression snappy');
  await assert.rejects(runBuilder('inspect', folder), ({ stderr }) => {
    assert.match(stderr, /the pages have the compression SNAPPY; format 1 has BROTLI and UNCOMPRESSED/);
    return true;
  });
});
