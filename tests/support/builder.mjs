// The snapshot builder as a reader would run it, and the real Hub file where this machine has one.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const realFolder = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

/** The path of one of the real data files, or null where they are not beside the checkout. */
export function realData(name) {
  const path = join(realFolder, name);
  return existsSync(path) ? path : null;
}

/** What to hand a test's `skip` option: false, or the reason in words. */
export function withoutRealData(name) {
  return realData(name) ? false : `${name} is not beside the checkout (../shared/data)`;
}

/** The value of a variable that `cargo xtask test` sets. */
export function setting(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests with \`cargo xtask test\``);
  return value;
}

/** Runs the builder; resolves to what it printed, rejects with an error that has `code`, `stdout` and `stderr`. */
export function runBuilder(...words) {
  return promisify(execFile)(setting('ATLAS_BUILDER'), words, { maxBuffer: 64 << 20 });
}

/** A new empty folder that is removed when the test or suite ends. */
export async function scratchFolder(test) {
  const folder = await mkdtemp(join(tmpdir(), 'hub-atlas-'));
  test.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
