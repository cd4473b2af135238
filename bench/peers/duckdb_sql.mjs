// The questions in SQL, for both forms in which DuckDB-WASM holds the rows.
//
// A form says how a facet is written: `column(facet)` to group and filter by, `key(facet)` as one type for all facets in
// the result, `position(facet, key)` to read it back, `test(facet, clause)` as a condition, and `row` as the columns of a
// listed row, plain texts and numbers. `named` is the table with ids.
import { MEASURE, LISTED, QUANTILES } from '../questions.mjs';
import { ROW, coarser, exported, quantilesByYear, rowText, zeros } from './canonical.mjs';

/** Facets that are counted as another one where neither is filtered. */
const COARSER = { year: 'month', size: 'parameters' };

const SUMS = `sum(${MEASURE})::DOUBLE AS measure, count(*)::DOUBLE AS models`;

/** A text in SQL. */
export const quoted = text => `'${text.replaceAll("'", "''")}'`;

/** The calls of a contestant, over a connection and a form. */
export function calls(connection, facets, form) {
  const ask = sql => connection().query(sql);
  return {
    step: question => step(ask, facets(), form, question),
    frame: question => step(ask, facets(), form, question),
    pivot: question => ask(pivotSql(form, question)),
    sizes: question => ask(sizesSql(form, question)),
    top: question => ask(topSql(form, question)),
    export: question => pieces(ask(exportSql(form, question))),
    canonical: {
      step: ({ table, sets }, { split }) => totals(table, sets, facets(), form, split),
      pivot: (table, { split }) => ({ cells: cells(table, facets(), form, split) }),
      sizes: table => quantilesOf(table, facets()),
      top: table => ({ rows: table.toArray().map(row => rowText(row)) }),
      search: found => found,
      export: exported,
    },
  };
}

function where(form, { clauses }, without = null) {
  const tests = Object.entries(clauses).filter(([name]) => name !== without);
  return tests.length ? `WHERE ${tests.map(([name, clause]) => form.test(name, clause)).join(' AND ')}` : '';
}

/**
 * A step is one query: GROUPING SETS over the facets without a filter and year × split, and a GROUP BY for each facet
 * with one. Years and sizes follow from months and bins where those are counted under the same filters.
 */
function step(ask, facets, form, question) {
  const { clauses, split } = question;
  const follows = name => COARSER[name] && !(COARSER[name] in clauses);
  const free = Object.keys(facets).filter(name => !(name in clauses) && !follows(name));
  const columns = [...new Set([...free, 'year', split])];
  const grouped = columns.map(form.column).join(', ');
  const queries = [
    `SELECT GROUPING_ID(${grouped})::INTEGER AS part, COALESCE(${columns.map(form.key).join(', ')}) AS key,
       ${form.key('year')} AS year, ${form.key(split)} AS split, ${SUMS}
     FROM ${form.table} ${where(form, question)}
     GROUP BY GROUPING SETS (${free.map(name => `(${form.column(name)})`).join(', ')}, (${form.column('year')}, ${form.column(split)}))`,
  ];
  const all = 2 ** columns.length - 1;
  const bit = name => 2 ** (columns.length - 1 - columns.indexOf(name));
  const sets = new Map(free.map(name => [all - bit(name), name]));
  sets.set(all - bit('year') - bit(split), null);
  Object.keys(clauses).forEach((name, at) => {
    sets.set(-1 - at, name);
    queries.push(`SELECT ${-1 - at}, ${form.key(name)}, NULL, NULL, ${SUMS} FROM ${form.table} ${where(form, question, name)} GROUP BY ${form.column(name)}`);
  });
  return { table: ask(queries.join(' UNION ALL ')), sets };
}

function totals(table, sets, facets, form, split) {
  const out = { cells: new Float64Array(facets.year.keys.length * facets[split].keys.length) };
  for (const name of new Set(sets.values())) {
    if (name) Object.assign(out, { [name]: zeros(facets[name]), [`${name} models`]: zeros(facets[name]) });
  }
  for (const { part, key, year, split: second, measure, models } of table.toArray()) {
    const name = sets.get(part);
    if (name) {
      // Several sizes may fall into one bin.
      const at = form.position(name, key);
      out[name][at] += measure;
      out[`${name} models`][at] += models;
    } else {
      out.cells[form.position('year', year) * facets[split].keys.length + form.position(split, second)] = measure;
    }
  }
  for (const [name, fine] of Object.entries(COARSER)) {
    if (out[name]) continue;
    out[name] = coarser(out[fine], facets[fine].fold, facets[name]);
    out[`${name} models`] = coarser(out[`${fine} models`], facets[fine].fold, facets[name]);
  }
  return out;
}

