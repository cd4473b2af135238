// Where it was measured.
import { cpus, release, totalmem, type } from 'node:os';

/** Processor, memory, system, programs. */
export function machine(chromiumVersion) {
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() ?? 'unknown',
    processors: processors.length,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    chromium: chromiumVersion,
    node: process.version,
  };
}
