// The snapshot's parts once more as DuckDB itself writes Parquet: the DuckDB-WASM that reads Parquet without the network
// knows no Brotli, so each part is written again, compressed with Zstandard, the same rows in the same order.
import { DuckDBInstance } from '@duckdb/node-api';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes the folder `to` from the snapshot `from` unless it is there; its `manifest.json` lists the parts in order. */
export async function writeParquet(from, to) {
  if (existsSync(join(to, 'manifest.json'))) return;
  const next = `${to}.next`;
  rmSync(next, { recursive: true, force: true });
  mkdirSync(next, { recursive: true });
  const connection = await (await DuckDBInstance.create()).connect();
  const parts = [];
  for (const { kind, path } of JSON.parse(readFileSync(join(from, 'manifest.json'))).parts) {
    const file = join(next, path);
    await connection.run(`COPY (FROM read_parquet('${join(from, path)}')) TO '${file}' (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v1)`);
    parts.push({ kind, path, bytes: statSync(file).size });
  }
  connection.closeSync();
  writeFileSync(join(next, 'manifest.json'), JSON.stringify({ parts }));
  rmSync(to, { recursive: true, force: true });
  renameSync(next, to);
}
