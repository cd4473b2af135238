// Several real files in one import against DuckDB's union of the same files: the newest reading of each model stays.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { describe } from 'node:test';
import { realData, runBuilder, scratchFolder, withoutRealData } from '../support/builder.mjs';
import { literal, query } from '../support/duckdb.mjs';

const history = day => `history/models-${day}.parquet`;
const days = [
  '2024-11-14', '2024-12-13', '2025-01-14', '2025-02-14', '2025-03-07', '2025-04-07', '2025-05-07', '2025-06-07', '2025-07-07',
  '2025-08-07', '2025-09-07',
];

/** Imports the files; gives the rows of the snapshot and the report. */
async function imported(t, takenOn, ...files) {
  const scratch = await scratchFolder(t);
  const [folder, report] = [join(scratch, 'snapshot'), join(scratch, 'report.json')];
  await runBuilder('import', '--models', ...files, '--taken-on', takenOn, '--out', folder, '--report', report);
  const { parts } = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
  const paths = kind => parts.filter(part => part.kind === kind).map(part => literal(join(folder, part.path)));
  const rows = await query(`select id, downloads_30d::varchar as downloads, likes::varchar as likes
    from read_parquet([${paths('ids')}]) positional join read_parquet([${paths('models')}]) order by id`);
  return { rows, report: JSON.parse(await readFile(report, 'utf8')) };
}

/** What DuckDB keeps of the same files, given as SQL with the columns file, day, changed, id, downloads, likes. */
async function newest(readings) {
  await query(`create or replace temp table readings as ${readings}`);
  const rows = await query(`select id, downloads::varchar as downloads, coalesce(likes, 0)::varchar as likes from readings
    qualify row_number() over (partition by id order by day desc, changed desc nulls last, file desc) = 1 order by id`);
  const kept = await query(`select file, count(*)::int as kept from (
      select file from readings
      qualify row_number() over (partition by id order by day desc, changed desc nulls last, file desc) = 1
    ) group by file`);
  return { rows, kept: new Map(kept.map(({ file, kept }) => [file, kept])) };
}

describe('several files in one import', { timeout: 600_000 }, () => {
  test('eleven crawls, in any order, are the last reading of each model', { skip: withoutRealData(history(days[0])) }, async t => {
    const files = days.map(day => realData(history(day)));
    const wanted = await newest(days.map((day, at) =>
      `select ${at} as file, date '${day}' as day, null::timestamp as changed, id, downloads, likes from ${literal(files[at])}`).join(' union all '));
    const { rows, report } = await imported(t, '2025-09-07', ...files);
    assert.deepEqual(rows, wanted.rows);
    assert.deepEqual(report.files.map(file => [file.day, file.rows_kept]), days.map((day, at) => [day, wanted.kept.get(at) ?? 0]));
    assert.equal(report.rows_read, report.rows_kept + report.rows_superseded);
    const shuffled = await imported(t, '2025-09-07', ...files.slice(4), ...files.slice(0, 4).reverse());
    assert.deepEqual(shuffled.rows, wanted.rows);
  });

  test('a dump and pages of the API of the same day are united by the last change, then by their order',
    { skip: withoutRealData('hub/api/models-page-1.json') || withoutRealData('hub/models.parquet') }, async t => {
      const pages = [1, 2].map(page => realData(`hub/api/models-page-${page}.json`));
      const dump = realData('hub/models.parquet');
      const page = (path, file) => `select ${file} as file, date '2026-08-22' as day, epoch_ms(lastModified::timestamp)::bigint // 1000 as changed,
        id, downloads, likes from read_json(${literal(path)}, columns = {id: 'varchar', downloads: 'bigint', likes: 'bigint', lastModified: 'varchar'})`;
      const whole = file => `select ${file} as file, date '2026-08-22' as day, epoch_ms(lastModified) // 1000 as changed, id, downloads, likes from ${literal(dump)}`;
      for (const [files, readings] of [
        [[pages[0], dump, pages[1]], [page(pages[0], 0), whole(1), page(pages[1], 2)]],
        [[dump, ...pages], [whole(0), page(pages[0], 1), page(pages[1], 2)]],
      ]) {
        const wanted = await newest(readings.join(' union all '));
        const { rows, report } = await imported(t, '2026-08-22', ...files);
        assert.deepEqual(rows, wanted.rows);
        assert.deepEqual(report.files.map(file => file.rows_kept), files.map((_, at) => wanted.kept.get(at) ?? 0));
      }
    });
});
