import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { locateChromium } from '../../../sandbox/servers/chromium.js';
import { locateMongodb, startMongodb } from '../../../sandbox/servers/mongodb.js';
import { requireHost } from '../../../sandbox/servers/network.js';
import { locateTemporal, startTemporal } from '../../../sandbox/servers/temporal.js';
import { firstThatWorks, type Way, WayIsClosed } from '../../../sandbox/servers/ways.js';

const progress = () => undefined;
const absent = (advice: string): Way<string> => ({ advice, get: async () => null });
const working = (advice: string, asked: string[] = []): Way<string> => ({
  advice,
  get: async () => {
    asked.push(advice);
    return advice;
  },
});

describe('the ways to a server', () => {
  it('are all named with their reasons when none works', async () => {
    const lines: string[] = [];
    const refused = firstThatWorks<string>({
      server: 'MongoDB',
      progress: (line) => lines.push(line),
      present: [absent('set MONGODB_URI'), absent('put mongod on the PATH')],
      obtained: [
        {
          advice: 'let it be downloaded',
          get: async () => {
            throw new WayIsClosed('the name has no address');
          },
        },
        {
          advice: 'install Maven',
          get: async () => {
            throw new Error('mvn ended with 1\nand more');
          },
        },
      ],
    });
    await expect(refused).rejects.toThrow(
      [
        'MongoDB could not be had. Any one of these is enough:',
        '- set MONGODB_URI: not there',
        '- put mongod on the PATH: not there',
        '- let it be downloaded: the name has no address',
        '- install Maven: mvn ended with 1\nand more',
      ].join('\n'),
    );
    expect(lines).toEqual(['MongoDB: mvn ended with 1']);
  });

  it('are gone in order, and no further than the first that works', async () => {
    const asked: string[] = [];
    const found = await firstThatWorks({
      server: 'a server',
      progress,
      present: [absent('given'), working('on the PATH', asked)],
      obtained: [working('downloaded', asked)],
    });
    expect(found).toBe('on the PATH');
    expect(asked).toEqual(['on the PATH']);
  });

  it('take what an earlier run left before they download or build anything', async () => {
    const asked: string[] = [];
    const found = await firstThatWorks<string>({
      server: 'a server',
      progress,
      present: [absent('given')],
      obtained: [
        working('downloaded', asked),
        { ...working('built', asked), earlier: async () => 'built before' },
      ],
    });
    expect(found).toBe('built before');
    expect(asked).toEqual([]);
  });

  it('do not begin a download from a name that has no address', async () => {
    await expect(requireHost('nowhere.invalid')).rejects.toThrow(WayIsClosed);
    await expect(requireHost('127.0.0.1')).resolves.toBeUndefined();
  });
});

describe('a machine with nothing on it', () => {
  const before = { ...process.env };
  let empty: string;

  beforeEach(async () => {
    empty = await mkdtemp(join(tmpdir(), 'nothing-here-'));
    process.env.PATH = empty;
    process.env.PILLAR_CACHE_DIR = join(empty, 'cache');
    delete process.env.TEMPORAL_ADDRESS;
    delete process.env.MONGODB_URI;
    delete process.env.CHROMIUM_PATH;
  });

  afterEach(async () => {
    process.env = { ...before };
    await rm(empty, { recursive: true, force: true });
  });

  it('takes a server that is given by its address and starts none', async () => {
    process.env.TEMPORAL_ADDRESS = 'temporal.example:7233';
    process.env.MONGODB_URI = 'mongodb://db.example/pillar';
    expect(await startTemporal({ searchAttributes: [], progress })).toMatchObject({
      address: 'temporal.example:7233',
      uiUrl: null,
      pid: null,
      how: 'given by TEMPORAL_ADDRESS',
    });
    expect(await startMongodb({ progress })).toMatchObject({
      uri: 'mongodb://db.example/pillar',
      pid: null,
      how: 'given by MONGODB_URI',
    });
  });

  it('takes an executable that is put on the PATH', async () => {
    for (const name of ['temporal', 'mongod', 'chromium']) {
      await writeFile(join(empty, name), '#!/bin/sh\n', { mode: 0o755 });
    }
    expect(await locateTemporal({ progress })).toMatchObject({ path: join(empty, 'temporal') });
    expect(await locateMongodb({ progress })).toMatchObject({ path: join(empty, 'mongod') });
    expect(await locateChromium({ progress })).toMatchObject({ path: join(empty, 'chromium') });
  });

  it('does not take a file on the PATH that cannot be executed', async () => {
    await writeFile(join(empty, 'chromium'), '', { mode: 0o644 });
    await writeFile(join(empty, 'google-chrome'), '#!/bin/sh\n', { mode: 0o755 });
    expect(await locateChromium({ progress })).toMatchObject({
      path: join(empty, 'google-chrome'),
    });
  });
});
