import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A JSON document on disk that is replaced as a whole, so that a reader never sees half of one. */
export interface StateFile<T> {
  /** Null when there is none yet. */
  read(): T | null;
  write(value: T): void;
}

/** Without a path nothing is kept. The file is readable by its owner only. */
export function openStateFile<T>({ path }: { path: string | undefined }): StateFile<T> {
  if (path === undefined) {
    return { read: () => null, write: () => undefined };
  }
  mkdirSync(dirname(path), { recursive: true });
  return {
    read: () => (existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : null),
    write(value) {
      const next = `${path}.next`;
      writeFileSync(next, JSON.stringify(value), { mode: 0o600 });
      renameSync(next, path);
    },
  };
}
