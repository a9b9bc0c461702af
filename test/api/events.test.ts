import type { Server } from 'node:http';
import { eventually } from '../support/eventually.js';
import {
  changeDoc,
  commandDoc,
  installationDoc,
  interviewDoc,
  noon,
  roleDoc,
  seqAt,
} from './support/documents.js';
import { closed, listening, type OpenStream, openStream } from './support/event-stream.js';
import { base, type Harness, harness, tokens, tokenWith } from './support/harness.js';

let h: Harness;
let server: Server;
let url: string;
const streams: OpenStream[] = [];

async function start(part: Parameters<typeof harness>[0] = {}): Promise<void> {
  h = harness(part);
  h.world.installations.push(installationDoc());
  h.world.roles.push(roleDoc(), roleDoc({ jobId: 'job-2', title: 'Designer' }));
  h.world.interviews.push(interviewDoc());
  ({ server, url } = await listening(h.app));
}

async function open(lastEventId?: string, token = tokens.member): Promise<OpenStream> {
  const stream = await openStream({
    url: `${url}${base}/events`,
    token,
    ...(lastEventId === undefined ? {} : { lastEventId }),
  });
  streams.push(stream);
  return stream;
}

const keysOf = (stream: OpenStream) =>
  stream.told.map(({ event, data }) => {
    const { jobId, interviewId, commandId } = data as Record<string, string | undefined>;
    return `${event} ${interviewId ?? jobId ?? commandId ?? ''}`.trim();
  });

afterEach(async () => {
  for (const stream of streams.splice(0)) stream.close();
  h.closeStreams();
  await closed(server);
});

