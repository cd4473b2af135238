// One script for each contestant and for the page that runs them.
import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const here = path => fileURLToPath(new URL(path, import.meta.url));
const packaged = path => here(`node_modules/${path}`);

/** Everyone who takes part: module, what it is fed, and the files it fetches besides its script. */
export const CONTESTANTS = [
  { name: 'hub-atlas', module: 'hub_atlas', needs: 'parts', files: { wasm: 'probe_bg.wasm' } },
  { name: 'stream-limit', module: 'stream_limit', needs: 'rows', files: { wasm: 'probe_bg.wasm' } },
  { name: 'plain-js', module: 'plain', needs: 'rows', files: {} },
  { name: 'duckdb-wasm-enum', module: 'duckdb_enum', needs: 'arrow', files: { wasm: 'duckdb-eh.wasm', worker: 'duckdb-eh.worker.js' } },
  { name: 'duckdb-wasm-parquet', module: 'duckdb_parquet', needs: 'parquet', files: { wasm: 'duckdb-parquet-eh.wasm', worker: 'duckdb-parquet-eh.worker.js' } },
  { name: 'crossfilter2', module: 'crossfilter', needs: 'rows', files: {} },
  { name: 'arquero', module: 'arquero', needs: 'rows', files: {} },
  { name: 'perspective', module: 'perspective', needs: 'arrow', files: {} },
];

/** Files of packages that are fetched as they are. */
const COPIED = {
  'duckdb-eh.wasm': '@duckdb/duckdb-wasm/dist/duckdb-eh.wasm',
  'duckdb-eh.worker.js': '@duckdb/duckdb-wasm/dist/duckdb-browser-eh.worker.js',
  'duckdb-parquet-eh.wasm': 'duckdb-wasm-parquet/dist/duckdb-eh.wasm',
  'duckdb-parquet-eh.worker.js': 'duckdb-wasm-parquet/dist/duckdb-browser-eh.worker.js',
};

/** Writes all scripts to the folder `out`; `probe` is the folder that wasm-bindgen wrote. */
export async function bundle(out, probe) {
  mkdirSync(out, { recursive: true });
  const options = {
    bundle: true,
    format: 'esm',
    minify: true,
    platform: 'browser',
    target: 'chrome120',
    logLevel: 'error',
    alias: {
      'atlas-probe': join(probe, 'probe.js'),
      'duckdb-blocking': packaged('@duckdb/duckdb-wasm/dist/duckdb-browser-blocking.mjs'),
      'duckdb-parquet-async': packaged('duckdb-wasm-parquet/dist/duckdb-browser.mjs'),
      'duckdb-parquet-blocking': packaged('duckdb-wasm-parquet/dist/duckdb-browser-blocking.mjs'),
    },
  };
  const written = (contents, outfile) =>
    build({ ...options, stdin: { contents, resolveDir: here('.'), sourcefile: outfile }, outfile: join(out, outfile) });
  for (const { name, module } of CONTESTANTS) {
    await written(`import peer from './peers/${module}.mjs'; import { serve } from './page/contestant.mjs'; serve(peer);`, `${name}.js`);
  }
  await written(`import './page/rows.mjs';`, 'rows.js');
  await written(`import * as bench from './page/coordinator.mjs'; window.bench = bench;`, 'coordinator.js');
  await written(`import './opening/duckdb.mjs';`, 'opening.js');
  for (const [name, from] of Object.entries(COPIED)) copyFileSync(packaged(from), join(out, name));
  copyFileSync(join(probe, 'probe_bg.wasm'), join(out, 'probe_bg.wasm'));
  writeFileSync(join(out, 'index.html'), '<!doctype html><title>Hub Atlas bench</title><script type="module" src="coordinator.js"></script>');
  copyFileSync(here('opening/duckdb.html'), join(out, 'duckdb.html'));
}
