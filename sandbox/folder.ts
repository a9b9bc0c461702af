import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newSecrets, type SandboxSecrets } from './environment.js';

export const projectFolder = fileURLToPath(new URL('..', import.meta.url));
/** What one checkout's sandbox keeps: data, logs, secrets, addresses. `npm run reset` removes it. */
export const sandboxFolder = join(projectFolder, '.sandbox');

export const inSandbox = (...parts: string[]) => join(sandboxFolder, ...parts);

const secretsFile = inSandbox('secrets.json');
const addressesFile = inSandbox('addresses.json');
const runningFile = inSandbox('running.json');

/** What `npm start` writes for scripts and for whoever tries the product. */
export interface WrittenAddresses {
  page: string;
  api: string;
  temporal: string;
  temporalUi: string | null;
  mongodb: string;
  smartrecruiters: string;
  notetaker: string;
  identity: string;
  mail: string;
  organizations: {
    orgId: string;
    connected: boolean;
    clientId: string;
    clientSecret: string;
  }[];
}

/** Secrets are made once and kept: the data of earlier starts is sealed with them. */
export async function openSecrets(): Promise<SandboxSecrets> {
  await mkdir(inSandbox('logs'), { recursive: true });
  if (existsSync(secretsFile)) {
    return JSON.parse(await readFile(secretsFile, 'utf8')) as SandboxSecrets;
  }
  const secrets = newSecrets();
  await writeFile(secretsFile, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  return secrets;
}

export async function writeAddresses(addresses: WrittenAddresses): Promise<void> {
  const unfinished = `${addressesFile}.${process.pid}`;
  await writeFile(unfinished, `${JSON.stringify(addresses, null, 2)}\n`, { mode: 0o600 });
  await rename(unfinished, addressesFile);
}

/** Throws in words when there is none yet. */
export async function readAddresses(): Promise<WrittenAddresses> {
  if (!existsSync(addressesFile)) {
    throw new Error('There is no sandbox yet: npm start makes one.');
  }
  return JSON.parse(await readFile(addressesFile, 'utf8')) as WrittenAddresses;
}

/** The process that runs this checkout's sandbox now; null when none does. */
export function runningSandbox(): number | null {
  if (!existsSync(runningFile)) return null;
  const { pid } = JSON.parse(readFileSync(runningFile, 'utf8')) as { pid: number };
  try {
    process.kill(pid, 0);
    return pid;
  } catch {
    return null;
  }
}

export async function markRunning(): Promise<void> {
  await writeFile(runningFile, JSON.stringify({ pid: process.pid }));
}
