// The snapshot's parts once more as DuckDB itself writes Parquet: the DuckDB-WASM that reads Parquet without the network
// knows no Brotli, so each part is written again, compressed with Zstandard, the same rows in the same order.
import { DuckDBInstance } from '@duckdb/node-api';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** All rows once more with their ids beside them, for whoever lists, searches or exports. */
const NAMED = 'named.parquet';

/** Writes the folder `to` from the snapshot `from` unless it is there; its `manifest.json` lists the files in order. */
export async function writeParquet(from, to) {
  if (existsSync(join(to, 'manifest.json'))) return;
  const next = `${to}.next`;
  rmSync(next, { recursive: true, force: true });
  mkdirSync(next, { recursive: true });
  const { parts } = JSON.parse(readFileSync(join(from, 'manifest.json')));
  const reader = kind => `read_parquet([${parts.filter(part => part.kind === kind).map(({ path }) => `'${join(from, path)}'`).join(', ')}])`;
  const connection = await (await DuckDBInstance.create()).connect();
  const write = (query, name) =>
    connection.run(`COPY (${query}) TO '${join(next, name)}' (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v1)`);
  const models = parts.filter(({ kind }) => kind === 'models');
  for (const { path } of models) await write(`FROM read_parquet('${join(from, path)}')`, path);
  await write(`SELECT models.*, ids.id FROM ${reader('models')} AS models POSITIONAL JOIN ${reader('ids')} AS ids`, NAMED);
  connection.closeSync();
  const written = [...models.map(({ path }) => ({ kind: 'models', path })), { kind: 'ids', path: NAMED }];
  const listed = written.map(({ kind, path }) => ({ kind, path, bytes: statSync(join(next, path)).size }));
  writeFileSync(join(next, 'manifest.json'), JSON.stringify({ parts: listed }));
  rmSync(to, { recursive: true, force: true });
  renameSync(next, to);
}
