// Downloads by month against docs/HISTORY.md written once more in SQL, a day at a time and without any of our code: on the
// real crawls, and on an invented record of cumulative counts.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { describe } from 'node:test';
import { realData, runBuilder, scratchFolder, withoutRealData } from '../support/builder.mjs';
import { literal, query } from '../support/duckdb.mjs';

const days = [
  '2024-11-14', '2024-12-13', '2025-01-14', '2025-02-14', '2025-03-07', '2025-04-07', '2025-05-07', '2025-06-07', '2025-07-07',
  '2025-08-07', '2025-09-07',
];
const crawl = day => `history/models-${day}.parquet`;

/** Imports with a history; gives the manifest and, as the table `found`, id (null outside the snapshot), month, downloads. */
async function imported(t, models, takenOn, ...history) {
  const folder = join(await scratchFolder(t), 'snapshot');
  await runBuilder('import', '--models', models, '--taken-on', takenOn, '--history', ...history, '--part-rows', '20000', '--out', folder);
  await runBuilder('inspect', folder);
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
  const ids = manifest.parts.filter(part => part.kind === 'ids').map(part => literal(join(folder, part.path)));
  const parts = manifest.history.parts.map(part => literal(join(folder, part.path)));
  await query(`create or replace temp table found as
    with ids as (select row_number() over () - 1 as row, id from read_parquet([${ids}]))
    select id, month, downloads from read_parquet([${parts}]) left join ids using (row)`);
  return manifest;
}

/** From the table `shares` (id, day, number of readings about that day, units of downloads), the table `stated`. */
const stated = units => `create or replace temp table stated as
  with known as (
    select id, strftime(day, '%Y-%m') as month, count(*) as known_days, sum(units)::hugeint as units,
      -- A model has no days before it is published.
      date_diff('day', greatest(date_trunc('month', any_value(day)), any_value(created)::timestamp), date_trunc('month', any_value(day)) + interval 1 month) as days
    from shares left join begun using (id) group by all
  )
  select id, month, ((2 * units * days + ${units}::hugeint * known_days) // (2 * ${units}::hugeint * known_days))::bigint as downloads
  from known where 3 * known_days >= 2 * days`;

/** Compares `found` with `stated`, where models outside `snapshot` are one row a month, and the manifest with both. */
async function compare(manifest, snapshotIds) {
  const wanted = `(select s.id, s.month, s.downloads from stated s semi join (${snapshotIds}) i on i.id = s.id
    union all
    select null, month, sum(downloads)::bigint from stated s anti join (${snapshotIds}) i on i.id = s.id group by month)`;
  for (const [one, other, what] of [['found', wanted, 'found'], [wanted, 'found', 'wanted']]) {
    assert.deepEqual(await query(`from (select * from ${one}) except from (select * from ${other}) order by all limit 3`), [], `only ${what}`);
  }
  const months = await query(`select month, sum(downloads)::varchar as downloads, count(*)::int as models,
      count(distinct split_part(s.id, '/', 1))::int as accounts,
      count(*) filter (where i.id is null)::int as models_outside,
      coalesce(sum(downloads) filter (where i.id is null), 0)::varchar as downloads_outside
    from stated s left join (${snapshotIds}) i on i.id = s.id group by month order by month`);
  const text = month => ({ ...month, downloads: String(month.downloads), downloads_outside: String(month.downloads_outside) });
  assert.deepEqual(manifest.history.months.filter(month => month.models > 0).map(text), months);
}

