import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findOnPath, runToEnd } from './executables.js';
import { WayIsClosed } from './ways.js';

/** `group:artifact:version` */
export type Coordinates = `${string}:${string}:${string}`;

/** The `java` of the PATH. Throws a reason when there is none. */
export async function requireJava(): Promise<string> {
  const java = await findOnPath('java');
  if (java === null) throw new WayIsClosed('java is not on the PATH');
  return java;
}

/** The `mvn` of the PATH. Throws a reason when there is none. */
export async function requireMaven(): Promise<string> {
  const mvn = await findOnPath('mvn');
  if (mvn === null) throw new WayIsClosed('mvn is not on the PATH');
  return mvn;
}

/** Puts these libraries and all they need at run time into `folder`/lib. */
export async function fetchJars(input: {
  folder: string;
  libraries: Coordinates[];
}): Promise<void> {
  const { folder, libraries } = input;
  const mvn = await requireMaven();
  const pom = join(folder, 'pom.xml');
  await writeFile(pom, pomFor(libraries));
  await runToEnd({
    command: mvn,
    args: [
      '--batch-mode',
      '--quiet',
      '--file',
      pom,
      'dependency:copy-dependencies',
      '-DincludeScope=runtime',
      `-DoutputDirectory=${join(folder, 'lib')}`,
    ],
    cwd: folder,
    withinMs: 10 * 60_000,
  });
  await rm(pom);
}

function pomFor(libraries: Coordinates[]): string {
  const dependencies = libraries.map((coordinates) => {
    const [group, artifact, version] = coordinates.split(':');
    return `    <dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  });
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0">',
    '  <modelVersion>4.0.0</modelVersion>',
    '  <groupId>sandbox</groupId>',
    '  <artifactId>servers</artifactId>',
    '  <version>1</version>',
    '  <packaging>pom</packaging>',
    '  <dependencies>',
    ...dependencies,
    '  </dependencies>',
    '</project>',
    '',
  ].join('\n');
}
