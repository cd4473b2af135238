// Questions in two languages: the links of the page, and conditions in SQL over a table of hub_tables.mjs.
import { literal, query } from './duckdb.mjs';
import { facets, sizeKeys } from './hub_tables.mjs';

const list = keys => keys.map(encodeURIComponent).join(',');
const oneOf = (facet, keys) => (keys.length ? `${facet} in (${keys.map(literal).join(', ')})` : 'false');

/** The value is one of these. */
export function some(facet, ...keys) {
  return { facet, link: `${facet}=${list(keys)}`, sql: oneOf(facet, keys) };
}

/** The value is none of these. */
export function none(facet, ...keys) {
  return { facet, link: `${facet}=!${list(keys)}`, sql: `not (${oneOf(facet, keys)})` };
}

/** The value lies between two keys, both included; either may be empty. */
export function between(facet, from, to) {
  const place = facet === 'size' ? key => sizeKeys.indexOf(key) : literal;
  const value = facet === 'size' ? `list_position([${sizeKeys.map(literal).join(', ')}], size) - 1` : facet;
  const ends = [from && `${value} >= ${place(from)}`, to && `${value} <= ${place(to)}`].filter(Boolean);
  return { facet, link: `${facet}=${from}..${to}`, sql: [`${facet} <> 'unknown'`, ...ends].join(' and ') };
}

/** The exact parameter count lies in `from <= count < to`; either may be null. */
export function counted(from, to) {
  const ends = [from !== null && `parameter_count >= ${from}`, to !== null && `parameter_count < ${to}`].filter(Boolean);
  return {
    facet: 'parameters',
    link: `parameters=${from ?? ''}..${to ?? ''}`,
    sql: ['parameter_count is not null', ...ends].join(' and '),
  };
}

/** The condition of some clauses, leaving out those on one facet. */
export function where(clauses, except) {
  return clauses.filter(clause => clause.facet !== except).map(clause => `(${clause.sql})`).join(' and ') || 'true';
}

/** The link of some clauses, with measure and split where they differ from the page's own, and whatever else is said. */
export function linkOf(clauses, { measure = 'downloads_30d', split = 'region', ...extras } = {}) {
  const pairs = clauses.map(clause => clause.link);
  if (measure !== 'downloads_30d') pairs.push(`measure=${measure}`);
  if (split !== 'region') pairs.push(`split=${split}`);
  for (const [key, value] of Object.entries(extras)) pairs.push(`${key}=${encodeURIComponent(value)}`);
  return pairs.join('&');
}

const weight = measure => (measure === 'models' ? '1' : `coalesce(${measure}, 0)`);
const text = number => (number === null ? null : String(number));

/** Everything the engine answers, computed by DuckDB: the same shape as `ask` gives, as far as SQL computes it. */
export async function expected(table, clauses, { measure = 'downloads_30d', split = 'region' } = {}) {
  const slice = `(select *, ${weight(measure)} as weight from ${table} where ${where(clauses)})`;
  return {
    unfiltered: await sums(table, 'true', measure),
    slice: await sums(table, where(clauses), measure),
    facets: await facetTotals(table, clauses, measure),
    overTime: await overTime(slice, split),
    sizes: (await sizes(slice, "'all'")).all ?? nothing,
    sizesByYear: await sizes(slice, 'year'),
    concentration: await concentration(slice),
  };
}

async function sums(table, condition, measure) {
  const total = column => `coalesce(sum(${column}), 0) as ${column}`;
  const columns = ['downloads_30d', 'downloads_all_time', 'likes', ...(measure === 'downloads_made' ? [measure] : [])];
  const [row] = await query(`select count(*) as models, ${columns.map(total).join(', ')} from ${table} where ${condition}`);
  return Object.fromEntries(Object.entries(row).map(([key, number]) => [key, text(number)]));
}

