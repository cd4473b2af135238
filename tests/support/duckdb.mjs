// DuckDB, the second opinion on every number.
import { DuckDBInstance } from '@duckdb/node-api';

let connection;

/** Runs one SQL query; rows as objects, integers as BigInt where they are 64 bits or wider. */
export async function query(sql) {
  connection ??= (await DuckDBInstance.create(':memory:')).connect();
  const reader = await (await connection).runAndReadAll(sql);
  return reader.getRowObjects();
}

/** A string as an SQL literal. */
export function literal(text) {
  return `'${String(text).replaceAll("'", "''")}'`;
}
