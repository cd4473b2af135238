// Two snapshots of real crawls side by side: what rose, fell, appeared and vanished, against DuckDB over the two source files.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { ask } from '../support/ask.mjs';
import { realData, runBuilder, scratchFolder, withoutRealData } from '../support/builder.mjs';
import { compared } from '../support/compared.mjs';
import { query } from '../support/duckdb.mjs';
import { loadHub } from '../support/hub_tables.mjs';
import { linkOf, none, some } from '../support/slices.mjs';

const [earlier, later] = ['2025-03-07', '2025-09-07'];
const crawl = day => `history/models-${day}.parquet`;

describe('two snapshots side by side', { timeout: 600_000 }, () => {
  const skip = withoutRealData(crawl(earlier));
  const cleanups = [];
  const folders = {};

  before(async () => {
    if (skip) return;
    const scratch = await scratchFolder({ after: cleanup => cleanups.push(cleanup) });
    for (const [name, day] of Object.entries({ earlier, later })) {
      folders[name] = join(scratch, name);
      await runBuilder('import', '--models', realData(crawl(day)), '--taken-on', day, '--head-rows', '500', '--part-rows', '3000', '--out', folders[name]);
      await loadHub(realData(crawl(day)), name);
    }
  });
  after(async () => {
    for (const cleanup of cleanups) await cleanup();
  });

  for (const [clauses, split] of [
    [[], 'region'],
    [[some('region', 'china')], 'organisation'],
    [[none('organisation', 'Alibaba'), some('size', 'unknown', '5b-10b')], 'size'],
  ]) {
    test(`${linkOf(clauses, { split }) || 'everything'}: totals, kinds of change and the largest of each are DuckDB’s`, { skip }, async () => {
      const [answer] = await ask(folders.later, [linkOf(clauses, { split, compare: folders.earlier })]);
      const wanted = await compared('earlier', 'later', clauses, split, 25);
      assert.deepEqual(answer.comparison, { ...wanted, taken_before: earlier, taken_after: later });
      assert.ok(wanted.groups.every(group => group.models > 0), 'there are changes of every kind');
    });
  }

  test('a snapshot beside itself has nothing but what is unchanged', { skip }, async () => {
    const [answer] = await ask(folders.later, [linkOf([], { compare: folders.later })]);
    const [{ models }] = await query('select count(*)::int as models from later');
    assert.deepEqual(answer.comparison.groups.map(group => [group.models, group.rows]), [[0, []], [0, []], [0, []], [0, []]]);
    assert.equal(answer.comparison.unchanged, models);
    assert.ok(answer.comparison.values.every(([, before, after]) => before === after));
  });
});