/** By facet and value: `[measure, models, measure unfiltered]`, values without models left out. */
async function facetTotals(table, clauses, measure) {
  const totals = {};
  for (const facet of facets) {
    const others = where(clauses, facet);
    const rows = await query(`select ${facet} as key, coalesce(sum(${weight(measure)}) filter (${others}), 0) as measure,
      count(*) filter (${others}) as models, sum(${weight(measure)}) as unfiltered from ${table} group by ${facet}`);
    totals[facet] = Object.fromEntries(
      rows.map(row => [row.key, [text(row.measure), text(row.models), text(row.unfiltered)]]),
    );
  }
  return totals;
}

async function overTime(slice, split) {
  const rows = await query(`select month, ${split} as key, sum(weight) as total from ${slice}
    group by month, ${split} having sum(weight) > 0`);
  return rows.map(row => [row.month, row.key, text(row.total)]);
}

/** Size statistics of no models. */
export const nothing = {
  models_known: '0', models_unknown: '0', weight_known: '0', weight_unknown: '0',
  mean: null, mean_weighted: null,
  quantiles: [null, null, null, null, null], quantiles_weighted: [null, null, null, null, null],
};

/** Shares of the weight, in per cent, at which the engine states a parameter count. */
const quantiles = [10, 25, 50, 75, 90];

/** Size statistics by the values of an expression. */
async function sizes(slice, by) {
  const rows = await query(`
    with reached as (
      select ${by} as key, parameter_count, weight,
        sum(1) over ordered as models, sum(weight) over ordered as weights,
        count(*) over whole as all_models, sum(weight) over whole as all_weight
      from ${slice} where parameter_count is not null
      window ordered as (partition by ${by} order by parameter_count range unbounded preceding),
        whole as (partition by ${by})
    ),
    quantiles as (
      select key,
        ${quantiles.map(share => `min(parameter_count) filter (100 * models >= ${share} * all_models) as plain_${share}`)},
        ${quantiles.map(share => `min(parameter_count) filter (weights > 0 and 100 * weights::hugeint >= ${share} * all_weight) as weighted_${share}`)}
      from reached group by key
    ),
    groups as (
      select ${by} as key,
        count(parameter_count) as models_known,
        count(*) - count(parameter_count) as models_unknown,
        coalesce(sum(weight) filter (parameter_count is not null), 0) as weight_known,
        coalesce(sum(weight) filter (parameter_count is null), 0) as weight_unknown,
        sum(parameter_count) as total,
        coalesce(sum(parameter_count::hugeint * weight), 0) as weighted_total
      from ${slice} group by ${by}
    )
    select groups.*, quantiles.* exclude (key) from groups left join quantiles using (key)`);
  return Object.fromEntries(rows.map(row => [row.key, {
    models_known: text(row.models_known),
    models_unknown: text(row.models_unknown),
    weight_known: text(row.weight_known),
    weight_unknown: text(row.weight_unknown),
    mean: row.models_known > 0n ? Number(row.total) / Number(row.models_known) : null,
    mean_weighted: row.weight_known > 0n ? Number(row.weighted_total) / Number(row.weight_known) : null,
    quantiles: quantiles.map(share => text(row[`plain_${share}`])),
    quantiles_weighted: quantiles.map(share => text(row[`weighted_${share}`])),
  }]));
}

/** What the largest 1, 2, 3 … models hold together, and the Gini coefficient. */
async function concentration(slice) {
  const held = await query(`select sum(weight) over (order by weight desc rows unbounded preceding) as held from ${slice}
    order by held`);
  const [{ models, total, ranked }] = await query(`select count(*) as models, coalesce(sum(weight), 0) as total,
    coalesce(sum(rank::hugeint * weight), 0) as ranked
    from (select weight, row_number() over (order by weight) as rank from ${slice})`);
  const excess = 2n * ranked - (models + 1n) * total;
  return {
    held: held.map(row => text(row.held)),
    gini: total > 0n ? Number(excess) / (Number(models) * Number(total)) : null,
  };
}
