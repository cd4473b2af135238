// The real crawls as a snapshot with a history, and what each question about it is in SQL: over the source files for the
// models, over the published history part for what was made when (which history.test.mjs derives from the readings).
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { realData, runBuilder } from './builder.mjs';
import { literal, query } from './duckdb.mjs';
import { loadHub } from './hub_tables.mjs';
import { where } from './slices.mjs';

/** Days of the crawls. */
export const days = [
  '2024-11-14', '2024-12-13', '2025-01-14', '2025-02-14', '2025-03-07', '2025-04-07', '2025-05-07', '2025-06-07', '2025-07-07',
  '2025-08-07', '2025-09-07',
];

export const crawl = day => `history/models-${day}.parquet`;

/**
 * Builds a snapshot of the last but one crawl with the history of all, so that some models are outside it, and reads the
 * tables `crawled` (the models, as `loadHub` gives them) and `made` (id, month, downloads; id null outside).
 */
export async function makeHistory(folder, { partRows = 3_000 } = {}) {
  const models = realData(crawl('2025-08-07'));
  await runBuilder('import', '--models', models, '--taken-on', '2025-09-07', '--history', ...days.map(day => realData(crawl(day))),
    '--head-rows', '1000', '--part-rows', String(partRows), '--out', folder);
  await loadHub(models, 'crawled');
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
  const ids = manifest.parts.filter(part => part.kind === 'ids').map(part => literal(join(folder, part.path)));
  const parts = manifest.history.parts.map(part => literal(join(folder, part.path)));
  await query(`create or replace table made as
    with ids as (select row_number() over () - 1 as row, id from read_parquet([${ids}]))
    select id, month, downloads from read_parquet([${parts}]) left join ids using (row)`);
  return { manifest, parts: manifest.history.parts.map(part => `snapshot/${part.path}`) };
}

const inside = ({ from = '', to = '' }) => [from && `month >= ${literal(from)}`, to && `month <= ${literal(to)}`].filter(Boolean).join(' and ') || 'true';

/** Gives the table `name`: the models with a column `downloads_made`, null where no month of the range is stated. */
export async function loadMade(name, range = {}) {
  await query(`create or replace table ${name} as select crawled.*, sums.downloads_made from crawled
    left join (select id, sum(downloads)::bigint as downloads_made from made where ${inside(range)} group by id) sums using (id)`);
}

/** Downloads made by a slice: `[month, value, sum]` within a range, and by month whatever the range. */
export async function madeOverTime(clauses, split, range = {}) {
  const slice = `(select * from crawled where ${where(clauses)})`;
  const cells = await query(`select made.month, ${split} as key, sum(downloads)::varchar as total from made join ${slice} slice using (id)
    where ${inside(range).replaceAll('month', 'made.month')} group by all having sum(downloads) > 0`);
  const months = await query(`select made.month, sum(downloads)::varchar as total from made join ${slice} slice using (id) group by all`);
  return { cells: cells.map(({ month, key, total }) => [month, key, total]), months: new Map(months.map(({ month, total }) => [month, total])) };
}

/** Builds a snapshot of one crawl, without a history. */
export function makePlain(folder) {
  return runBuilder('import', '--models', realData(crawl(days[0])), '--taken-on', days[0], '--out', folder);
}
