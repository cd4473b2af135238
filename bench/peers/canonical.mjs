// The form in which results are compared; see `agreement.mjs`.

import { QUANTILES } from '../questions.mjs';

/** Zeros, one for each value of a facet. */
export const zeros = ({ keys }) => new Float64Array(keys.length);

/** Totals of a facet as those of a coarser one: years from months, sizes from bins. */
export function coarser(totals, fold, coarse) {
  const out = zeros(coarse);
  totals.forEach((total, code) => { out[fold[code]] += total; });
  return out;
}

/** Sums by month and value (month-major) as sums by year and value. */
export function yearly(cells, { month, year }, values) {
  const out = new Float64Array(year.keys.length * values);
  for (let at = 0; at < cells.length; at++) {
    const code = Math.floor(at / values);
    out[month.fold[code] * values + (at % values)] += cells[at];
  }
  return out;
}

/** A listed row as one text. */
export function rowText(row) {
  return ROW.map(name => `${row[name] ?? 'null'}`).join('|');
}

/** What a listed or exported row holds, in order. */
export const ROW = [
  'id', 'downloads_30d', 'downloads_all_time', 'likes', 'parameters', 'parameters_source', 'month', 'region', 'country',
  'organisation_type', 'organisation', 'task', 'library', 'licence', 'relation', 'origin',
];

/** The facets among them. */
export const ROW_FACETS = ROW.slice(6);

/** A row of typed arrays, spelled out. */
export function spelled({ numbers, sources, facets }, row, id) {
  const known = value => (Number.isNaN(value) ? null : value);
  return {
    id,
    downloads_30d: numbers.downloads_30d[row],
    downloads_all_time: known(numbers.downloads_all_time[row]),
    likes: numbers.likes[row],
    parameters: known(numbers.parameters[row]),
    parameters_source: sources.keys[sources.codes[row]],
    ...Object.fromEntries(ROW_FACETS.map(name => [name, facets[name].keys[facets[name].codes[row]]])),
  };
}

/** Exported rows, given as pieces of UTF-8: how many, and the sum of a hash of each, whatever their order. */
export async function exported(pieces) {
  const parsed = JSON.parse(await new Blob(pieces).text());
  const rows = Array.isArray(parsed) ? parsed : parsed.rows;
  let sum = 0;
  for (const row of rows) {
    const text = rowText(row);
    let hash = 0;
    for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
    sum = (sum + hash) | 0;
  }
  return { rows: [rows.length], hash: [sum] };
}

/**
 * Quantiles of values in ascending order: each is the smallest value at which that share of the weight is reached
 * (rounded up); NaN where nothing weighs. Without weights each value weighs one.
 */
export function quantiles(values, weights) {
  let total = 0;
  for (let at = 0; at < values.length; at++) total += weights ? weights[at] : 1;
  const out = new Float64Array(QUANTILES.length).fill(NaN);
  if (total === 0) return out;
  let [next, reached] = [0, 0];
  for (let at = 0; next < QUANTILES.length; at++) {
    reached += weights ? weights[at] : 1;
    while (next < QUANTILES.length && reached * 100 >= QUANTILES[next] * total) out[next++] = values[at];
  }
  return out;
}

/** The quantiles of every year, plain and weighted, from `[plain, weighted]` by year. */
export function quantilesByYear(years) {
  return { plain: years.flatMap(([plain]) => [...plain]), weighted: years.flatMap(([, weighted]) => [...weighted]) };
}
