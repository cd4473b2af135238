// Datasets, of which one can have several tasks: what the builder makes of a file in the shape of hub-stats and what the engine
// answers about it, against DuckDB reading the source file itself.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { ask } from '../support/ask.mjs';
import { runBuilder, scratchFolder } from '../support/builder.mjs';
import { inTasks, loadDatasets, sizeCategories } from '../support/datasets.mjs';
import { literal, query } from '../support/duckdb.mjs';

const measures = ['downloads_30d', 'downloads_all_time', 'models', 'likes'];
const sumOf = measure => (measure === 'models' ? 'count(*)' : `coalesce(sum(${measure}), 0)`);
const keyed = rows => Object.fromEntries(rows.map(row => [row.key, [row.measure, row.models]]));

describe('a file of datasets through the builder and the engine', { timeout: 900_000 }, () => {
  const cleanups = [];
  let folder;
  let file;
  let sample;
  let imported;

  before(async () => {
    folder = await scratchFolder({ after: undo => cleanups.push(undo) });
    [file, sample, imported] = ['datasets.parquet', 'sample', 'imported'].map(name => join(folder, name));
    await runBuilder('sample', '--datasets', '30000', '--seed', '7', '--keep-hub-file', file, '--out', sample);
    await runBuilder('import', '--datasets', file, '--taken-on', '2026-08-22', '--out', imported);
    await loadDatasets(file, 'datasets');
  });
  after(() => Promise.all(cleanups.map(undo => undo())));

  for (const measure of measures) {
    test(`every task has DuckDB’s ${measure}, and their rank by year is DuckDB’s`, async () => {
      const [answer] = await ask(imported, [`measure=${measure}&split=task`]);
      const wanted = await query(`select task as key, ${sumOf(measure)}::varchar as measure, count(*)::varchar as models
        from ${inTasks('datasets')} group by task`);
      const found = Object.fromEntries(Object.entries(answer.facets.task).map(([key, totals]) => [key, totals.slice(0, 2)]));
      assert.deepEqual(found, keyed(wanted));
      const years = {};
      for (const [month, task, sum] of answer.over_time) {
        const year = month.slice(0, 4);
        (years[year] ??= {})[task] = (years[year][task] ?? 0n) + BigInt(sum);
      }
      const ranks = Object.entries(years).flatMap(([year, tasks]) => Object.keys(tasks).map(task =>
        [year, task, String(tasks[task]), 1 + Object.values(tasks).filter(other => other > tasks[task]).length].join(' ')));
      const duck = await query(`select concat_ws(' ', year, task, sum, rank() over (partition by year order by sum desc)) as line
        from (select year, task, ${sumOf(measure)}::hugeint as sum from ${inTasks('datasets')} group by year, task)
        where sum > 0`);
      assert.deepEqual(ranks.sort(), duck.map(row => row.line).sort());
      const totals = await query(`select ${sumOf(measure)}::varchar as sum from datasets group by month order by month`);
      assert.deepEqual(answer.month_totals.slice(0, -1), totals.map(row => row.sum), 'a dataset counts once in its month');
    });
  }

  const slices = [
    ['task=robotics', "list_contains(tasks, 'robotics')"],
    ['task=robotics,translation', "list_has_any(tasks, ['robotics', 'translation'])"],
    ['task=!text-generation,unknown', "not list_contains(tasks, 'text-generation') and len(tasks) > 0"],
    ['task=unknown&year=2025', "len(tasks) = 0 and year = '2025'"],
    ['size_category=10K%3Cn%3C100K..1M%3Cn%3C10M', `size_category in (${sizeCategories.slice(2, 5).map(literal)})`],
    ['task=question-answering&licence=mit&size_category=n%3C1K',
      "list_contains(tasks, 'question-answering') and licence = 'mit' and size_category = 'n<1K'"],
  ];
  for (const [link, condition] of slices) {
    test(`${link} holds DuckDB’s datasets, and each facet ignores its own filter`, async () => {
      const [answer] = await ask(imported, [`${link}&rows=50`]);
      assert.deepEqual(answer.notes, []);
      const [sums] = await query(`select count(*)::varchar as models, sum(downloads_30d)::varchar as downloads_30d,
        sum(downloads_all_time)::varchar as downloads_all_time, sum(likes)::varchar as likes from datasets where ${condition}`);
      assert.notEqual(sums.models, '0');
      assert.deepEqual(answer.slice, sums);
      const rows = await query(`select id, array_to_string(tasks, ',') as tasks from datasets where ${condition}
        order by downloads_30d desc, id limit 50`);
      assert.deepEqual(answer.rows.map(row => [row.id, row.task]), rows.map(row => [row.id, row.tasks || 'unknown']));
      if (link.includes('&')) return;
      const own = link.split('=')[0];
      const value = own === 'task' ? 'task' : 'size_category';
      const all = await query(`select ${value} as key, sum(downloads_30d)::varchar as measure, count(*)::varchar as models
        from ${inTasks('datasets')} group by 1`);
      const source = own === 'task' ? all : await query(`select size_category as key, sum(downloads_30d)::varchar as measure,
        count(*)::varchar as models from datasets group by 1`);
      const found = Object.entries(answer.facets[own]).filter(([, totals]) => totals[1] !== '0');
      assert.deepEqual(Object.fromEntries(found.map(([key, totals]) => [key, totals.slice(0, 2)])), keyed(source));
    });
  }

  test('the sample knows the makers it invented, and its parts are plain Parquet with lists of tasks that SQL can split', async () => {
    const { collection, parts, synthetic, definitions, dictionaries } = JSON.parse(await readFile(join(sample, 'manifest.json'), 'utf8'));
    assert.deepEqual([collection, synthetic], ['datasets', true]);
    assert.ok(!definitions.some(entry => ['parameters', 'library', 'relation', 'origin'].includes(entry.term)));
    const files = parts.filter(part => part.kind === 'datasets').map(part => literal(join(sample, part.path)));
    const tasks = await query(`select task as key, sum(downloads_30d)::varchar as measure, count(*)::varchar as models
      from (select downloads_30d, unnest(string_split(task, ',')) as task from read_parquet([${files}])) group by 1`);
    const [answer] = await ask(sample, ['']);
    const found = Object.entries(answer.facets.task).map(([key, totals]) => [key, totals.slice(0, 2)]);
    assert.deepEqual(Object.fromEntries(found), keyed(tasks));
    assert.ok(BigInt(answer.facets.region.china[1]) > 0n, 'makers have regions');
    assert.ok(BigInt(answer.facets.region.unknown[1]) > 0n);
    assert.deepEqual(dictionaries.size_category.map(value => value.key), [...sizeCategories, 'unknown']);
    for (const absent of ['size', 'parameters', 'library', 'relation', 'origin']) assert.deepEqual(answer.facets[absent], {});
    const { stdout } = await runBuilder('inspect', sample);
    assert.match(stdout, /30,000 datasets/);
  });

  test('JSON as /api/datasets gives it makes the same snapshot', async () => {
    const json = join(folder, 'datasets.json');
    const rows = await query(`select id, author, strftime(make_timestamp(epoch_us(createdAt)), '%Y-%m-%dT%H:%M:%S.%gZ') as "createdAt",
      downloads::int as downloads, "downloadsAllTime"::int as "downloadsAllTime", likes::int as likes,
      to_json(tags)::varchar as tags from ${literal(file)}`);
    const objects = rows.map(row => ({ _id: '0', private: false, gated: false, ...row, tags: JSON.parse(row.tags) }));
    await writeFile(json, JSON.stringify(objects));
    const out = join(folder, 'from-json');
    await runBuilder('import', '--datasets', json, '--taken-on', '2026-08-22', '--out', out);
    const parts = async snapshot => JSON.parse(await readFile(join(snapshot, 'manifest.json'), 'utf8')).parts;
    assert.deepEqual(await parts(out), await parts(imported));
  });

  test('what tags say awkwardly is read by the rules, and what cannot be is unknown', async () => {
    const awkward = join(folder, 'awkward.parquet');
    await query(`copy (select * from (values
      ('a/doubled', ['task_categories:robotics', 'task_categories:audio', 'task_categories:robotics']),
      ('b/none', []::varchar[]),
      ('c/null', null),
      ('d/empty', ['task_categories:', 'size_categories:unheard-of', 'license:']),
      ('e/comma', ['task_categories:a,b', 'size_categories:9', 'size_categories:n<1K', 'size_categories:n>1T']),
      ('f/unknown', ['task_categories:unknown', 'license:mit'])) as rows(id, tags),
      (select 1 as downloads)) to ${literal(awkward)} (format parquet)`);
    const out = join(folder, 'awkward');
    await runBuilder('import', '--datasets', awkward, '--taken-on', '2026-08-22', '--out', out);
    const [answer] = await ask(out, ['']);
    assert.deepEqual(answer.rows.map(row => [row.id, row.task, row.size_category, row.licence]), [
      ['a/doubled', 'audio,robotics', 'unknown', 'unknown'],
      ['b/none', 'unknown', 'unknown', 'unknown'],
      ['c/null', 'unknown', 'unknown', 'unknown'],
      ['d/empty', 'unknown', 'unknown', 'unknown'],
      ['e/comma', 'unknown', 'n<1K', 'unknown'],
      ['f/unknown', 'unknown', 'unknown', 'mit'],
    ]);
  });

  test('a file of models is refused as datasets, and datasets have no history yet', async () => {
    const models = join(folder, 'models.parquet');
    await query(`copy (select 'a/b' as id, 1 as downloads, 'robotics' as pipeline_tag) to ${literal(models)} (format parquet)`);
    const out = join(folder, 'refused');
    await assert.rejects(runBuilder('import', '--datasets', models, '--taken-on', '2026-08-22', '--out', out),
      error => /models\.parquet holds models, not datasets: it has the column pipeline_tag/.test(error.stderr));
    await assert.rejects(runBuilder('import', '--datasets', file, '--history', file, '--taken-on', '2026-08-22', '--out', out),
      error => /cannot be used with/.test(error.stderr));
  });
});
