import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectFolder = fileURLToPath(new URL('../..', import.meta.url));

export interface Import {
  /** Path below the project's folder, with forward slashes. */
  from: string;
  /** Path below the project's folder for a relative import, else the package. */
  to: string;
  isPackage: boolean;
  /** `import type` or `export type`: gone at run time. */
  isTypeOnly: boolean;
}

/** Every import of every source file below a folder of the project. */
export function importsBelow(folder: string): Import[] {
  return sourcesBelow(folder).flatMap((from) => {
    const text = readFileSync(join(projectFolder, from), 'utf8');
    const statements = text.matchAll(
      /^(?:import|export)\s+(type\s+)?[^;]*?from\s+'([^']+)'|^import\s+'([^']+)'|import\('([^']+)'\)/gm,
    );
    return [...statements].map(([, type, named, bare, dynamic]) => {
      const specifier = named ?? bare ?? dynamic ?? '';
      const isPackage = !specifier.startsWith('.');
      const to = isPackage
        ? specifier
        : relative(projectFolder, resolve(projectFolder, dirname(from), specifier)).replaceAll(
            '\\',
            '/',
          );
      return { from, to, isPackage, isTypeOnly: type !== undefined };
    });
  });
}

export function sourcesBelow(folder: string): string[] {
  return readdirSync(join(projectFolder, folder), { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && /\.tsx?$/.test(file.name))
    .map((file) => relative(projectFolder, join(file.parentPath, file.name)).replaceAll('\\', '/'));
}
