// The engine on the synthetic sample, which has every measure, against DuckDB reading the snapshot's own parts.
import assert from 'node:assert/strict';
import test, { before, describe } from 'node:test';
import { ask } from '../support/ask.mjs';
import { setting } from '../support/builder.mjs';
import { compareAnswer } from '../support/compare_answer.mjs';
import { query } from '../support/duckdb.mjs';
import { loadSnapshot } from '../support/hub_tables.mjs';
import { between, counted, expected, linkOf, none, some } from '../support/slices.mjs';

const measure = 'downloads_all_time';
const questions = [
  [[], { measure }],
  [[some('region', 'china'), some('size', '1b-5b'), between('year', '2025', '2026')], { measure, split: 'month' }],
  [[none('organisation_type', 'individual'), counted(1_000_000_000n, 70_000_000_000n)], { measure, split: 'size' }],
  [[some('relation', 'finetune', 'merge'), none('region', 'unknown')], { split: 'origin' }],
  [[some('size', 'unknown'), between('month', '2024-01', '')], { measure: 'likes', split: 'organisation' }],
  [[some('licence', 'apache-2.0'), none('task', 'text-generation')], { measure: 'models', split: 'task' }],
];

describe('the engine on the synthetic sample', { timeout: 900_000 }, () => {
  const folder = setting('ATLAS_SAMPLE');
  let answers;

  before(async () => {
    await loadSnapshot(folder, 'sample');
    answers = await ask(folder, questions.map(([clauses, options]) => linkOf(clauses, options)));
  });

  for (const [at, [clauses, options]] of questions.entries()) {
    test(`${linkOf(clauses, options)} is answered as DuckDB answers it, to the last digit`, async () => {
      const wanted = await expected('sample', clauses, options);
      assert.notEqual(wanted.slice.models, '0', 'the question finds something');
      compareAnswer(answers[at], wanted);
    });
  }

  test('rows in order of all-time downloads are DuckDB’s', async () => {
    const [answer] = await ask(folder, [linkOf([some('region', 'europe')], { sort: measure, rows: 300 })]);
    const rows = await query(`select id, sample.downloads_all_time::varchar as total from sample where region = 'europe'
      order by sample.downloads_all_time desc nulls last, downloads_30d desc, id limit 300`);
    assert.equal(rows.length, 300);
    assert.deepEqual(answer.rows.map(row => [row.id, row.downloads_all_time]), rows.map(row => [row.id, row.total]));
  });

  for (const text of ['llama', 'Q4_K', '-', '7B-Ins', 'zzzz']) {
    test(`the models with “${text}” in their ids are DuckDB’s`, async () => {
      const link = `${linkOf([some('region', 'europe', 'us')], { sort: 'likes', rows: 50 })}&find=${encodeURIComponent(text)}`;
      const [answer] = await ask(folder, [link]);
      const found = `from sample where region in ('europe', 'us') and contains(lower(id), lower('${text}'))`;
      const [sums] = await query(`select count(*)::varchar as models, coalesce(sum(downloads_30d), 0)::varchar as downloads_30d,
        coalesce(sum(sample.downloads_all_time), 0)::varchar as downloads_all_time, coalesce(sum(likes), 0)::varchar as likes ${found}`);
      assert.deepEqual(answer.found, sums);
      const rows = await query(`select id ${found} order by likes desc, downloads_30d desc, id limit 50`);
      assert.deepEqual(answer.rows.map(row => row.id), rows.map(row => row.id));
    });
  }
});
