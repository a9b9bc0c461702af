/**
 * Completes package-lock.json with the optional packages of platforms other than this one.
 *
 * A registry mirror may lack the builds for foreign platforms; npm then leaves them out of the lock,
 * and `npm ci` on a machine that wants them fails with "Missing: … from lock file". Run this after
 * every `npm install` that touches a package with native builds. Entries carry no integrity hash:
 * npm resolves them by name and version where they are needed.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const OPERATING_SYSTEMS = [
  'darwin',
  'linux',
  'win32',
  'android',
  'freebsd',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'aix',
];
const PROCESSORS = [
  'x64',
  'arm64',
  'arm',
  'ia32',
  'ppc64',
  'riscv64',
  's390x',
  'loong64',
  'mips64el',
  'wasm32',
];

const file = process.argv[2] ?? 'package-lock.json';
const lock = JSON.parse(readFileSync(file, 'utf8'));
const packages = lock.packages;

/** Whether Node's look-up from `from` would find `name` among the locked packages. */
function isLocked(from, name) {
  for (let at = from; ; ) {
    const prefix = at === '' ? '' : `${at}/`;
    if (packages[`${prefix}node_modules/${name}`] !== undefined) return true;
    if (at === '') return false;
    const parent = at.lastIndexOf('/node_modules/');
    at = parent < 0 ? '' : at.slice(0, parent);
  }
}

function entryFor(name, range, isDev) {
  const words = name.split(/[-/]/);
  const os = OPERATING_SYSTEMS.find((word) => words.includes(word));
  const cpu = PROCESSORS.find((word) => words.includes(word));
  if (os === undefined && cpu === undefined) return undefined;
  const libc = words.some((word) => word.startsWith('musl'))
    ? 'musl'
    : words.includes('gnu') || words.includes('gnueabihf')
      ? 'glibc'
      : undefined;
  return {
    version: range.replace(/^[~^]/, ''),
    ...(isDev ? { dev: true } : {}),
    optional: true,
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(os === undefined ? {} : { os: [os] }),
    ...(libc === undefined ? {} : { libc: [libc] }),
  };
}

let added = 0;
for (const [at, entry] of Object.entries({ ...packages })) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isLocked(at, name)) continue;
    const filled = entryFor(name, range, entry.dev === true);
    if (filled === undefined) {
      process.stdout.write(`left out, no platform in its name: ${name} ${range}\n`);
      continue;
    }
    packages[`node_modules/${name}`] = filled;
    added += 1;
  }
}
lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`added ${added} entries\n`);
