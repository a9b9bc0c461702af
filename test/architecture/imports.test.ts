import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Import, importsBelow, projectFolder, sourcesBelow } from './source-tree.js';

const show = ({ from, to }: Import) => `${from} → ${to}`;

function projectFoldersOf(imports: Import[]): Set<string> {
  return new Set(
    imports.filter(({ isPackage }) => !isPackage).map(({ to }) => to.split('/')[0] ?? ''),
  );
}

/** Imports of a folder that lead to a project folder other than those allowed. */
function strangers(folder: string, allowed: string[]): string[] {
  return importsBelow(folder)
    .filter(({ isPackage, to }) => !isPackage && !allowed.some((place) => to.startsWith(place)))
    .map(show);
}

describe('imports go in one direction', () => {
  it('keeps workflows deterministic: only their own state and contracts, and two packages', () => {
    const imports = importsBelow('workflows').filter(({ from }) => !from.includes('/contracts/'));
    expect(
      imports
        .filter(({ to, isPackage }) =>
          isPackage ? !/^@temporalio\/(workflow|common)$/.test(to) : !to.startsWith('workflows/'),
        )
        .map(show),
    ).toEqual([]);
    expect(
      imports.filter(({ from, isPackage }) => from.includes('/state/') && isPackage).map(show),
    ).toEqual([]);
  });

  it('lets contracts import nothing of the project but each other', () => {
    expect(strangers('workflows/contracts', ['workflows/contracts/'])).toEqual([]);
    const packages = importsBelow('workflows/contracts').filter(({ isPackage }) => isPackage);
    expect(
      packages.filter(({ to }) => !/^@temporalio\/(workflow|common)$/.test(to)).map(show),
    ).toEqual([]);
  });

  it('lets common know no project folder, except the words of the contracts as types', () => {
    expect(strangers('common', ['common/', 'workflows/contracts/'])).toEqual([]);
    const words = importsBelow('common').filter(({ to }) => to.startsWith('workflows/'));
    expect(words.filter(({ isTypeOnly }) => !isTypeOnly).map(show)).toEqual([]);
  });

  it('keeps api and activities apart', () => {
    const outside = ['common/', 'workflows/contracts/'];
    const started = ['workflows/join-interview.js', 'workflows/interview-watch.js'];
    expect(strangers('api', ['api/', ...outside])).toEqual([]);
    expect(strangers('activities', ['activities/', ...started, ...outside])).toEqual([]);
    const workflowFunctions = importsBelow('activities').filter(({ to }) => started.includes(to));
    expect(workflowFunctions.filter(({ isTypeOnly }) => !isTypeOnly).map(show)).toEqual([]);
  });

  it('has one door to Temporal in each of them', () => {
    const doors = (folder: string) => [
      ...new Set(
        importsBelow(folder)
          .filter(({ to, isTypeOnly }) => to === '@temporalio/client' && !isTypeOnly)
          .map(({ from }) => from),
      ),
    ];
    expect(doors('api').sort()).toEqual(['api/main.ts', 'api/temporal-gateway.ts']);
    expect(doors('activities')).toEqual(['activities/workflow-door.ts']);
  });

  it('lets only the worker touch the SDK’s worker, and nobody the sandbox or the tests', () => {
    for (const folder of ['workflows', 'common', 'activities', 'api']) {
      const sdk = importsBelow(folder).filter(({ to }) => to === '@temporalio/worker');
      expect(sdk.map(show)).toEqual([]);
    }
    for (const folder of ['workflows', 'common', 'activities', 'api', 'worker', 'web/src']) {
      const found = projectFoldersOf(importsBelow(folder));
      expect([...found].filter((name) => ['sandbox', 'test', 'bench'].includes(name))).toEqual([]);
    }
    expect(
      [...projectFoldersOf(importsBelow('sandbox'))].filter((name) => name === 'test'),
    ).toEqual([]);
  });

  it('reads the environment in one place', () => {
    const readers = ['workflows', 'common', 'activities', 'api', 'worker']
      .flatMap(sourcesBelow)
      .filter((file) => readFileSync(join(projectFolder, file), 'utf8').includes('process.env'));
    expect(readers).toEqual(['common/config.ts']);
  });
});
