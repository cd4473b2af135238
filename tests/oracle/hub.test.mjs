// The real Hub file: what the builder makes of it, and what the engine answers about it, against DuckDB reading the
// source file itself.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { ask } from '../support/ask.mjs';
import { realData, runBuilder, scratchFolder, withoutRealData } from '../support/builder.mjs';
import { compareAnswer } from '../support/compare_answer.mjs';
import { literal, query } from '../support/duckdb.mjs';
import { facets, loadHub } from '../support/hub_tables.mjs';
import { between, counted, expected, linkOf, none, some } from '../support/slices.mjs';

const hubs = [
  {
    file: 'hub/models.parquet',
    takenOn: '2026-08-22',
    table: 'hub_2026',
    lacks: [],
    questions: [
      [[]],
      [[], { measure: 'models', split: 'organisation_type' }],
      [[], { measure: 'likes', split: 'size' }],
      [[some('region', 'china')]],
      [[some('region', 'china', 'us')], { split: 'licence' }],
      [[none('region', 'us')], { measure: 'models' }],
      [[some('size', '1b-5b')]],
      [[some('size', 'unknown')], { measure: 'likes' }],
      [[between('size', '1b-5b', '10b-50b')], { split: 'parameters' }],
      [[counted(1_000_000_001n, 7_615_616_513n)]],
      [[counted(7_615_616_512n, 7_615_616_513n)], { measure: 'models' }],
      [[counted(null, 100_000_000n)], { split: 'task' }],
      [[counted(5_000_000_000n, null)]],
      [[some('year', '2026')]],
      [[between('year', '2023', '2025')], { split: 'year' }],
      [[between('month', '2025-01', '2026-03')], { split: 'month' }],
      [[between('month', '2026-08', '')]],
      [[some('organisation_type', 'academia', 'non-profit')]],
      [[some('task', 'text-generation')], { split: 'task' }],
      [[some('licence', 'apache-2.0', 'mit')], { split: 'licence' }],
      [[some('relation', 'quantized', 'adapter')], { split: 'relation' }],
      [[none('library', 'transformers', 'gguf')], { split: 'library' }],
      [[some('origin', 'Alibaba')], { split: 'origin' }],
      [[none('organisation', 'Alibaba', 'unknown')], { split: 'organisation' }],
      [[some('country', 'CN', 'FR')], { split: 'country' }],
      [[some('region', 'china'), some('size', '1b-5b'), some('year', '2026')]],
      [[some('region', 'us', 'europe'), between('month', '2024-06', '2026-08'), none('task', 'text-generation')], { measure: 'models' }],
      [[some('organisation_type', 'industry'), counted(3_000_000_000n, 9_000_000_000n), none('relation', 'base')], { measure: 'likes' }],
      [[some('relation', 'unknown'), some('region', 'unknown')], { split: 'origin' }],
      [[some('size', 'lt100m'), counted(1_000_000_000n, null)]],
      [[between('year', '2026', '2024')]],
      [[some('region')]],
      [[none('region')], { split: 'size' }],
    ],
  },
  {
    file: 'hub/models-2022-07-02.parquet',
    takenOn: '2022-07-02',
    table: 'hub_2022',
    lacks: ['likes'],
    questions: [
      [[]],
      [[], { measure: 'models', split: 'task' }],
      [[some('region', 'china', 'europe')]],
      [[none('task', 'unknown')], { split: 'task' }],
      [[some('size', '100m-500m', '1b-5b'), none('region', 'unknown')]],
      [[some('organisation_type', 'academia')], { measure: 'models', split: 'organisation' }],
      [[some('relation', 'unknown'), counted(100_000_000n, null)], { split: 'size' }],
      [[between('year', '2000', '')]],
    ],
  },
];

