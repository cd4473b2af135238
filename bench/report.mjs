// What was measured, as numbers, as a table and as Markdown.
import { growth, median, p95, ratio } from './statistics.mjs';
import { targetsTable } from './targets.mjs';

const OURS = 'hub-atlas';

/** Medians, 95th percentiles, numbers of runs and ratios to ours, by workload and contestant. */
export function summary({ times, memory, left, workloads }, names) {
  const each = value =>
    Object.fromEntries(
      Object.entries(times).map(([workload, lists]) => {
        const present = names.filter(name => lists[name]);
        return [workload, Object.fromEntries(present.map(name => [name, value(lists[name], lists[OURS])]))];
      }),
    );
  return {
    workloads: each(median),
    p95: each(p95),
    runs: each(list => list.length),
    ratios: each((list, ours) => (ours ? ratio(list, ours) : null)),
    memory: { ...memory, page: undefined, ...byContestant(memory.page) },
    what: Object.fromEntries(workloads.map(({ name, what }) => [name, what])),
    left_out: left,
  };
}

/** The browser's count of memory, by the script it belongs to. */
function byContestant(page) {
  if (!page) return {};
  const counted = {};
  for (const { bytes, of } of page.breakdown) {
    for (const url of of) {
      // Perspective alone starts a worker of its own, from a script without a name.
      const name = url.startsWith('blob:') ? 'perspective' : url.split('/').at(-1).replace(/\.js$/, '') || 'page';
      counted[name] = (counted[name] ?? 0) + bytes;
    }
  }
  return { counted_by_browser: { ...counted, all: page.bytes } };
}

/** Milliseconds with two digits that count, or a dash. */
export function milliseconds(value) {
  if (value === undefined || value === null || Number.isNaN(value)) return '–';
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return Number(value.toPrecision(2)).toString();
}

const times = value => (value === undefined || value === null || !Number.isFinite(value) ? '–' : `${milliseconds(value)}×`);

const contestants = result => [...new Set(Object.values(result.workloads).flatMap(row => Object.keys(row)))];

/** Rows of cells: the header, then a row for each workload. */
function timesTable(result) {
  const names = contestants(result);
  const rows = Object.entries(result.workloads).map(([workload, medians]) => [
    workload,
    ...names.map(name => {
      if (!(name in medians)) return '–';
      const fewer = result.runs[workload][name] < 15 ? ` (${result.runs[workload][name]} runs)` : '';
      return `${milliseconds(medians[name])} / ${milliseconds(result.p95[workload][name])}${fewer}`;
    }),
  ]);
  return [['median / p95, ms', ...names], ...rows];
}

function ratioTable(result) {
  const names = contestants(result).filter(name => name !== OURS);
  const rows = Object.entries(result.ratios).map(([workload, row]) => [workload, ...names.map(name => times(row[name]))]);
  return [['takes as long as ours', ...names], ...rows];
}

function bytesTable({ bytes }) {
  const kib = value => (value / 1024).toFixed(1);
  const row = (name, sizes) => [name, kib(sizes.raw), kib(sizes.gzip), kib(sizes.brotli)];
  const peers = Object.entries(bytes.peers).map(([name, sizes]) => row(name, sizes));
  return [
    ['KiB to download', 'raw', 'gzip', 'brotli'],
    ...['page', 'worker', 'importer', 'index_html', 'manifest'].map(name => row(name, bytes[name])),
    ...peers,
  ];
}

function perModelTable({ bytes }) {
  const row = (name, value) => (value === undefined ? [] : [[name, value.toFixed(2)]]);
  return [
    ['bytes a model', ''],
    ...row('analytic columns', bytes.models_bytes_per_model),
    ...row('ids', bytes.ids_bytes_per_model),
    ...row('analytic columns as DuckDB writes them with Zstandard', bytes.duckdb_parquet_bytes_per_model),
  ];
}

const mib = value => (Number.isFinite(value) ? (value / 2 ** 20).toFixed(1) : '–');

function memoryTable({ memory }) {
  const { counted_by_browser: counted = {}, ...each } = memory;
  const names = [...new Set([...Object.keys(each), ...Object.keys(counted)])].filter(name => name in counted || each[name]?.wasm);
  const head = ['MiB with all rows, no ids', 'WebAssembly memory', 'worker as the browser counts it', 'growth while everything is exported'];
  return [head, ...names.map(name => [name, mib(each[name]?.wasm), mib(counted[name]), mib(each[name]?.export_growth)])];
}

function openingTable({ opening }) {
  const rows = Object.entries(opening ?? {}).flatMap(([line, pages]) =>
    Object.entries(pages).map(([name, { first_chart: first, all_rows: all, memory }]) => [line, name, milliseconds(first), milliseconds(all), mib(memory)]),
  );
  return [['from navigation, ms', '', 'first chart', 'all rows', 'then page and workers hold, MiB'], ...rows];
}

function dropTable({ drop }) {
  const { file_bytes: bytes, ready, before, peak } = drop;
  return [
    ['a file of all models dropped onto the page', 'MiB of the file', 'until all is counted, ms', 'MiB that the page’s process held before', 'MiB at most'],
    ['hub-atlas', mib(bytes), milliseconds(ready), mib(before), mib(peak)],
  ];
}

function tables(result) {
  const all = [timesTable(result), ratioTable(result), bytesTable(result), perModelTable(result), memoryTable(result)];
  const opened = [...(result.opening ? [openingTable(result)] : []), ...(result.drop ? [dropTable(result)] : [])];
  return [...all, ...opened, targetsTable(result)];
}

function heading({ models, machine, taken_at: takenAt }) {
  const { processor, processors, memory_gib: memory, system, chromium, node } = machine;
  return `${models.toLocaleString('en')} models; ${processors} × ${processor}, ${memory} GiB, ${system}; Chromium ${chromium}, Node.js ${node}; ${takenAt.slice(0, 10)}`;
}

function leftOut({ left_out: left }) {
  return Object.entries(left).map(([name, why]) => `${name} is left out: ${why.split('\n')[0]}`);
}

/** For a terminal. */
export function asTable(result) {
  return [heading(result), ...tables(result).map(aligned), ...leftOut(result)].join('\n\n');
}

/** For a document. */
export function asMarkdown(result) {
  const what = Object.entries(result.what).map(([name, said]) => `- \`${name}\`: ${said}`);
  return [heading(result), ...tables(result).map(markdown), what.join('\n'), ...leftOut(result)].join('\n\n');
}

function aligned(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map(row => row[column].length)));
  const pad = (cell, column) => (column ? cell.padStart(widths[column]) : cell.padEnd(widths[column]));
  return rows.map(row => row.map(pad).join('  ').trimEnd()).join('\n');
}

function markdown([head, ...rows]) {
  const line = cells => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, at) => (at ? '--:' : '---'))), ...rows.map(line)].join('\n');
}

/** How each workload grows with the rows: the times, and the power of the rows that the last step grew with. */
export function growthTable(results) {
  const names = Object.keys(results[0].workloads);
  const rows = names.map(name => {
    const medians = results.map(({ models, workloads }) => [models, workloads[name]?.[OURS]]);
    const powers = medians.slice(1).map((now, at) => growth(medians[at], now));
    return [name, ...medians.map(([, time]) => milliseconds(time)), ...powers.map(power => (Number.isFinite(power) ? power.toFixed(2) : '–'))];
  });
  const head = [
    'median, ms',
    ...results.map(({ models }) => models.toLocaleString('en')),
    ...results.slice(1).map(({ models }) => `power up to ${models.toLocaleString('en')}`),
  ];
  return markdown([head, ...rows]);
}
