import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createAuditorActivities } from '../../activities/auditor.js';
import { createJoinActivities } from '../../activities/join-interview.js';
import { readFences, readOperationsFence } from '../../common/read-model/fences.js';
import { createStage, type Stage, vendorInterview } from './stage.js';

let stage: Stage;

beforeEach(async () => {
  stage = await createStage();
  await stage.install();
  stage.deps.workflows.watching = true;
});

afterEach(() => stage.close());

const folder = fileURLToPath(new URL('../../', import.meta.url));

/** The command as a process of its own that knows nothing but the store. */
async function fence(args: string[], uri: string | null = stage.store.uri) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'tools/fence.ts', ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...(uri === null ? {} : { MONGODB_URI: uri }) },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += String(chunk);
    });
  }
  const [code] = await once(child, 'exit');
  return { code: code as number, output };
}

const off = async (provider: string | null = 'pillar') =>
  (
    await readFences({
      ...stage.deps,
      ...stage.life,
      provider,
      jobId: 'job-1',
      interviewId: 'one',
    })
  ).off;

describe('the fence command refuses', () => {
  it.each([
    [64, []],
    [64, ['on', '--everything']],
    [64, ['on', '--reason', 'x']],
    [64, ['on', '--everything', '--provider', 'recall', '--reason', 'x']],
    [64, ['on', '--provider', 'recal', '--reason', 'x']],
    [64, ['maybe', '--everything', '--reason', 'x']],
    [64, ['on', '--everthing', '--reason', 'x']],
    [65, ['on', '--organization', 'nobody', '--reason', 'x']],
  ])('with exit code %d: %j', async (code, args) => {
    expect((await fence(args)).code).toBe(code);
    expect(await off()).toBeNull();
  });

  it('without the address of a store, and with one that does not answer', async () => {
    const args = ['on', '--everything', '--reason', 'x'];
    expect((await fence(args, null)).code).toBe(78);
    const { code, output } = await fence(
      args,
      'mongodb://someone:hunter2@127.0.0.1:9/x?serverSelectionTimeoutMS=300',
    );
    expect(code).toBe(69);
    expect(output).not.toContain('hunter2');
  });
});

describe('the fence command', () => {
  it('fences an organization and lets it go again, with who and why', async () => {
    const { orgId } = stage.life;
    const which = ['--organization', orgId, '--reason', 'wrong room', '--by', 'on-call'];
    expect((await fence(['on', ...which])).code).toBe(0);
    expect(await off()).toBe('operations');
    expect(await off(null)).toBe('operations');
    const found = await readOperationsFence({ ...stage.deps, orgId, provider: null });
    expect(found).toMatchObject({ reason: 'wrong room', by: 'on-call' });
    const other = await readOperationsFence({ ...stage.deps, orgId: 'other', provider: 'pillar' });
    expect(other).toBeNull();

    expect((await fence(['off', ...which])).code).toBe(0);
    expect(await off()).toBeNull();
    const { code, output } = await fence(['list']);
    expect([code, output]).toEqual([0, expect.stringContaining(`organization ${orgId}`)]);
  });

  it('fences one provider, and not the others', async () => {
    await fence(['on', '--provider', 'recall', '--reason', 'outage']);
    expect([await off('recall'), await off('pillar'), await off(null)]).toEqual([
      'operations',
      null,
      null,
    ]);
  });

  it('fences everything: no bot is sent, and the auditor takes out those that are there', async () => {
    await stage.addRole('job-1');
    await stage.addInterview(vendorInterview('one'));
    await stage.addInterview(vendorInterview('two'));
    stage.deps.times = { ...stage.deps.times, claimMs: 600_000, requestDeadlineMs: 60_000 };
    const join = createJoinActivities(stage.deps);
    const attempt = async (interviewId: string) => {
      const [planned] = (await stage.interview(interviewId)).plan;
      if (planned?.roomKey == null) throw new Error('no room');
      const { roomKey, startsAt, endsAt } = planned;
      const key = { ...stage.session(interviewId), attempt: 1, roomKey };
      await join.claimRoom({ ...key, jobId: 'job-1', window: { roomKey, startsAt, endsAt } });
      return await join.requestBot(key);
    };
    expect(await attempt('one')).toMatchObject({ kind: 'sent' });
    stage.deps.workflows.running.add('one');

    await fence(['on', '--everything', '--reason', 'bad release']);
    expect(await attempt('two')).toEqual({ kind: 'not_sent', why: 'fenced' });
    await stage.deps.run(() => createAuditorActivities(stage.deps).audit({}));
    expect(stage.deps.notetaker.removed).toEqual(['bot-1']);
    expect(stage.deps.notetaker.created).toHaveLength(1);
    expect((await stage.interview('two')).decision.code).toBe('fenced_by_operations');

    await fence(['off', '--everything', '--reason', 'repaired']);
    await stage.deps.run(() => createAuditorActivities(stage.deps).audit({}));
    expect((await stage.interview('two')).decision.code).toBe('will_join');
  });
});