describe('downloads by month', { timeout: 600_000 }, () => {
  test('eleven real crawls of a growing panel', { skip: withoutRealData(crawl(days[0])) }, async t => {
    const files = days.map(day => realData(crawl(day)));
    const models = files.at(-1);
    const manifest = await imported(t, models, '2025-09-07', ...files);
    await query(`create or replace temp table readings as ${days.map((day, at) =>
      `select id, date '${day}' as day, max(downloads) as downloads from ${literal(files[at])} group by id`).join(' union all ')}`);
    // No day lies in the windows of more than four of these crawls, and 12 can be shared among as many.
    await query(`create or replace temp table shares as
      select id, day, sum(downloads)::hugeint * (12 // count(*)) as units from (
        select id, downloads, unnest(generate_series(day - interval 30 day, day - interval 1 day, interval 1 day)) as day from readings
      ) group by id, day`);
    await query('create or replace temp table begun as select null::varchar as id, null::date as created');
    await query(stated(12 * 30));
    await compare(manifest, `select id from ${literal(models)}`);

    const readings = await query(`select strftime(day, '%Y-%m-%d') as day, count(*)::int as models,
      count(distinct split_part(id, '/', 1))::int as accounts, sum(downloads)::varchar as downloads from readings group by day order by day`);
    assert.deepEqual(manifest.history.readings.map(({ downloads, measure, ...reading }) => {
      assert.equal(measure, 'downloads_30d');
      return { ...reading, downloads: String(downloads) };
    }), readings);
    // Neither October, of which 17 days are known, nor September, of which 6 are.
    const months = manifest.history.months.map(month => month.month);
    assert.deepEqual([months[0], months.at(-1), months.length], ['2024-11', '2025-08', 10]);
  });

  test('a record of cumulative counts with gaps, corrections and beginnings', async t => {
    const scratch = await scratchFolder(t);
    const [record, models] = [join(scratch, 'all_downloads.parquet'), join(scratch, 'models.parquet')];
    // 400 models, a count a week for a year and a half, of which a sixth is missing and a fortieth falls.
    await query(`create or replace temp table counted as
      with weeks as (
        select model, week, date '2024-01-03' + (week * 7)::int as day, hash(model, week) as dice
        from range(400) models(model), range(80) weeks(week)
      ),
      steps as (
        select model, week, day, dice,
          case when dice % 40 = 0 then -((dice >> 8) % 900)::bigint else ((dice >> 16) % 700)::bigint end as step
        from weeks where week >= model % 30
      )
      select 'account' || (model % 17) || '/model-' || model as model, day,
        greatest(0, sum(step) over (partition by model order by week)) as count,
        case when model % 3 = 0 then null else date '2024-01-03' + ((model % 30) * 7 - model % 5)::int end as created
      from steps where dice % 6 <> 1 and not (model % 7 = 3 and week between 20 and 20 + model % 11)
        -- First read long after they were published: nothing is known of the days between.
        and not (model % 11 = 4 and week < model % 30 + 8)`);
    await query(`copy (select model as _id, model, split_part(model, '/', 1) as author, day::timestamp as time, created::timestamp as created,
      count as downloadsAllTime from counted order by hash(model, day)) to ${literal(record)} (format parquet, row_group_size 4096)`);
    await query(`copy (select distinct model as id, 1 as downloads from counted where not ends_with(model, '9')) to ${literal(models)} (format parquet)`);
    const manifest = await imported(t, models, '2026-01-01', record);

    // What every whole number to 45 divides, so that shares of a stretch are whole.
    const whole = '9419588158802421600';
    await query(`create or replace temp table stretches as
      with pairs as (
        select model, day as until, count, lag(day) over one as since, lag(count) over one as before, created
        from counted window one as (partition by model order by day)
      )
      select model as id, since, until, count - before as downloads from pairs where since is not null
      union all
      select model, created, until, count from pairs where since is null and created <= until`);
    await query(`create or replace temp table begun as
      select model as id, min(created) as created from counted group by model having min(created) <= min(day)`);
    const late = await query(`select count(*)::int as models from begun join (select model as id, min(day) as first from counted group by model) using (id)
      where first - created > 45 and date_part('day', created) > 21`);
    assert.ok(late[0].models > 3, 'models published late in a month of which nothing more is known');
    const lengths = await query(`select max(until - since)::int as longest, count(*) filter (where downloads < 0)::int as falls,
      count(*) filter (where until - since > 45)::int as gaps from stretches where until > since`);
    assert.ok(lengths[0].falls > 100 && lengths[0].gaps > 10, JSON.stringify(lengths[0]));
    await query(`create or replace temp table shares as
      select id, day, downloads::hugeint * (${whole}::hugeint // length) as units from (
        select id, downloads, until - since as length, unnest(generate_series(since::timestamp, until - interval 1 day, interval 1 day)) as day
        from stretches where until > since and downloads >= 0 and until - since <= 45
      )`);
    await query(stated(whole));
    await compare(manifest, `select id from ${literal(models)}`);
  });
});
