import { readFile } from 'node:fs/promises';

/** What a process of the product uses, in bytes. */
export interface ProcessMemory {
  /** Resident set, as the kernel has it. */
  rss: number;
  heapUsed: number;
  external: number;
}

/**
 * Reads the resident set from the kernel and the heap from the process's own metrics
 * (`/metrics` of its operators' port). Rejects when the process does not answer.
 */
export async function memoryOf(input: {
  pid: number;
  operationsPort: number;
  token: string;
}): Promise<ProcessMemory> {
  const [rss, response] = await Promise.all([
    residentOf(input.pid),
    fetch(`http://127.0.0.1:${input.operationsPort}/metrics`, {
      headers: { authorization: `Bearer ${input.token}` },
      signal: AbortSignal.timeout(5_000),
    }),
  ]);
  const text = await response.text();
  const metric = (name: string) =>
    Number(new RegExp(`^pillar_${name} ([0-9.e+]+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
  return {
    rss,
    heapUsed: metric('nodejs_heap_size_used_bytes'),
    external: metric('nodejs_external_memory_bytes'),
  };
}

/** `VmRSS` of a process on Linux, in bytes. */
export async function residentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) * 1_024;
}
