// Downloads made by month on the real crawls: the engine against DuckDB, for slices, ranges of months and both axes.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { ask } from '../support/ask.mjs';
import { scratchFolder, setting, withoutRealData } from '../support/builder.mjs';
import { compareAnswer } from '../support/compare_answer.mjs';
import { literal, query } from '../support/duckdb.mjs';
import { crawl, days, loadMade, madeOverTime, makeHistory } from '../support/history.mjs';
import { counted, expected, linkOf, none, some } from '../support/slices.mjs';

const measure = 'downloads_made';
const questions = [
  [[], {}, { split: 'organisation' }],
  [[], { from: '2025-01', to: '2025-06' }, {}],
  [[some('region', 'china')], { from: '2025-03' }, { split: 'size' }],
  [[none('organisation', 'Alibaba'), some('region', 'china', 'us')], { to: '2024-12' }, { split: 'organisation_type' }],
  [[counted(1_000_000_000n, 7_615_700_000n)], { from: '2025-02', to: '2025-02' }, { split: 'organisation' }],
  [[some('size', 'unknown'), none('region', 'europe')], { from: '2025-05', to: '2030-01' }, { split: 'parameters' }],
];
const madeOf = ({ from = '', to = '' }) => (from || to ? { made: `${from}..${to}` } : {});
const linked = (clauses, range, options) => linkOf(clauses, { measure, ...options, ...madeOf(range) });

describe('downloads made by month, on the real crawls', { timeout: 900_000 }, () => {
  const skip = withoutRealData(crawl(days[0]));
  const cleanups = [];
  let folder;

  before(async () => {
    if (skip) return;
    folder = join(await scratchFolder({ after: cleanup => cleanups.push(cleanup) }), 'snapshot');
    const { manifest, parts } = await makeHistory(folder);
    assert.ok(parts.length > 10, 'the history comes in many parts');
    assert.ok(manifest.history.months.some(month => month.models_outside > 100), 'some models are outside the snapshot');
  });
  after(async () => {
    for (const cleanup of cleanups) await cleanup();
  });

  for (const [clauses, range, options] of questions) {
    const link = linked(clauses, range, options);
    test(`${link} counts every facet, share and statistic as DuckDB does`, { skip }, async () => {
      await loadMade('counted', range);
      const [answer] = await ask(folder, [link]);
      const wanted = await expected('counted', clauses, { measure, split: options.split });
      assert.notEqual(wanted.slice.downloads_made, '0', 'the question finds something');
      compareAnswer(answer, wanted);
    });

    test(`${link} on the axis of download is DuckDB’s, month by month`, { skip }, async () => {
      const split = options.split ?? 'region';
      const wanted = await madeOverTime(clauses, split, range);
      const months = (await query('select distinct month from made order by month')).map(({ month }) => month);
      // The measure of everything else does not matter to it.
      const [answer, byLikes] = await ask(folder, [`${link}&axis=made`, linkOf(clauses, { measure: 'likes', split, axis: 'made', ...madeOf(range) })]);
      const sorted = cells => cells.map(cell => cell.join('\t')).sort();
      assert.deepEqual(sorted(answer.over_time), sorted(wanted.cells));
      assert.deepEqual(sorted(byLikes.over_time), sorted(wanted.cells));
      assert.deepEqual(answer.made, months.map(month => wanted.months.get(month) ?? '0'));
      assert.equal(BigInt(answer.slice.downloads_made), answer.over_time.reduce((sum, [, , total]) => sum + BigInt(total), 0n));
    });
  }

  test('rows in order of the downloads made in some months are DuckDB’s, those of which nothing is stated last', { skip }, async () => {
    const range = { from: '2025-01', to: '2025-03' };
    await loadMade('counted', range);
    const china = some('region', 'china');
    const [down, up] = await ask(folder, [{}, { ascending: 'yes' }].map(order =>
      linked([china], range, { sort: measure, rows: 100_000, ...order })));
    const rows = order => query(`select id, c.downloads_made::varchar as made from counted c where ${china.sql}
      order by c.downloads_made ${order} nulls last, downloads_30d desc, id`);
    const told = answer => answer.rows.map(row => [row.id, row.downloads_made]);
    const wanted = await rows('desc');
    assert.ok(wanted.some(row => row.made === null) && wanted.some(row => row.made !== null));
    assert.deepEqual(told(down), wanted.map(row => [row.id, row.made]));
    assert.deepEqual(told(up), (await rows('asc')).map(row => [row.id, row.made]));
  });

  test('models outside the snapshot are in the coverage and in no count', { skip }, async () => {
    const [answer] = await ask(folder, [`measure=${measure}`]);
    const [{ inside, outside }] = await query(`select sum(downloads) filter (where id is not null)::varchar as inside,
      sum(downloads) filter (where id is null)::varchar as outside from made`);
    assert.ok(BigInt(outside) > 0n);
    assert.equal(answer.slice.downloads_made, inside);
  });

  test('months of which nothing is stated, and snapshots without a history, are said', { skip }, async () => {
    const [before, unlike] = await ask(folder, [`measure=${measure}&made=..2020-01`, `axis=made&made=2030-01..`]);
    for (const answer of [before, unlike]) {
      assert.deepEqual(answer.notes, ['The history of this snapshot goes from 2024-11 to 2025-08; it states no downloads made in the months asked for.']);
      assert.deepEqual(answer.over_time, []);
    }
    assert.equal(before.slice.downloads_made, '0');
    assert.ok(unlike.slice.downloads_30d !== '0');
  });

  test('on the synthetic sample the engine is DuckDB’s as well', async () => {
    const sample = setting('ATLAS_SAMPLE');
    const { readFile } = await import('node:fs/promises');
    const manifest = JSON.parse(await readFile(join(sample, 'manifest.json'), 'utf8'));
    const files = parts => `read_parquet([${parts.map(part => literal(join(sample, part.path)))}])`;
    const [answer] = await ask(sample, [linkOf([some('region', 'europe')], { measure, axis: 'made', made: '2025-06..2026-01' })]);
    const cells = await query(`select month, sum(downloads)::varchar as total
      from ${files(manifest.history.parts)} join (select row_number() over () - 1 as row, region from ${files(manifest.parts.filter(part => part.kind === 'models'))}) using (row)
      where region = 'europe' and month between '2025-06' and '2026-01' group by month order by month`);
    assert.equal(cells.length, 8);
    assert.deepEqual(answer.over_time, cells.map(({ month, total }) => [month, 'europe', total]));
    const accounts = manifest.history.months.map(month => month.accounts);
    assert.ok(accounts[0] * 2 < accounts.at(-1), `the panel grows: ${accounts}`);
  });
});