describe('the stream of changes', () => {
  it('tells each kind of change with the resource as data, and nothing from before it began', async () => {
    await start();
    h.world.changes.push(changeDoc({ seq: seqAt(0), key: 'job-2' }));
    const stream = await open();
    expect(stream.status).toBe(200);
    expect(stream.headers.get('content-type')).toContain('text/event-stream');
    expect(stream.headers.get('cache-control')).toBe('no-store');
    h.world.commands.push(commandDoc({ commandId: 'cmd-1' }));
    h.world.changes.push(
      changeDoc({ seq: seqAt(1), kind: 'installation', key: 'acme' }),
      changeDoc({ seq: seqAt(2), kind: 'role', key: 'job-1' }),
      changeDoc({ seq: seqAt(3), kind: 'interview', key: 'int-1' }),
      changeDoc({ seq: seqAt(4), kind: 'command', key: 'cmd-1' }),
    );
    await eventually(() => stream.told.length === 4);
    expect(keysOf(stream)).toEqual([
      'installation',
      'role job-1',
      'interview int-1',
      'command cmd-1',
    ]);
    expect(stream.told.map(({ id }) => id)).toEqual([1, 2, 3, 4].map((ms) => String(seqAt(ms))));
    const role = await h.request.get(`${base}/roles/job-1`).set(h.as('member'));
    expect(stream.told[1]?.data).toEqual(role.body);
  });

  it('tells the last of several changes of one resource', async () => {
    await start();
    const stream = await open();
    for (let ms = 1; ms <= 20; ms += 1) h.world.changes.push(changeDoc({ seq: seqAt(ms) }));
    h.world.changes.push(changeDoc({ seq: seqAt(21), key: 'job-2' }));
    await eventually(() => stream.told.length >= 2);
    expect(keysOf(stream)).toEqual(['role job-1', 'role job-2']);
  });

  it('goes on where it ended', async () => {
    await start({ events: { pollMs: 10, overlapMs: 0, heartbeatMs: 1_000 } });
    const first = await open();
    h.world.changes.push(changeDoc({ seq: seqAt(1) }));
    await eventually(() => first.told.length === 1);
    const lastId = first.lastId();
    first.close();
    h.world.changes.push(changeDoc({ seq: seqAt(2), key: 'job-2' }));
    const second = await open(lastId ?? '');
    await eventually(() => second.told.length === 1);
    expect(keysOf(second)).toEqual(['role job-2']);
    h.world.changes.push(changeDoc({ seq: seqAt(3) }));
    await eventually(() => second.told.length === 2);
    expect(keysOf(second)).toEqual(['role job-2', 'role job-1']);
  });

  it('gives an id to go on from before anything has happened', async () => {
    await start({ events: { pollMs: 10, overlapMs: 0, heartbeatMs: 1_000 } });
    h.world.changes.push(changeDoc({ seq: seqAt(0) }));
    const first = await open();
    const id = await eventually(() => first.lastId());
    first.close();
    h.world.changes.push(changeDoc({ seq: seqAt(1), key: 'job-2' }));
    const second = await open(id);
    await eventually(() => second.told.length === 1);
    expect(keysOf(second)).toEqual(['role job-2']);
  });

  it('does not lose a change whose row became visible behind a later one', async () => {
    await start();
    const stream = await open();
    h.world.changes.push(changeDoc({ seq: seqAt(5), key: 'job-2' }));
    await eventually(() => stream.told.length === 1);
    h.world.changes.push(changeDoc({ seq: seqAt(3), kind: 'interview', key: 'int-1' }));
    await eventually(() => stream.told.length === 2);
    expect(keysOf(stream)).toEqual(['role job-2', 'interview int-1']);
    expect(stream.lastId()).toBe(String(seqAt(5)));
  });

  it('does not lose it across a resume either', async () => {
    await start();
    const first = await open();
    h.world.changes.push(changeDoc({ seq: seqAt(5), key: 'job-2' }));
    await eventually(() => first.told.length === 1);
    first.close();
    await eventually(() => first.isEnded());
    h.world.changes.push(changeDoc({ seq: seqAt(3), kind: 'interview', key: 'int-1' }));
    const second = await open(String(seqAt(5)));
    await eventually(() => second.told.length === 1);
    expect(keysOf(second)).toEqual(['interview int-1']);
  });

  it.each([
    ['older than what is kept', String(seqAt(-60_000))],
    ['from the future', String(seqAt(60_000))],
    ['no number', 'abc'],
  ])('says reset when the last id is %s', async (_name, lastEventId) => {
    await start();
    h.world.changes.push(changeDoc({ seq: seqAt(0) }), changeDoc({ seq: seqAt(1) }));
    const stream = await open(lastEventId);
    await eventually(() => stream.told.length === 1);
    expect(stream.told[0]).toEqual({ id: String(seqAt(1)), event: 'reset', data: {} });
    h.world.changes.push(changeDoc({ seq: seqAt(2), key: 'job-2' }));
    await eventually(() => stream.told.length === 2);
    expect(keysOf(stream)[1]).toBe('role job-2');
  });

  it('tells nothing of another organization', async () => {
    await start();
    const stream = await open();
    h.world.changes.push(
      changeDoc({ seq: seqAt(1), _id: 'globex/1', orgId: 'globex' }),
      changeDoc({ seq: seqAt(2), key: 'job-2' }),
    );
    await eventually(() => stream.told.length === 1);
    expect(keysOf(stream)).toEqual(['role job-2']);
  });

  it('ends when its token expires', async () => {
    await start();
    const token = await tokenWith({ exp: noon / 1000 + 1 });
    const stream = await open(undefined, token);
    expect(stream.isEnded()).toBe(false);
    const openedAt = Date.now();
    await eventually(() => stream.isEnded());
    expect(Date.now() - openedAt).toBeGreaterThan(500);
  });

  it('ends when the process does', async () => {
    await start();
    const stream = await open();
    expect(stream.isEnded()).toBe(false);
    h.closeStreams();
    await eventually(() => stream.isEnded());
  });

  it('stays alive with comments while nothing happens, and while the store is away', async () => {
    await start({ events: { pollMs: 10, overlapMs: 5_000, heartbeatMs: 20 } });
    const stream = await open();
    h.world.isStoreAway = true;
    await eventually(() => h.logLines.some((line) => line.includes('changes cannot be read')));
    const before = stream.comments();
    await eventually(() => stream.comments() > before + 2);
    h.world.isStoreAway = false;
    h.world.changes.push(changeDoc({ seq: seqAt(1), key: 'job-2' }));
    await eventually(() => stream.told.length === 1);
    const complaints = h.logLines.filter((line) => line.includes('changes cannot be read'));
    expect(complaints).toHaveLength(1);
  });

  it('is read once for all streams of an organization', async () => {
    let reads = 0;
    await start();
    const changesAfter = h.readModel.changesAfter.bind(h.readModel);
    h.readModel.changesAfter = (input) => {
      reads += 1;
      return changesAfter(input);
    };
    const many = await Promise.all([open(), open(), open(), open()]);
    const before = reads;
    const startedAt = Date.now();
    h.world.changes.push(changeDoc({ seq: seqAt(1) }));
    await eventually(() => many.every(({ told }) => told.length === 1));
    const polls = (Date.now() - startedAt) / 10 + 2;
    expect(reads - before).toBeLessThanOrEqual(polls);
    for (const stream of many) stream.close();
    await eventually(() => many.every((stream) => stream.isEnded()));
    const settled = await new Promise<number>((resolve) => setTimeout(() => resolve(reads), 100));
    const later = await new Promise<number>((resolve) => setTimeout(() => resolve(reads), 100));
    expect(later).toBe(settled);
  });
});