for (const hub of hubs) {
  describe(`${hub.file} through the builder and the engine`, { timeout: 900_000 }, () => {
    const skip = withoutRealData(hub.file);
    let folder;
    let manifest;
    let report;
    const cleanups = [];
    after(() => Promise.all(cleanups.map(cleanup => cleanup())));

    before(async () => {
      if (skip) return;
      const scratch = await scratchFolder({ after: remove => cleanups.push(remove) });
      [folder, report] = [join(scratch, 'snapshot'), join(scratch, 'report.json')];
      await runBuilder('import', '--models', realData(hub.file), '--taken-on', hub.takenOn, '--out', folder, '--report', report);
      manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
      await loadHub(realData(hub.file), hub.table);
    });

    const files = kind =>
      `read_parquet([${manifest.parts.filter(part => part.kind === kind).map(part => literal(join(folder, part.path))).join(', ')}])`;

    test('the manifest counts what the source file holds', { skip }, async () => {
      const [source] = await query(`select count(*) as rows, sum(downloads)::bigint as downloads from ${literal(realData(hub.file))}`);
      assert.equal(BigInt(manifest.totals.rows), source.rows);
      assert.equal(BigInt(manifest.totals.downloads_30d), source.downloads);
      assert.equal(manifest.taken_on, hub.takenOn);
      assert.equal(manifest.synthetic, false);
      assert.equal('downloads_all_time' in manifest.totals, false);
      assert.equal('likes' in manifest.totals, !hub.lacks.includes('likes'));
      for (const { column, rows_known, downloads_30d_known } of manifest.coverage) {
        const name = column === 'parameters' ? 'size' : column;
        const [known] = await query(`select count(*) as rows, coalesce(sum(downloads_30d), 0)::bigint as downloads
          from ${hub.table} where ${name} <> 'unknown'`);
        assert.deepEqual([BigInt(rows_known), BigInt(downloads_30d_known)], [known.rows, known.downloads], column);
      }
    });

    test('every model of the snapshot is the one of the source file, value for value, in the order of downloads', { skip }, async () => {
      const columns = ['downloads_30d', ...(hub.lacks.includes('likes') ? [] : ['likes']), 'parameters', 'parameters_source',
        ...facets.filter(facet => !['parameters', 'size', 'year'].includes(facet))];
      const written = `select row_number() over () as place, id, ${columns.join(', ')}
        from ${files('ids')} positional join ${files('models')}`;
      const wanted = `select row_number() over (order by downloads_30d desc, id) as place, id,
        ${columns.map(column => (column === 'parameters' ? 'parameter_count as parameters' : column)).join(', ')} from ${hub.table}`;
      for (const [one, other, what] of [[written, wanted, 'written'], [wanted, written, 'wanted']]) {
        const differences = await query(`from (${one}) except from (${other}) order by place limit 3`);
        assert.deepEqual(differences, [], `only ${what}`);
      }
    });

    test(`${hub.questions.length} questions are answered as DuckDB answers them, to the last digit`, { skip }, async t => {
      const answers = await ask(folder, hub.questions.map(([clauses, options]) => linkOf(clauses, options)));
      for (const [at, [clauses, options]] of hub.questions.entries()) {
        await t.test(linkOf(clauses, options) || '(everything)', async () => {
          compareAnswer(answers[at], await expected(hub.table, clauses, options));
        });
      }
    });

    test('rows are listed as DuckDB orders them', { skip }, async () => {
      const clauses = [none('region', 'unknown')];
      const orders = [
        ['downloads_30d', 'downloads_30d desc'], ['downloads_30d', 'downloads_30d', 'yes'],
        ['parameters', 'parameter_count desc nulls last'], ['parameters', 'parameter_count nulls last', 'yes'],
        ['month', "nullif(month, 'unknown') desc nulls last"], ['likes', 'likes desc nulls last'],
      ];
      const links = orders.map(([sort, , ascending]) => linkOf(clauses, { sort, ...(ascending && { ascending }), rows: 200 }));
      const answers = await ask(folder, links);
      for (const [at, [, order]] of orders.entries()) {
        const rows = await query(`select * from ${hub.table} where region <> 'unknown' order by ${order}, downloads_30d desc, id limit 200`);
        assert.equal(answers[at].rows.length, 200);
        for (const [place, row] of rows.entries()) {
          const found = answers[at].rows[place];
          assert.equal(found.id, row.id, `${links[at]}, row ${place}`);
          const text = number => (number === null ? null : String(number));
          assert.equal(found.downloads_30d, text(row.downloads_30d));
          assert.equal(found.likes, text(row.likes));
          assert.equal(found.parameters, text(row.parameter_count));
          for (const facet of ['month', 'region', 'country', 'organisation', 'licence', 'origin']) assert.equal(found[facet], row[facet]);
        }
      }
    });
  });
}

test('a link that names what no snapshot has is answered, with a sentence for each such thing', { skip: withoutRealData('hub/models.parquet') }, async t => {
  const folder = join(await scratchFolder(t), 'snapshot');
  await runBuilder('import', '--models', realData('hub/models.parquet'), '--taken-on', '2026-08-22', '--out', folder);
  const [answer] = await ask(folder, ['region=atlantis&size=huge..&measure=fame&task=text-generation']);
  assert.equal(answer.problems.length, 1);
  assert.equal(answer.notes.length, 2);
  assert.equal(answer.slice.models, '0');
});
