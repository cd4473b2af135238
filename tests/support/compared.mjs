// What became of the models of a slice between two snapshots, in SQL over two tables of hub_tables.mjs.
import { query } from './duckdb.mjs';
import { where } from './slices.mjs';

/**
 * The comparison of the slices of some clauses in two tables: `values` as `[key, before, after]`, and for each kind of change
 * its models, sums, and the `limit` rows that changed most as `[id, before, after, elsewhere]`.
 */
export async function compared(earlier, later, clauses, split, limit) {
  const order = table => `(select *, row_number() over (order by downloads_30d desc, id) as place from ${table})`;
  const slice = table => `(select * from ${order(table)} where ${where(clauses)})`;
  await query(`create or replace temp table sides as
    select coalesce(a.id, b.id) as id, b.id is not null as was, a.id is not null as is_now, b.downloads_30d as before, a.downloads_30d as after,
      coalesce(a.place, b.place) as place,
      case when b.id is null then exists (from ${earlier} o where o.id = a.id) when a.id is null then exists (from ${later} o where o.id = b.id) else false end as elsewhere
    from ${slice(later)} a full join ${slice(earlier)} b on a.id = b.id`);
  const kinds = {
    rose: ['was and is_now and after > before', 'after - before'],
    fell: ['was and is_now and after < before', 'before - after'],
    appeared: ['not was', 'after'],
    vanished: ['not is_now', 'before'],
  };
  const groups = [];
  for (const [change, [condition, size]] of Object.entries(kinds)) {
    const [sums] = await query(`select count(*)::int as models, coalesce(sum(before), 0)::varchar as before, coalesce(sum(after), 0)::varchar as after
      from sides where ${condition}`);
    // Named otherwise than the columns, which the order would else take for these texts.
    const rows = await query(`select id, coalesce(before, 0)::varchar as count_then, coalesce(after, 0)::varchar as count_now, elsewhere
      from sides where ${condition} order by ${size} desc, place limit ${limit}`);
    groups.push({ change, ...sums, rows: rows.map(row => [row.id, row.count_then, row.count_now, row.elsewhere]) });
  }
  const [{ unchanged }] = await query('select count(*)::int as unchanged from sides where was and is_now and before = after');
  const side = (table, name) => `select ${split} as key, ${name === 'before' ? 'sum(downloads_30d)' : '0'} as before, ${name === 'after' ? 'sum(downloads_30d)' : '0'} as after
    from ${slice(table)} group by ${split}`;
  const values = await query(`select key, sum(before)::varchar as before, sum(after)::varchar as after
    from (${side(earlier, 'before')} union all ${side(later, 'after')}) group by key having sum(before) > 0 or sum(after) > 0 order by key`);
  return { values: values.map(({ key, before, after }) => [key, before, after]), groups, unchanged };
}
