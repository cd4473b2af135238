// What the project wants of itself, held against what was measured.
import { milliseconds } from './report.mjs';

const FRAME_MS = 1000 / 60;
const MIB = 2 ** 20;

const faster = (workload, peer, least) => ({
  what: `\`${workload}\`: times as fast as ${peer}`,
  of: ({ ratios }) => ratios[workload]?.[peer],
  least,
});

const within = (workload, most) => ({
  what: `\`${workload}\`, ms`,
  of: ({ workloads }) => workloads[workload]?.['hub-atlas'],
  most,
});

const bytes = (what, of, most, unit) => ({ what, of: result => of(result.bytes) / unit, most });

/** Each aim: what is compared, how to find it in a result, and the `least` or the `most` it may be. */
export const TARGETS = [
  faster('step_narrow', 'duckdb-wasm-enum', 40),
  faster('step_narrow', 'crossfilter2', 100),
  faster('step_narrow', 'arquero', 100),
  faster('step_narrow', 'plain-js', 5),
  faster('step_wide', 'duckdb-wasm-enum', 100),
  faster('step_wide', 'crossfilter2', 100),
  faster('step_wide', 'arquero', 100),
  faster('step_wide', 'plain-js', 5),
  // A fifth of the speed of reading alone.
  faster('step_narrow', 'stream-limit', 0.2),
  faster('step_wide', 'stream-limit', 0.2),
  within('brush_size', 1),
  within('brush_month', 1),
  within('quantiles_by_year', FRAME_MS),
  within('top_50', FRAME_MS),
  within('top_50_by_likes', FRAME_MS),
  within('search', 50),
  faster('search', 'duckdb-wasm-enum', 5),
  within('load', 1200),
  faster('export_json', 'duckdb-wasm-enum', 8),
  { what: 'memory that an export of everything adds, MiB', of: ({ memory }) => memory['hub-atlas']?.export_growth / MIB, most: 64 },
  {
    what: 'WebAssembly memory of the engine with all rows, without ids, and what the browser counts of page and worker besides, MiB',
    of: ({ memory, opening }) => {
      const besides = Object.values(opening ?? {}).map(pages => pages['hub-atlas']?.memory);
      return (memory['hub-atlas']?.wasm + Math.max(...besides)) / MIB;
    },
    most: 160,
  },
  { what: 'memory of the page’s process while a file of all models is imported in it, MiB', of: ({ drop }) => drop?.peak / MIB, most: 1536 },
  bytes('the page’s code after brotli, KiB', ({ page }) => page.brotli, 200, 1024),
  bytes('the importer’s code after brotli, KiB, which comes only when it is needed', ({ importer }) => importer.brotli, 1536, 1024),
  bytes('the worker’s code after brotli, KiB', ({ worker }) => worker.brotli, 1024, 1024),
  bytes('analytic columns, bytes a model', ({ models_bytes_per_model: each }) => each, 6, 1),
  bytes('ids, bytes a model', ({ ids_bytes_per_model: each }) => each, 11, 1),
];

/** A row for each aim whose number was measured: what, the aim, what was found, and whether it is reached. */
export function targetsTable(result) {
  const rows = TARGETS.flatMap(({ what, of, least, most }) => {
    const found = of(result);
    if (!Number.isFinite(found)) return [];
    const reached = least === undefined ? found <= most : found >= least;
    const aim = least === undefined ? `≤ ${milliseconds(most)}` : `≥ ${milliseconds(least)}`;
    return [[what, aim, milliseconds(found), reached ? 'yes' : '**no**']];
  });
  return [['aim', '', 'measured', 'reached'], ...rows];
}