function pivotSql(form, question) {
  const columns = ['year', question.split];
  return `SELECT ${form.key('year')} AS year, ${form.key(question.split)} AS split, sum(${MEASURE})::DOUBLE AS measure
    FROM ${form.table} ${where(form, question)} GROUP BY ${columns.map(form.column).join(', ')}`;
}

function cells(table, facets, form, split) {
  const values = facets[split].keys.length;
  const out = new Float64Array(facets.year.keys.length * values);
  for (const { year, split: second, measure } of table.toArray()) {
    out[form.position('year', year) * values + form.position(split, second)] = measure;
  }
  return out;
}

/** Equal sizes are joined first, so that the windows run over few rows. */
function sizesSql(form, question) {
  const filter = where(form, question);
  return `WITH joined AS (
      SELECT ${form.column('year')} AS y, parameters, count(*) AS n, sum(${MEASURE}) AS w FROM ${form.table}
      ${filter ? `${filter} AND` : 'WHERE'} parameters IS NOT NULL GROUP BY ALL
    ), reached AS (
      SELECT y, parameters, sum(n) OVER (PARTITION BY y) AS total_n, sum(w) OVER (PARTITION BY y) AS total_w,
        sum(n) OVER (PARTITION BY y ORDER BY parameters) AS reached_n, sum(w) OVER (PARTITION BY y ORDER BY parameters) AS reached_w
      FROM joined
    )
    SELECT y::VARCHAR AS year, ${QUANTILES.map(share => quantile(share)).join(', ')} FROM reached GROUP BY y`;
}

const quantile = share => `min(parameters) FILTER (WHERE reached_n * 100 >= total_n * ${share})::DOUBLE AS plain_${share},
  min(parameters) FILTER (WHERE total_w > 0 AND reached_w * 100 >= total_w * ${share})::DOUBLE AS weighted_${share}`;

function quantilesOf(table, { year }) {
  const none = () => [QUANTILES.map(() => NaN), QUANTILES.map(() => NaN)];
  const years = year.keys.map(none);
  for (const row of table.toArray()) {
    const of = kind => QUANTILES.map(share => row[`${kind}_${share}`] ?? NaN);
    years[year.keys.indexOf(row.year)] = [of('plain'), of('weighted')];
  }
  return quantilesByYear(years);
}

/** A table keeps its rows in order of downloads, and a LIMIT without ORDER BY keeps it too; Parquet has to be sorted. */
function topSql(form, question) {
  const order = question.sort === 'likes' ? `ORDER BY likes DESC, ${form.order}` : form.inOrder;
  return `SELECT ${form.row} FROM ${form.named} ${where(form, question)} ${order} LIMIT ${LISTED}`;
}

/** Each row as its JSON text with a comma and a line's end, put together in SQL: JavaScript then only takes the bytes. */
function exportSql(form, question) {
  const numbers = ['downloads_30d', 'downloads_all_time', 'likes', 'parameters'];
  const texts = ROW.filter(name => !numbers.includes(name));
  const escaped = name => (['organisation', 'origin', 'id'].includes(name) ? `replace(replace(${name}::VARCHAR, '\\', '\\\\'), '"', '\\"')` : `${name}::VARCHAR`);
  const fields = [
    ...texts.map(name => `'"${name}":"' || ${escaped(name)} || '",'`),
    ...numbers.map((name, at) => `'${at ? ',' : ''}"${name}":' || coalesce(${name}::VARCHAR, 'null')`),
  ];
  return `SELECT '{' || ${fields.join(' || ')} || '},\n' AS line FROM ${form.named} ${where(form, question)}`;
}

/** The bytes of a column of texts, as a JSON array. */
function pieces(table) {
  const encoder = new TextEncoder();
  const out = [encoder.encode('[')];
  for (const { valueOffsets, values } of table.getChildAt(0).data) {
    out.push(values.slice(valueOffsets[0], valueOffsets[valueOffsets.length - 1]));
  }
  // The last line's comma gives way to the end.
  out[out.length - 1] = out.at(-1).subarray(0, -2);
  return [...out, encoder.encode(']')];
}
